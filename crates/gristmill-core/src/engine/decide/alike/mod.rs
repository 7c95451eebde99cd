//! Decides rows that are alike: clusters of copies and of similar rows, one of which stays.
//!
//! * [`copies`]: rows of equal key are one from the start; only the first of them is compared.
//! * [`candidates`]: pairs of rows that share a band, each once.
//! * [`features`]: what is compared, read from the committed rows once and kept in a scratch file.
//! * [`clusters`]: pairs that are similar enough grow together; the rest of the work is told by these.
//! * [`sequential`]: the other way: rows go only for a row that stays.
//! * [`verdicts`]: marks, notes for the trace, and a report.
//!
//! Sorted runs are worked on in ranges of keys that fit into memory, on several threads; nothing of the result
//! depends on how many, nor on where ranges and runs are cut.

mod candidates;
mod clusters;
mod copies;
pub(super) mod crew;
mod features;
pub(super) mod ranges;
mod sequential;
mod verdicts;

use std::path::PathBuf;

use super::super::attempt::{FileRef, Place};
use super::super::bands::BandRecord;
use super::super::failure::EngineFailure;
use super::super::keys::{KeyRecord, address, task_and_row};
use super::super::parts::Part;
use super::super::run_file::{Record, RunFile};
use super::super::spec::AlikeKeep;
use super::Stop;
use crate::failure::Failure;
use crate::step::KeyStep;
use crew::Crew;

pub use verdicts::cluster_of;

/// What is to be decided.
pub struct AlikeWork<'a> {
    /// Key and band files of all tasks.
    pub keys: &'a [PathBuf],
    /// The rows that emitted them.
    pub parts: Vec<Part>,
    pub task_rows: &'a [u64],
    pub keep: AlikeKeep,
    /// Whether a row goes only for one that stays.
    pub sequential: bool,
    pub threads: usize,
    pub memory: u64,
    pub place: &'a Place,
}

/// Clusters rows that are alike and marks all but one of each cluster, or labels them all.
/// Holds four bytes a row and some twenty for each row that is like another, whatever the texts.
///
/// # Errors
/// `GM_STEP_TOO_MANY_ROWS` beyond 4.29 billion rows.
pub fn decide_alike(
    kind: &dyn KeyStep,
    work: AlikeWork<'_>,
    stop: Stop<'_>,
) -> Result<Option<Vec<FileRef>>, Failure> {
    let Some(alike) = kind.alike() else {
        return Err(
            EngineFailure::UnknownKind { shape: "key step that compares rows", kind: String::new() }.into()
        );
    };
    let rows = Rows::new(work.task_rows)?;
    let crew = Crew { threads: work.threads.max(1), stop };
    let shelf = &work.place.shelf;
    let (mut keys, mut bands) = (Vec::new(), Vec::new());
    for path in work.keys {
        if RunFile::width(shelf, path)? == BandRecord::WIDTH as u64 {
            bands.push(RunFile::open::<BandRecord>(shelf, path)?);
        } else {
            keys.push(RunFile::open::<KeyRecord>(shelf, path)?);
        }
    }
    // Each thread holds a range and room to sort it in, and there is the rest of this task besides.
    let range_bytes = (work.memory / (4 * crew.threads as u64)).clamp(1 << 12, 64 << 20);
    let Some(copies) = copies::find(&keys, &rows, &crew, range_bytes)? else { return Ok(None) };
    let Some(pairs) = candidates::find(&bands, &rows, &copies, work.place, &crew, range_bytes)? else {
        return Ok(None);
    };
    let columns = kind.columns();
    let Some(features) = features::Features::read(
        alike,
        &features::Wanted { compared: &pairs.rows, named: &copies },
        features::Texts { parts: work.parts, columns, rows: &rows },
        work.place,
        &crew,
    )?
    else {
        return Ok(None);
    };
    let found = if work.sequential {
        let sequence = sequential::Sequence { keys: &keys, rows: &rows, keep: work.keep, place: work.place };
        sequential::find(alike, &pairs, &copies, &features, &sequence, &crew)?
    } else {
        clusters::find(alike, &pairs, &copies, &features, rows.total, &crew)?
    };
    let Some(found) = found else { return Ok(None) };
    verdicts::write(&verdicts::Case {
        alike,
        rows: &rows,
        keys: &keys,
        copies: &copies,
        pairs: &pairs,
        features: &features,
        clusters: found,
        keep: work.keep,
        place: work.place,
        crew: &crew,
    })
}

/// Rows numbered through all tasks.
pub struct Rows {
    starts: Vec<u64>,
    total: u32,
}

impl Rows {
    fn new(task_rows: &[u64]) -> Result<Self, Failure> {
        let rows: u64 = task_rows.iter().sum();
        let Ok(total) = u32::try_from(rows) else { return Err(EngineFailure::TooManyRows { rows }.into()) };
        let starts = task_rows
            .iter()
            .scan(0, |sum, &rows| {
                let start = *sum;
                *sum += rows;
                Some(start)
            })
            .collect();
        Ok(Self { starts, total })
    }

    fn ordinal(&self, at: u64) -> u32 {
        let (task, row) = task_and_row(at);
        (self.starts[task] + row) as u32
    }

    fn address(&self, ordinal: u32) -> u64 {
        let ordinal = u64::from(ordinal);
        let task = self.starts.partition_point(|&start| start <= ordinal) - 1;
        address(task as u64, ordinal - self.starts[task])
    }
}

/// One bit a row.
pub struct Bits(Vec<u64>);

impl Bits {
    fn new(rows: u32) -> Self {
        Self(vec![0; (rows as usize).div_ceil(64)])
    }

    fn set(&mut self, row: u32) {
        self.0[row as usize / 64] |= 1 << (row % 64);
    }

    fn has(&self, row: u32) -> bool {
        self.0[row as usize / 64] >> (row % 64) & 1 == 1
    }
}
