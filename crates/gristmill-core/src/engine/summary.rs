//! What folds work with: summaries on file, room for what they cannot hold, and word of how far the end of one is.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;

use super::attempt::{Place, Temporary};
use super::failure::EngineFailure;
use super::shelf::Shelf;
use crate::failure::Failure;
use crate::step::FoldState;

const BUFFER: usize = 1 << 16;

/// A summary, or a piece of one, that was written down.
pub enum Saved {
    /// A committed file.
    File(PathBuf),
    /// A file of a [`Scratch`]; it is removed with this.
    Scratch(ScratchFile),
    /// In memory.
    Bytes(Vec<u8>),
}

/// A temporary file.
pub struct ScratchFile(Temporary);

impl Saved {
    /// Writes a summary to memory.
    ///
    /// # Errors
    /// What the summary says.
    pub fn of(state: &mut dyn FoldState) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        state.save(&mut SavedWriter { out: &mut bytes, path: Path::new("") })?;
        Ok(Self::Bytes(bytes))
    }

    /// Reads it from its start.
    ///
    /// # Errors
    /// `GM_RUN_IO`.
    pub fn open(&self) -> Result<Box<dyn BufRead + Send + '_>, Failure> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(bytes.as_slice()),
            Self::File(_) | Self::Scratch(_) => {
                let file = File::open(self.path()).map_err(EngineFailure::file("open", self.path()))?;
                Box::new(BufReader::with_capacity(BUFFER, file))
            }
        })
    }

    /// The whole as JSON.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DAMAGED_FILE`.
    pub fn json(&self) -> Result<Value, Failure> {
        serde_json::from_reader(self.open()?)
            .map_err(|e| EngineFailure::Damaged { path: self.path().to_owned(), why: e.to_string() }.into())
    }

    /// What to say when reading failed.
    #[must_use]
    pub fn unreadable(&self, source: io::Error) -> Failure {
        EngineFailure::file("read", self.path())(source).into()
    }

    fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Scratch(file) => file.0.path(),
            Self::Bytes(_) => Path::new("a summary in memory"),
        }
    }
}

/// Where a summary is written to.
pub struct SavedWriter<'a> {
    out: &'a mut dyn Write,
    path: &'a Path,
}

impl<'a> SavedWriter<'a> {
    pub(super) fn new(out: &'a mut dyn Write, path: &'a Path) -> Self {
        Self { out, path }
    }

    /// Appends bytes. Many small pieces are best gathered first.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).map_err(EngineFailure::file("write", self.path))?;
        Ok(())
    }
}

/// How much a summary may hold in memory, and files for the rest.
pub struct Scratch {
    place: Option<Place>,
    bytes: usize,
    files: AtomicU64,
}

/// Most that the summaries of a task hold in memory, if the process may have more.
const MOST: u64 = 256 << 20;
/// Least, so that files do not become many.
const LEAST: u64 = 8 << 20;

impl Scratch {
    /// Room in a task of a process that may hold `memory` bytes. Without a place there are no files.
    pub(super) fn new(place: Option<Place>, memory: u64) -> Self {
        let bytes = if place.is_some() { (memory / 16).clamp(LEAST, MOST) as usize } else { usize::MAX };
        Self { place, bytes, files: AtomicU64::new(0) }
    }

    /// Room of so many bytes, with files in a folder.
    #[must_use]
    pub fn in_folder(folder: &Path, bytes: usize) -> Self {
        let place = Place {
            folder: folder.to_path_buf(),
            stem: "scratch".to_owned(),
            passing: true,
            shelf: Shelf::default(),
        };
        Self { place: Some(place), bytes, files: AtomicU64::new(0) }
    }

    /// Bytes that a summary may hold in memory.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes a file.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`, and what `write` says.
    pub fn file(
        &self,
        write: impl FnOnce(&mut SavedWriter<'_>) -> Result<(), Failure>,
    ) -> Result<Saved, Failure> {
        let Some(Place { folder, stem, .. }) = &self.place else { return Err(EngineFailure::Closed.into()) };
        fs::create_dir_all(folder).map_err(EngineFailure::file("make folder", folder))?;
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".{stem}-scratch{number}-{}.tmp", std::process::id()));
        let file = File::create(&path).map_err(EngineFailure::file("create", &path))?;
        let kept = ScratchFile(Temporary::new(path));
        let mut out = BufWriter::with_capacity(BUFFER, file);
        write(&mut SavedWriter { out: &mut out, path: kept.0.path() })?;
        out.flush().map_err(EngineFailure::file("write", kept.0.path()))?;
        Ok(Saved::Scratch(kept))
    }
}

/// What the end of a fold may use, and whom it tells how far it is.
#[derive(Clone)]
pub struct Finishing {
    memory: u64,
    threads: usize,
    told: Arc<Told>,
}

#[derive(Default)]
struct Told {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

impl Finishing {
    /// With so much memory in bytes and so many threads.
    #[must_use]
    pub fn new(memory: u64, threads: usize) -> Self {
        Self { memory, threads: threads.max(1), told: Arc::default() }
    }

    /// Bytes it may hold. Never shows in a result, but may be the cause of a failure.
    #[must_use]
    pub const fn memory(&self) -> u64 {
        self.memory
    }

    /// Threads it may start.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.threads
    }

    /// Says that `done` of `total` is done, in whatever measure.
    pub fn tell(&self, done: u64, total: u64) {
        self.told.total.store(total, Ordering::Relaxed);
        self.told.done.store(done, Ordering::Relaxed);
    }

    /// What was told last.
    #[must_use]
    pub fn told(&self) -> (u64, u64) {
        (self.told.done.load(Ordering::Relaxed), self.told.total.load(Ordering::Relaxed))
    }

    /// Asks for an early end.
    pub fn stop(&self) {
        self.told.stop.store(true, Ordering::Relaxed);
    }

    /// Goes on, or gives the failure to return with when nobody wants the result any more.
    ///
    /// # Errors
    /// `GM_CLOSED`.
    pub fn go_on(&self) -> Result<(), Failure> {
        if self.stopped() { Err(EngineFailure::Closed.into()) } else { Ok(()) }
    }

    /// Whether nobody wants the result any more.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.told.stop.load(Ordering::Relaxed)
    }
}
