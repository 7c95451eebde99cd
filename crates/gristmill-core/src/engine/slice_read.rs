//! Reads a byte range of a file through a shared handle, without moving a common position.

use std::fs::File;
use std::io::{self, Read};

use super::stored::Stored;

/// A byte range of a file as a reader.
pub struct SliceRead {
    file: Stored,
    at: u64,
    end: u64,
}

impl SliceRead {
    /// The bytes `start..end`.
    pub const fn new(file: Stored, start: u64, end: u64) -> Self {
        Self { file, at: start, end }
    }

    /// Bytes not read yet.
    pub const fn left(&self) -> u64 {
        self.end - self.at
    }

    /// Fills the buffer from the range.
    pub fn fill(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_at(buffer, self.at)?;
        self.at += buffer.len() as u64;
        Ok(())
    }

    /// Fills the buffer from an offset of the file.
    #[cfg(unix)]
    pub fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
    }

    /// Fills the buffer from an offset of the file.
    #[cfg(windows)]
    pub fn read_file_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            let n = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer = &mut buffer[n..];
            offset += n as u64;
        }
        Ok(())
    }
}

impl Read for SliceRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(usize::try_from(self.left()).unwrap_or(usize::MAX));
        self.fill(&mut buffer[..n])?;
        Ok(n)
    }
}

/// Fills the buffer from an offset of a file, without moving a common position.
///
/// # Errors
/// Those of reading; `UnexpectedEof` where the file is too short.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    SliceRead::read_file_at(file, buffer, offset)
}
