//! A file for what does not fit into memory while one task works; nobody else sees it, and it goes with its owner.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use super::attempt::Place;
use super::failure::EngineFailure;
use super::slice_read::SliceRead;
use crate::failure::Failure;

/// A scratch file: written at its end, read anywhere.
pub struct SpillFile {
    file: File,
    path: PathBuf,
    bytes: u64,
}

impl SpillFile {
    /// Starts a file in the folder of the task.
    pub fn create(place: &Place, suffix: &str) -> Result<Self, Failure> {
        fs::create_dir_all(&place.folder).map_err(EngineFailure::file("make folder", &place.folder))?;
        let path = place.folder.join(format!(".{}-{suffix}-{}.tmp", place.stem, std::process::id()));
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(EngineFailure::file("create", &path))?;
        Ok(Self { file, path, bytes: 0 })
    }

    /// Appends bytes; gives the place of the first.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64, Failure> {
        self.file.write_all(bytes).map_err(EngineFailure::file("write", &self.path))?;
        let at = self.bytes;
        self.bytes += bytes.len() as u64;
        Ok(at)
    }

    /// Fills a buffer from a place on.
    pub fn read_at(&self, buffer: &mut [u8], at: u64) -> Result<(), Failure> {
        Ok(SliceRead::read_at(&self.file, buffer, at).map_err(EngineFailure::file("read", &self.path))?)
    }
}

impl Drop for SpillFile {
    fn drop(&mut self) {
        // A file that will not go has a temporary name that no reader trusts.
        let _gone = fs::remove_file(&self.path);
    }
}
