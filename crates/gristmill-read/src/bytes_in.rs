//! The bytes of a file, decoded, with the address reached in the file itself so that failures can name it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::codec;
use crate::failure::ReadFailure;
use crate::kinds::Codec;
use crate::line_range::LineRange;

/// Opens a file, telling a missing one, a folder and a forbidden one apart.
pub(crate) fn open_file(path: &str) -> Result<(File, u64), ReadFailure> {
    let fail = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ReadFailure::Missing { path: path.to_owned() },
        io::ErrorKind::PermissionDenied => ReadFailure::Forbidden { path: path.to_owned(), source },
        _ => ReadFailure::Io { path: path.to_owned(), source },
    };
    let file = File::open(path).map_err(fail)?;
    let about = file.metadata().map_err(fail)?;
    if about.is_dir() {
        return Err(ReadFailure::IsFolder { path: path.to_owned() });
    }
    Ok((file, about.len()))
}

/// A stream of decoded bytes.
pub(crate) struct BytesIn {
    reader: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
    base: u64,
    codec: Codec,
    path: String,
}

impl BytesIn {
    /// Opens `start..end` of a plain file, or the whole of a compressed one.
    pub(crate) fn open(path: &str, codec: Codec, start: u64, end: u64) -> Result<Self, ReadFailure> {
        let (mut file, _) = open_file(path)?;
        let base = if codec == Codec::Plain { start } else { 0 };
        let io_failure = |source| ReadFailure::Io { path: path.to_owned(), source };
        file.seek(SeekFrom::Start(base)).map_err(io_failure)?;
        let length = if codec == Codec::Plain { end.saturating_sub(start) } else { u64::MAX };
        Self::over(file.take(length), path, codec, base)
    }

    /// Wraps any reader whose first byte has the address `base`.
    pub(crate) fn over(
        raw: impl Read + Send + 'static,
        path: &str,
        codec: Codec,
        base: u64,
    ) -> Result<Self, ReadFailure> {
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = Counted { raw, consumed: Arc::clone(&consumed) };
        let reader = codec::decode(codec, counted)
            .map_err(|source| ReadFailure::Io { path: path.to_owned(), source })?;
        Ok(Self { reader, consumed, base, codec, path: path.to_owned() })
    }

    /// Keeps the lines that start in a range; returns the address of the first one too.
    pub(crate) fn lines(self, line_end: u8, start: u64, end: u64) -> Result<(Self, u64), ReadFailure> {
        let (range, first) = LineRange::new(self.reader, line_end, start, end)
            .map_err(|source| ReadFailure::Io { path: self.path.clone(), source })?;
        Ok((Self { reader: Box::new(range), ..self }, first))
    }

    /// Reads some bytes; zero at the end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, ReadFailure> {
        loop {
            match self.reader.read(into) {
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failure(error)),
            }
        }
    }

    /// Reads until the buffer is full or the stream ends; returns the bytes read.
    pub(crate) fn read_full(&mut self, into: &mut [u8]) -> Result<usize, ReadFailure> {
        match self.read_sound(into) {
            (_, Some(failure)) => Err(failure),
            (done, None) => Ok(done),
        }
    }

    /// As [`Self::read_full`], but bytes read before a failure are kept, and the failure comes with them.
    pub(crate) fn read_sound(&mut self, into: &mut [u8]) -> (usize, Option<ReadFailure>) {
        let mut done = 0;
        while done < into.len() {
            match self.read(&mut into[done..]) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(failure) => return (done, Some(failure)),
            }
        }
        (done, None)
    }

    /// Throws bytes away; says how many there were.
    pub(crate) fn skip(&mut self, count: u64) -> Result<u64, ReadFailure> {
        let mut scratch = [0; 8192];
        let mut done = 0;
        while done < count {
            let want = (count - done).min(scratch.len() as u64) as usize;
            match self.read(&mut scratch[..want])? {
                0 => break,
                n => done += n as u64,
            }
        }
        Ok(done)
    }

    /// Bytes of the file taken in so far.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Address reached in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.consumed()
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A cut-off failure at the address reached.
    pub(crate) fn truncated(&self, detail: impl Into<String>) -> ReadFailure {
        ReadFailure::Truncated { path: self.path.clone(), offset: self.offset(), detail: detail.into() }
    }

    /// A damage failure at the address reached.
    pub(crate) fn damaged(&self, detail: impl Into<String>) -> ReadFailure {
        ReadFailure::Damaged { path: self.path.clone(), offset: self.offset(), detail: detail.into() }
    }

    fn failure(&self, error: io::Error) -> ReadFailure {
        let text = error.to_string();
        if self.codec == Codec::Plain {
            ReadFailure::Io { path: self.path.clone(), source: error }
        } else if error.kind() == io::ErrorKind::UnexpectedEof {
            self.truncated(format!("the {} data is not complete", self.codec.word()))
        } else if self.codec == Codec::Zstd && text.contains("requires too much memory") {
            ReadFailure::ZstdWindow { path: self.path.clone() }
        } else if error.raw_os_error().is_some() {
            ReadFailure::Io { path: self.path.clone(), source: error }
        } else {
            self.damaged(format!("{}: {text}", self.codec.word()))
        }
    }
}

struct Counted<R> {
    raw: R,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.raw.read(into)?;
        self.consumed.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
