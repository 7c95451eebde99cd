//! What one task puts aside while it works: in memory while there is room, then in a file. Nobody else sees it, and it
//! goes with its owner.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use super::attempt::{Place, Temporary};
use super::failure::EngineFailure;
use super::pages::Pages;
use super::slice_read::SliceRead;
use crate::failure::Failure;

/// Scratch bytes: written at their end, read anywhere.
pub struct SpillFile {
    bytes: Bytes,
    at: u64,
    folder: PathBuf,
    path: Temporary,
}

enum Bytes {
    Pages(Pages),
    File(File),
}

impl SpillFile {
    /// Nothing yet; a file, should there be one, lies in the folder of the task.
    pub fn new(place: &Place, suffix: &str) -> Self {
        let path = place.folder.join(format!(".{}-{suffix}-{}.tmp", place.stem, std::process::id()));
        let bytes = Bytes::Pages(Pages::new(&place.shelf));
        Self { bytes, at: 0, folder: place.folder.clone(), path: Temporary::new(path) }
    }

    /// Appends bytes; gives the place of the first.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64, Failure> {
        if let Bytes::Pages(pages) = &mut self.bytes
            && !pages.push(bytes)
        {
            self.spill()?;
        }
        if let Bytes::File(file) = &mut self.bytes {
            file.write_all(bytes).map_err(EngineFailure::file("write", self.path.path()))?;
        }
        let at = self.at;
        self.at += bytes.len() as u64;
        Ok(at)
    }

    fn spill(&mut self) -> Result<(), Failure> {
        let Bytes::Pages(pages) = &self.bytes else { return Ok(()) };
        fs::create_dir_all(&self.folder).map_err(EngineFailure::file("make folder", &self.folder))?;
        let write = || -> io::Result<File> {
            let mut file =
                File::options().read(true).write(true).create(true).truncate(true).open(self.path.path())?;
            pages.pieces().try_for_each(|piece| file.write_all(piece))?;
            Ok(file)
        };
        self.bytes = Bytes::File(write().map_err(EngineFailure::file("create", self.path.path()))?);
        Ok(())
    }

    /// Fills a buffer from a place on.
    pub fn read_at(&self, buffer: &mut [u8], at: u64) -> Result<(), Failure> {
        let read = match &self.bytes {
            Bytes::Pages(pages) => pages.read_at(buffer, at),
            Bytes::File(file) => SliceRead::read_file_at(file, buffer, at),
        };
        Ok(read.map_err(EngineFailure::file("read", self.path.path()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::attempt::Place;
    use super::super::shelf::Shelf;
    use super::SpillFile;

    #[test]
    fn what_finds_no_room_is_read_from_a_file_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for room in [0, 7, 1 << 20] {
            let shelf = Shelf::new(room);
            let (path, stem) = (folder.path().to_path_buf(), "a".to_owned());
            let place = Place { folder: path, stem, passing: false, shelf: shelf.clone() };
            let mut file = SpillFile::new(&place, "x");
            assert_eq!((file.append(b"12345").unwrap(), file.append(b"6789").unwrap()), (0, 5));
            let mut read = [0; 4];
            file.read_at(&mut read, 3).unwrap();
            assert_eq!(&read, b"4567");
            let files = std::fs::read_dir(folder.path()).unwrap().count();
            assert_eq!((files, shelf.used()), if room > 9 { (0, 9) } else { (1, 0) });
            drop(file);
            assert_eq!((std::fs::read_dir(folder.path()).unwrap().count(), shelf.used()), (0, 0));
        }
    }
}
