//! Decides rows one after the other in a declared order, with running totals.

use std::path::PathBuf;

use super::super::attempt::{FileRef, Place};
use super::super::keys::RankRecord;
use super::super::marks::{MarkRecord, Verdict};
use super::super::run_file::{RunFile, RunMerge};
use super::{Stop, commit_marks, mark_writer};
use crate::failure::Failure;

/// Keeps rows in order of rank, then row, while no total passes its limit: `rows` counts rows, `payload` sums the
/// word each row brought (tokens, bytes). The row that would pass a limit is dropped, and so is all after it.
pub fn decide_in_order(
    keys: &[PathBuf],
    rows: Option<u64>,
    payload: Option<u64>,
    place: &Place,
    stop: Stop<'_>,
) -> Result<Option<FileRef>, Failure> {
    let mut readers = Vec::new();
    for path in keys {
        readers.extend(RunFile::open::<RankRecord>(path)?.partition::<RankRecord>(0));
    }
    let mut merge = RunMerge::new(readers)?;
    let mut marks = mark_writer(place)?;
    let (mut kept, mut sum, mut full) = (0_u64, 0_u64, false);
    let mut seen = 0_u64;
    while let Some(RankRecord(record)) = merge.next()? {
        seen += 1;
        if seen.is_multiple_of(1 << 16) && stop() {
            return Ok(None);
        }
        full = full
            || rows.is_some_and(|limit| kept >= limit)
            || payload.is_some_and(|limit| sum.saturating_add(record.payload) > limit);
        if full {
            marks.push(MarkRecord::new(record.address, Verdict::Drop { reason: 0, twin: None }))?;
        } else {
            kept += 1;
            sum = sum.saturating_add(record.payload);
        }
    }
    commit_marks(marks).map(Some)
}
