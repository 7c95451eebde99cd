//! What rows are compared by, read once from the committed rows and kept in a scratch file: for each row wanted its
//! features, the length of its id, and its id.

use std::sync::{Mutex, PoisonError};

use super::super::super::attempt::Place;
use super::super::super::failure::EngineFailure;
use super::super::super::keys::task_and_row;
use super::super::super::parts::{Part, PartsCutter};
use super::super::super::spill_file::SpillFile;
use super::copies::Copies;
use super::{Bits, Crew, Rows};
use crate::batch::Batch;
use crate::failure::Failure;
use crate::step::{Alike, Chunk, ChunkBody, Cutter as _};

/// Bytes written at once.
const WRITTEN: usize = 1 << 20;

/// Which rows are wanted.
pub struct Wanted<'a> {
    /// Their features.
    pub compared: &'a Bits,
    /// Their ids at least.
    pub named: &'a Copies,
}

/// Where rows are read.
pub struct Texts<'a> {
    pub parts: Vec<Part>,
    pub columns: Vec<String>,
    pub rows: &'a Rows,
}

#[derive(Clone, Copy)]
struct Entry {
    row: u32,
    features: u32,
    at: u64,
}

/// The features of all rows that are wanted.
pub struct Features {
    file: SpillFile,
    /// Ascending by row.
    entries: Vec<Entry>,
}

impl Features {
    /// Reads them.
    pub fn read(
        alike: &dyn Alike,
        wanted: &Wanted<'_>,
        texts: Texts<'_>,
        place: &Place,
        crew: &Crew<'_>,
    ) -> Result<Option<Self>, Failure> {
        let Texts { parts, columns, rows } = texts;
        let cutter = Mutex::new(PartsCutter::new(&place.shelf, parts, Some(columns), None, Vec::new())?);
        let store = Mutex::new((SpillFile::new(place, "features"), Vec::new()));
        let lock = || store.lock().unwrap_or_else(PoisonError::into_inner);
        let done = crew.each(crew.threads, |_| {
            let mut page = Page::default();
            while !crew.stopped() {
                let chunk = cutter.lock().unwrap_or_else(PoisonError::into_inner).next()?;
                let Some(chunk) = chunk else { break };
                page.add(alike, wanted, rows, chunk)?;
                if page.bytes.len() >= WRITTEN {
                    let mut store = lock();
                    let (file, entries) = &mut *store;
                    page.write(file, entries)?;
                }
            }
            let mut store = lock();
            let (file, entries) = &mut *store;
            page.write(file, entries)
        })?;
        if done.is_none() || crew.stopped() {
            return Ok(None);
        }
        let (file, mut entries) = store.into_inner().unwrap_or_else(PoisonError::into_inner);
        entries.sort_unstable_by_key(|entry: &Entry| entry.row);
        Ok(Some(Self { file, entries }))
    }

    fn entry(&self, row: u32) -> Result<Entry, Failure> {
        let at = self.entries.binary_search_by_key(&row, |entry| entry.row);
        // Whoever is asked for was wanted; were it not, rows and keys would not belong together.
        at.map(|at| self.entries[at]).map_err(|_| {
            let why = format!("row {row} has keys, but is not there");
            EngineFailure::Damaged { path: std::path::PathBuf::new(), why }.into()
        })
    }

    /// How many features a row has.
    pub fn count(&self, row: u32) -> Result<usize, Failure> {
        Ok(self.entry(row)?.features as usize)
    }

    /// The features of a row, into `out`; `room` is space to read in.
    pub fn get(&self, row: u32, room: &mut Vec<u8>, out: &mut Vec<u64>) -> Result<(), Failure> {
        let entry = self.entry(row)?;
        room.resize(entry.features as usize * 8, 0);
        self.file.read_at(room, entry.at)?;
        out.clear();
        out.extend(
            room.chunks_exact(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap_or_default())),
        );
        Ok(())
    }

    /// The id of a row.
    pub fn id(&self, row: u32) -> Result<String, Failure> {
        let entry = self.entry(row)?;
        let at = entry.at + u64::from(entry.features) * 8;
        let mut length = [0; 4];
        self.file.read_at(&mut length, at)?;
        let mut id = vec![0; u32::from_le_bytes(length) as usize];
        self.file.read_at(&mut id, at + 4)?;
        Ok(String::from_utf8_lossy(&id).into_owned())
    }
}

/// Features on their way to the file.
#[derive(Default)]
struct Page {
    bytes: Vec<u8>,
    /// Places below are within this page.
    entries: Vec<Entry>,
    compared: Vec<u32>,
}

impl Page {
    fn add(
        &mut self,
        alike: &dyn Alike,
        wanted: &Wanted<'_>,
        rows: &Rows,
        chunk: Chunk,
    ) -> Result<(), Failure> {
        let ChunkBody::Columns(columns) = chunk.body else { return Ok(()) };
        let (task, row) = task_and_row(chunk.address);
        let first = (rows.starts[task] + row) as u32;
        let count = columns.num_rows() as u32;
        self.compared.clear();
        self.compared.extend((0..count).filter(|row| wanted.compared.has(first + row)));
        let batch = Batch::new(columns)?;
        let ids = batch.ids();
        let Self { bytes, entries, compared } = self;
        let mut put = |row: u32, features: &[u64]| {
            entries.push(Entry { row: first + row, features: features.len() as u32, at: bytes.len() as u64 });
            bytes.extend(features.iter().flat_map(|feature| feature.to_le_bytes()));
            let id = ids.value(row as usize).as_bytes();
            bytes.extend_from_slice(&(id.len() as u32).to_le_bytes());
            bytes.extend_from_slice(id);
        };
        let mut next = compared.iter();
        alike.features(&batch, compared, &mut |features| {
            if let Some(&row) = next.next() {
                put(row, features);
            }
        })?;
        for row in (0..count).filter(|row| wanted.named.has(first + row) && !wanted.compared.has(first + row))
        {
            put(row, &[]);
        }
        Ok(())
    }

    fn write(&mut self, file: &mut SpillFile, all: &mut Vec<Entry>) -> Result<(), Failure> {
        let at = file.append(&self.bytes)?;
        all.extend(self.entries.drain(..).map(|entry| Entry { at: entry.at + at, ..entry }));
        self.bytes.clear();
        Ok(())
    }
}
