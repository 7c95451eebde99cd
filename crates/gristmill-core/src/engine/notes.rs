//! What a decider says of a verdict beside the verdict: the rule, and the id of the row that stays instead.
//! The notes stand one after the other in a file; a mark holds the place of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::attempt::{Attempt, AttemptWriter, FileRef, Place, Role};
use super::failure::EngineFailure;
use super::shelf::Shelf;
use super::stored::Stored;
use crate::failure::Failure;

/// Between the two halves of a note.
const CUT: char = '\u{1f}';
const LENGTH_BITS: u32 = 16;

/// Writes notes.
pub struct NoteWriter {
    attempt: Attempt,
    out: AttemptWriter,
    at: u64,
    count: u64,
}

impl NoteWriter {
    /// Starts the file.
    pub fn create(place: &Place) -> Result<Self, Failure> {
        let attempt = Attempt::keep(place, "notes")?;
        let out = attempt.writer();
        Ok(Self { attempt, out, at: 0, count: 0 })
    }

    /// Adds a note; gives its place. An id too long to be told is left out, and 0 is the place of no note.
    pub fn push(&mut self, rule: &str, twin: &str) -> Result<u64, Failure> {
        let note = format!("{rule}{CUT}{twin}");
        if note.len() >= 1 << LENGTH_BITS {
            return Ok(0);
        }
        self.out.write_all(note.as_bytes()).map_err(EngineFailure::file("write", self.attempt.path()))?;
        let place = self.at << LENGTH_BITS | note.len() as u64;
        self.at += note.len() as u64;
        self.count += 1;
        Ok(place)
    }

    /// Ends and commits the file.
    pub fn commit(self) -> Result<FileRef, Failure> {
        self.attempt.commit("notes", "bin", Role::Notes, self.count)
    }
}

/// Reads notes.
pub struct NoteReader {
    file: Stored,
    path: PathBuf,
}

impl NoteReader {
    /// Opens a committed file.
    pub fn open(shelf: &Shelf, path: &Path) -> Result<Self, Failure> {
        Ok(Self { file: shelf.open(path)?, path: path.to_path_buf() })
    }

    /// The note at a place.
    pub fn read(&self, place: u64) -> Result<String, Failure> {
        let mut bytes = vec![0; (place & ((1 << LENGTH_BITS) - 1)) as usize];
        self.file
            .read_at(&mut bytes, place >> LENGTH_BITS)
            .map_err(EngineFailure::file("read", &self.path))?;
        String::from_utf8(bytes).map_err(|_| {
            let why = "its notes are not text".to_owned();
            EngineFailure::Damaged { path: self.path.clone(), why }.into()
        })
    }
}

/// Rule and twin of a note.
pub fn split_note(note: &str) -> (&str, &str) {
    note.split_once(CUT).unwrap_or((note, ""))
}
