//! The bytes of an Arrow stream, message by message, each checked before the library sees it.

use std::io::{self, Read};

use arrow_ipc::root_as_message;

use super::bound;
use super::ipc_message::{check_message, is_compressed};
use crate::bytes_in::BytesIn;
use crate::failure::ReadFailure;

/// What the length of a message stands behind, save in old streams.
const MARK: [u8; 4] = [0xff; 4];

/// A decoded stream with the bytes put back that were looked at.
pub(crate) struct CheckedStream {
    input: Put,
    size: u64,
    /// Checked bytes still to hand on.
    ready: io::Cursor<Vec<u8>>,
    /// Bytes of a body to hand on as they come.
    body: u64,
}

impl CheckedStream {
    /// `head` are the bytes already taken from the input of a file of this size.
    pub(crate) fn new(head: Vec<u8>, input: BytesIn, size: u64) -> Self {
        let input = Put { head: io::Cursor::new(head), input };
        Self { input, size, ready: io::Cursor::default(), body: 0 }
    }

    /// Takes in the head of the next message, and its body if it must be looked at; nothing at the end.
    fn next_message(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.take(4, &mut bytes)?;
        if bytes == MARK {
            self.take(4, &mut bytes)?;
        }
        let head = bytes.len();
        let Some(length) = bytes.last_chunk().map(|length| i32::from_le_bytes(*length)) else {
            // Less than a head is the end of the stream, or the library's to judge.
            self.ready = io::Cursor::new(bytes);
            return Ok(());
        };
        let length = u64::try_from(length).map_err(|_| invalid("a message has a negative length"))?;
        if length > 0 {
            self.take(length, &mut bytes)?;
            if ((bytes.len() - head) as u64) < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let (packed, body) = self.look(&bytes[head..], None)?;
            self.body = body;
            if packed {
                let start = bytes.len();
                self.take(body, &mut bytes)?;
                if ((bytes.len() - start) as u64) < body {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.look(&bytes[head..start], Some(&bytes[start..]))?;
                self.body = 0;
            }
        }
        self.ready = io::Cursor::new(bytes);
        Ok(())
    }

    /// Checks a message, its compressed buffers only with the body at hand. Says whether there are any and how long
    /// the body is.
    fn look(&self, message: &[u8], body: Option<&[u8]>) -> io::Result<(bool, u64)> {
        let message = root_as_message(message).map_err(|error| invalid(&error.to_string()))?;
        let packed = is_compressed(&message);
        if packed && body.is_none() {
            let length = u64::try_from(message.bodyLength()).ok().filter(|&bytes| bytes <= bound(self.size));
            let length =
                length.ok_or_else(|| invalid("a batch declares more bytes than the file can hold"))?;
            return Ok((packed, length));
        }
        let prefix_at = |offset: u64| {
            let prefix = body.and_then(|body| body.get(offset as usize..)?.first_chunk());
            prefix.copied().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        };
        check_message(&message, self.size, prefix_at).map_err(|error| invalid(&error.to_string()))?;
        Ok((packed, message.bodyLength() as u64))
    }

    fn take(&mut self, count: u64, into: &mut Vec<u8>) -> io::Result<()> {
        Read::by_ref(&mut self.input).take(count).read_to_end(into).map(|_| ())
    }
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.to_owned())
}

impl Read for CheckedStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let n = self.ready.read(into)?;
        if n > 0 {
            return Ok(n);
        }
        if self.body > 0 {
            let most = into.len().min(usize::try_from(self.body).unwrap_or(usize::MAX));
            let n = self.input.read(&mut into[..most])?;
            self.body -= n as u64;
            return Ok(n);
        }
        self.next_message()?;
        self.ready.read(into)
    }
}

struct Put {
    head: io::Cursor<Vec<u8>>,
    input: BytesIn,
}

impl Read for Put {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.head.read(into)?;
        if n > 0 {
            return Ok(n);
        }
        self.input.read(into).map_err(|failure| {
            let short = matches!(failure, ReadFailure::Truncated { .. });
            let kind = if short { io::ErrorKind::UnexpectedEof } else { io::ErrorKind::InvalidData };
            io::Error::new(kind, failure)
        })
    }
}
