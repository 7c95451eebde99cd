//! Decides rows of equal key together: the best few stay.

use std::path::PathBuf;

use super::super::attempt::{FileRef, Place};
use super::super::keys::KeyRecord;
use super::super::marks::{MarkRecord, Verdict};
use super::super::run_file::{RunFile, RunMerge};
use super::{Stop, commit_marks, mark_writer};
use crate::failure::Failure;

/// Reason number of a row that loses to a better one of its key.
const LOST: u8 = 0;
/// Reason number of a row that wins but carries the flag in payload bit 0.
const FLAGGED: u8 = 1;

/// Keeps the `keep` best rows (lowest rank, then earliest row) of each key of one partition. A row that stays but
/// has bit 0 of its payload set is dropped for the second reason, so that a flaw can count after the contest.
pub fn decide_by_key(
    keys: &[PathBuf],
    partition: usize,
    keep: u64,
    place: &Place,
    stop: Stop<'_>,
) -> Result<Option<FileRef>, Failure> {
    let mut readers = Vec::new();
    for path in keys {
        readers.extend(RunFile::open::<KeyRecord>(&place.shelf, path)?.partition::<KeyRecord>(partition));
    }
    let mut merge = RunMerge::new(readers)?;
    let mut marks = mark_writer(place)?;
    let mut current: Option<(u128, u64, u64)> = None;
    let mut seen = 0_u64;
    while let Some(record) = merge.next()? {
        seen += 1;
        if seen.is_multiple_of(1 << 16) && stop() {
            return Ok(None);
        }
        let (count, best) = match current {
            Some((key, count, best)) if key == record.key => (count, best),
            _ => (0, record.address),
        };
        current = Some((record.key, count + 1, best));
        if count >= keep {
            marks.push(MarkRecord::new(record.address, Verdict::Drop { reason: LOST, twin: Some(best) }))?;
        } else if record.payload & 1 == 1 {
            marks.push(MarkRecord::new(record.address, Verdict::Drop { reason: FLAGGED, twin: None }))?;
        }
    }
    commit_marks(marks).map(Some)
}
