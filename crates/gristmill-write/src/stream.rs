//! A file that is the concatenation of its groups, for all line formats.

use std::io::Write;

use gristmill_core::{Companion, Encoded, Failure, FormatFile, Head};

use crate::compress::Compress;
use crate::failure::WriteFailure;

/// Uncompressed Arrow bytes of a group: big enough to compress well, small enough to keep all threads busy.
pub(crate) const GROUP_BYTES: usize = 4 << 20;

/// Bytes of one group, already compressed.
pub(crate) struct Bytes(pub(crate) Vec<u8>);

/// Packs finished bytes as a group.
pub(crate) fn group(compress: Compress, bytes: Vec<u8>) -> Result<Encoded, Failure> {
    Ok(Encoded(Box::new(Bytes(compress.pack(bytes)?))))
}

/// The open file.
pub(crate) struct Stream {
    format: &'static str,
    compress: Compress,
    out: Box<dyn Write + Send>,
    untouched: bool,
}

impl Stream {
    /// Starts a file with `head`, which may be empty.
    pub(crate) fn open(
        format: &'static str,
        compress: Compress,
        head: &[u8],
        out: Box<dyn Write + Send>,
    ) -> Result<Box<dyn FormatFile>, Failure> {
        let mut stream = Self { format, compress, out, untouched: true };
        if !head.is_empty() {
            stream.put(&compress.pack(head.to_vec())?)?;
        }
        Ok(Box::new(stream))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteFailure> {
        self.untouched &= bytes.is_empty();
        Ok(self.out.write_all(bytes)?)
    }
}

impl FormatFile for Stream {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let bytes =
            group.0.downcast::<Bytes>().map_err(|_| WriteFailure::ForeignGroup { format: self.format })?;
        Ok(self.put(&bytes.0)?)
    }

    fn finish(mut self: Box<Self>, _: &mut [Companion]) -> Result<Head, Failure> {
        // No bytes at all are not a gzip or zstd file: an empty one still has a frame.
        if self.untouched {
            let nothing = self.compress.pack(Vec::new())?;
            self.put(&nothing)?;
        }
        self.out.flush().map_err(WriteFailure::from)?;
        Ok(Head::AsWritten)
    }
}
