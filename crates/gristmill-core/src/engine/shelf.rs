//! Files that are thrown away anyhow, kept in memory as long as there is room: what a step's own command passes from
//! one stage to the next, and what a task puts aside for itself. What finds no room goes to the disk. Who reads
//! cannot tell one from the other, but for the time it takes.

use std::collections::HashMap;
use std::fmt::{self, Debug, Formatter};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::blocks::logical_bytes;
use super::failure::EngineFailure;
use super::pages::Pages;
use super::stored::Stored;
use crate::failure::Failure;

/// The files in memory, and room for more; its clones are one and the same.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Inner>);

#[derive(Default)]
struct Inner {
    room: AtomicU64,
    used: AtomicU64,
    files: Mutex<HashMap<PathBuf, Kept>>,
}

/// What is kept of a file.
#[derive(Clone)]
pub enum Kept {
    /// Its bytes.
    Pages(Arc<Pages>),
    /// The rows that would stand in it.
    Rows(Arc<KeptRows>),
}

impl Debug for Shelf {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "Shelf({} of {} bytes)", self.used(), self.0.room.load(Ordering::Relaxed))
    }
}

impl Shelf {
    /// With room for so many bytes.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let shelf = Self::default();
        shelf.set_room(bytes);
        shelf
    }

    /// Gives it another size; what is kept stays.
    pub fn set_room(&self, bytes: u64) {
        self.0.room.store(bytes, Ordering::Relaxed);
    }

    /// Bytes that are kept, of files that are being written too.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Gives up the files below a folder.
    pub fn forget(&self, folder: &Path) {
        let mut files = self.files();
        let gone: Vec<Kept> =
            files.extract_if(|path, _| path.starts_with(folder)).map(|(_, kept)| kept).collect();
        drop(files);
        // Freed without the lock: it may be much.
        drop(gone);
    }

    pub(super) fn keep(&self, path: PathBuf, kept: Kept) {
        self.files().insert(path, kept);
    }

    /// The rows of a file, if it is kept as rows.
    pub(super) fn rows(&self, path: &Path) -> Option<Arc<KeptRows>> {
        match self.files().get(path) {
            Some(Kept::Rows(rows)) => Some(Arc::clone(rows)),
            _ => None,
        }
    }

    /// The bytes of a file, wherever they are.
    pub(super) fn open(&self, path: &Path) -> Result<Stored, Failure> {
        if let Some(Kept::Pages(pages)) = self.files().get(path) {
            return Ok(Stored::Pages(Arc::clone(pages)));
        }
        Ok(Stored::File(Arc::new(File::open(path).map_err(EngineFailure::file("open", path))?)))
    }

    /// The size of a file, wherever it is.
    pub(super) fn size(&self, path: &Path) -> Result<u64, Failure> {
        Ok(match self.files().get(path) {
            Some(Kept::Pages(pages)) => pages.len(),
            Some(Kept::Rows(rows)) => rows.bytes,
            None => path.metadata().map_err(EngineFailure::file("open", path))?.len(),
        })
    }

    /// Room of which nothing is taken yet.
    pub(super) fn place(&self) -> Room {
        Room { shelf: self.clone(), bytes: 0 }
    }

    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, Kept>> {
        self.0.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room taken on a shelf, given back with this.
pub struct Room {
    shelf: Shelf,
    bytes: u64,
}

impl Room {
    /// Takes so many bytes more, unless there is no room for them.
    pub fn grow(&mut self, bytes: u64) -> bool {
        let Inner { room, used, .. } = &*self.shelf.0;
        let most = room.load(Ordering::Relaxed);
        let fits = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(bytes).filter(|&sum| sum <= most)
        });
        if fits.is_ok() {
            self.bytes += bytes;
        }
        fits.is_ok()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.shelf.0.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Blocks of rows as they were made.
pub struct KeptRows {
    pub schema: SchemaRef,
    pub blocks: Vec<RecordBatch>,
    bytes: u64,
    room: Room,
}

impl KeptRows {
    pub fn new(schema: SchemaRef, shelf: &Shelf) -> Self {
        Self { schema, blocks: Vec::new(), bytes: 0, room: shelf.place() }
    }

    /// Adds blocks; gives them back where there is no room.
    pub fn push(&mut self, blocks: Vec<RecordBatch>) -> Result<(), Vec<RecordBatch>> {
        let bytes = blocks.iter().map(|block| logical_bytes(block) as u64).sum();
        if !self.room.grow(bytes) {
            return Err(blocks);
        }
        self.bytes += bytes;
        self.blocks.extend(blocks);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::{Kept, Pages, Shelf};

    #[test]
    fn room_is_given_back() {
        let shelf = Shelf::new(10);
        let (mut one, mut other) = (shelf.place(), shelf.place());
        assert!(one.grow(6) && !other.grow(5) && other.grow(4));
        drop(one);
        assert_eq!(shelf.used(), 4);
        assert!(other.grow(6) && !other.grow(1));
    }

    #[test]
    fn a_folder_is_forgotten_with_all_below_it_and_nothing_beside() {
        let shelf = Shelf::new(100);
        for name in ["a/b/one", "a/bc", "a/b/c/two"] {
            let mut pages = Pages::new(&shelf);
            assert!(pages.push(b"12345"));
            shelf.keep(name.into(), Kept::Pages(Arc::new(pages)));
        }
        assert_eq!((shelf.used(), shelf.size(Path::new("a/b/one")).unwrap()), (15, 5));
        shelf.forget(Path::new("a/b"));
        assert_eq!(shelf.used(), 5);
        assert_eq!(shelf.open(Path::new("a/b/one")).err().unwrap().code(), "GM_RUN_IO");
        assert_eq!(shelf.open(Path::new("a/bc")).unwrap().len().unwrap(), 5);
    }
}
