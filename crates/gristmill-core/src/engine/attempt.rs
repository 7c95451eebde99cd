//! Files of a task: written under a temporary name, hashed on the way, synced, then renamed to a name that holds
//! their hash. What is left of a failed attempt is removed; what a kill leaves is unnamed by any done file.
//! In a folder that is thrown away nobody looks for hashes, nor after a crash for files: there is neither, and what is
//! read back soon stays in memory while there is room.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::early_sync::EarlySync;
use super::failure::EngineFailure;
use super::pages::Pages;
use super::shelf::{Kept, KeptRows, Shelf};
use super::stored::Stored;
use crate::failure::Failure;

/// What a committed file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Rows between two stages.
    Part,
    /// Keys for a decider.
    Keys,
    /// State of a fold.
    State,
    /// Rows on their way through an exchange.
    Segment,
    /// A decider's verdicts.
    Marks,
    /// What a decider says of its verdicts, in words.
    Notes,
    /// The result of a fold.
    Result,
    /// A file of the dataset.
    Output,
    /// Rows that were turned away.
    Trace,
}

/// A committed file, as it stands in the done file.
#[derive(Clone, Debug, Serialize)]
pub struct FileRef {
    /// Name below the task's folder.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Size in bytes.
    pub bytes: u64,
    /// Rows or records in it.
    pub rows: u64,
    /// SHA-256 of its bytes, hexadecimal; empty in passing.
    pub sha256: String,
    /// For parts: number of its first row among the rows of the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_row: Option<u64>,
    /// For fold states: the fold's name; for parts written in splits: the split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Where a task's files go.
#[derive(Clone, Debug)]
pub struct Place {
    /// Folder of the stage.
    pub folder: PathBuf,
    /// Stem of the task's files.
    pub stem: String,
    /// Whether the folder is thrown away at the end: no file is hashed, and none synced but those of outputs.
    pub passing: bool,
    /// Where files stay that are thrown away, while there is room.
    pub shelf: Shelf,
}

impl Place {
    /// The same place for files that the task itself reads and nobody else.
    #[must_use]
    pub fn scratch(&self) -> Self {
        Self { passing: true, ..self.clone() }
    }
}

/// Where the bytes go.
enum Out {
    Disk(BufWriter<File>),
    Pages(Pages),
    Rows(KeptRows),
    /// Nowhere any more.
    Closed,
}

impl Out {
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Disk(file) => file.flush(),
            Self::Pages(_) | Self::Rows(_) | Self::Closed => Ok(()),
        }
    }
}

struct Inner {
    out: Out,
    /// For a long file that is synced at its end.
    sync: Option<EarlySync>,
    path: PathBuf,
    /// None in passing.
    hash: Option<Sha256>,
    bytes: u64,
}

/// One file being written. Dropping it before it is sealed and published removes it.
pub struct Attempt {
    inner: Arc<Mutex<Inner>>,
    temporary: Temporary,
    place: Place,
}

/// The writing end, to be owned by a format. Writing after the commit is harmless but pointless.
pub struct AttemptWriter(Arc<Mutex<Inner>>);

impl Write for AttemptWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.write(bytes)?;
        if let Some(hash) = &mut inner.hash {
            hash.update(bytes);
        }
        inner.bytes += bytes.len() as u64;
        if let Some(sync) = &mut inner.sync {
            sync.wrote(bytes.len() as u64)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Inner {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Out::Pages(pages) = &mut self.out {
            if pages.push(bytes) {
                return Ok(());
            }
            self.spill()?;
        }
        match &mut self.out {
            Out::Disk(file) => file.write_all(bytes),
            Out::Pages(_) | Out::Rows(_) | Out::Closed => Ok(()),
        }
    }

    /// Goes on on the disk.
    fn spill(&mut self) -> io::Result<()> {
        let Out::Pages(pages) = &self.out else { return Ok(()) };
        let mut file = BufWriter::with_capacity(BUFFER, create(&self.path)?);
        for piece in pages.pieces() {
            file.write_all(piece)?;
        }
        self.out = Out::Disk(file);
        Ok(())
    }
}

/// Bytes written at once.
const BUFFER: usize = 1 << 18;

/// Creates a file, and its folder if that is absent.
fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create(path)
}

impl Attempt {
    /// Starts a file `<stem>-<suffix>`; makes the folder if it is absent.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`, `GM_RUN_READ_ONLY`.
    pub fn create(place: &Place, suffix: &str) -> Result<Self, Failure> {
        let attempt = Self::begin(place, suffix);
        attempt.to_disk()?;
        Ok(attempt)
    }

    /// As [`Self::create`], but in passing the file is kept in memory while there is room on the shelf.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn keep(place: &Place, suffix: &str) -> Result<Self, Failure> {
        if place.passing { Ok(Self::begin(place, suffix)) } else { Self::create(place, suffix) }
    }

    fn begin(place: &Place, suffix: &str) -> Self {
        let name = format!(".{}-{suffix}-{}.tmp", place.stem, std::process::id());
        let path = place.folder.join(name);
        let hash = (!place.passing).then(Sha256::new);
        let temporary = Temporary(path.clone());
        let inner = Inner { out: Out::Pages(Pages::new(&place.shelf)), sync: None, path, hash, bytes: 0 };
        Self { inner: Arc::new(Mutex::new(inner)), temporary, place: place.clone() }
    }

    /// Puts on the disk what is in memory, and all that follows.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`, `GM_RUN_READ_ONLY`.
    pub fn to_disk(&self) -> Result<(), Failure> {
        let folder = &self.place.folder;
        fs::create_dir_all(folder).map_err(EngineFailure::file("make folder", folder))?;
        Ok(self.inner().spill().map_err(EngineFailure::file("create", self.path()))?)
    }

    /// Has the system put a file that will be synced on the disk while it is written.
    ///
    /// # Errors
    /// `GM_RUN_IO`.
    pub fn sync_early(&self) -> Result<(), Failure> {
        let mut inner = self.inner();
        if let Out::Disk(file) = &inner.out {
            let sync = EarlySync::of(file.get_ref()).map_err(EngineFailure::file("sync", self.path()))?;
            inner.sync = Some(sync);
        }
        Ok(())
    }

    /// Has these rows stand for the file, of which nothing is written.
    pub fn keep_rows(&self, rows: KeptRows) {
        self.inner().out = Out::Rows(rows);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A writing end.
    #[must_use]
    pub fn writer(&self) -> AttemptWriter {
        AttemptWriter(Arc::clone(&self.inner))
    }

    /// Writes other bytes over the first ones, and hashes the file anew.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    pub fn replace_head(&self, head: &[u8]) -> Result<(), Failure> {
        let path = self.path();
        self.to_disk()?;
        let mut inner = self.inner();
        inner.out.flush().map_err(EngineFailure::file("write", path))?;
        let Out::Disk(out) = &mut inner.out else { return Ok(()) };
        let file = out.get_mut();
        file.seek(SeekFrom::Start(0)).map_err(EngineFailure::file("write", path))?;
        file.write_all(head).map_err(EngineFailure::file("write", path))?;
        if inner.hash.is_none() {
            return Ok(());
        }
        let mut written = File::open(path).map_err(EngineFailure::file("read", path))?;
        let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
        loop {
            match written.read(&mut buffer).map_err(EngineFailure::file("read", path))? {
                0 => break,
                n => hash.update(&buffer[..n]),
            }
        }
        inner.hash = Some(hash);
        Ok(())
    }

    /// Path of the unfinished file, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.temporary.0
    }

    /// Ends the writing and opens what was written; it goes with the attempt.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    pub fn read_back(&self) -> Result<Stored, Failure> {
        let mut inner = self.inner();
        inner.out.flush().map_err(EngineFailure::file("write", self.path()))?;
        if let Out::Pages(pages) = &mut inner.out {
            let pages = std::mem::replace(pages, Pages::new(&self.place.shelf));
            return Ok(Stored::Pages(Arc::new(pages)));
        }
        let file = File::open(self.path()).map_err(EngineFailure::file("open", self.path()))?;
        Ok(Stored::File(Arc::new(file)))
    }

    /// Flushes, syncs and renames to `<stem>-<tag>-<hash>.<extension>`; an empty tag is left out, and the hash in passing.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    pub fn commit(self, tag: &str, extension: &str, role: Role, rows: u64) -> Result<FileRef, Failure> {
        self.seal(tag, extension, role, rows)?.publish()
    }

    /// Flushes and syncs, but for what is in passing; the file keeps its temporary name until it is published.
    /// A failed sync ends the attempt: the kernel may have dropped the pages, so it is never tried again.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    pub fn seal(self, tag: &str, extension: &str, role: Role, rows: u64) -> Result<Sealed, Failure> {
        let temporary = &self.temporary.0;
        let (bytes, sha256, kept) = {
            let mut inner = self.inner();
            inner.out.flush().map_err(EngineFailure::file("write", temporary))?;
            if let Some(sync) = inner.sync.take() {
                sync.end().map_err(EngineFailure::file("sync", temporary))?;
            }
            let sync = !self.place.passing || role == Role::Output;
            if let Out::Disk(file) = &inner.out
                && sync
            {
                file.get_ref().sync_all().map_err(EngineFailure::file("sync", temporary))?;
            }
            let hash = inner.hash.take().map(|hash| hex(&hash.finalize())).unwrap_or_default();
            let kept = match std::mem::replace(&mut inner.out, Out::Closed) {
                Out::Disk(_) | Out::Closed => None,
                Out::Pages(pages) => Some(Kept::Pages(Arc::new(pages))),
                Out::Rows(rows) => Some(Kept::Rows(Arc::new(rows))),
            };
            (inner.bytes, hash, kept)
        };
        let dash = if tag.is_empty() { "" } else { "-" };
        let hashed = if sha256.is_empty() { String::new() } else { format!("-{}", &sha256[..12]) };
        let name = format!("{}{dash}{tag}{hashed}.{extension}", self.place.stem);
        let file = FileRef { name, role, bytes, rows, sha256, first_row: None, label: None };
        let Place { folder, shelf, .. } = self.place;
        Ok(Sealed { temporary: self.temporary, folder, shelf, kept, file })
    }
}

/// A whole file under its temporary name. Dropping it removes it.
pub struct Sealed {
    temporary: Temporary,
    folder: PathBuf,
    shelf: Shelf,
    kept: Option<Kept>,
    /// What it will be called.
    pub file: FileRef,
}

impl Sealed {
    /// Gives the file its name.
    ///
    /// # Errors
    /// `GM_RUN_IO`.
    pub fn publish(self) -> Result<FileRef, Failure> {
        let path = self.folder.join(&self.file.name);
        match self.kept {
            Some(kept) => self.shelf.keep(path, kept),
            None => fs::rename(&self.temporary.0, &path).map_err(EngineFailure::file("rename to", &path))?,
        }
        Ok(self.file)
    }
}

/// A temporary name; what still bears it is removed with it.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After the rename nothing is left to remove. About a file that will not go nothing can be done: it has a
        // temporary name that no reader trusts.
        let _gone = fs::remove_file(&self.0);
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Attempt, Place, Role, Shelf};

    #[test]
    fn what_is_in_passing_bears_no_hash() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place {
            folder: folder.path().to_owned(),
            stem: "part-00000".to_owned(),
            passing: false,
            shelf: Shelf::default(),
        };
        let commit = |place: &Place| {
            let attempt = Attempt::create(place, "0").unwrap();
            attempt.writer().write_all(b"rows").unwrap();
            attempt.replace_head(b"R").unwrap();
            attempt.commit("000", "arrow", Role::Part, 1).unwrap()
        };
        let (kept, passing) = (commit(&place), commit(&place.scratch()));
        assert_eq!(kept.name, format!("part-00000-000-{}.arrow", &kept.sha256[..12]));
        assert_eq!((passing.name.as_str(), passing.sha256.as_str()), ("part-00000-000.arrow", ""));
        for file in [&kept, &passing] {
            assert_eq!((file.bytes, file.rows), (4, 1));
            assert_eq!(std::fs::read(folder.path().join(&file.name)).unwrap(), b"Rows");
        }
    }
}
