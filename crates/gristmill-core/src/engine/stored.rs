//! A file that was written, on the disk or in memory, read through a shared handle.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::pages::Pages;
use super::slice_read::SliceRead;

/// The bytes of a file.
#[derive(Clone)]
pub enum Stored {
    File(Arc<File>),
    Pages(Arc<Pages>),
}

impl Stored {
    /// How many there are.
    pub fn len(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(file.metadata()?.len()),
            Self::Pages(pages) => Ok(pages.len()),
        }
    }

    /// Fills the buffer from an offset on.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match self {
            Self::File(file) => SliceRead::read_file_at(file, buffer, offset),
            Self::Pages(pages) => pages.read_at(buffer, offset),
        }
    }
}
