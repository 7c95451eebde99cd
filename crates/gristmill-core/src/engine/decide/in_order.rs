//! Decides rows one after the other in a declared order, with running totals.

use std::path::PathBuf;

use super::super::attempt::{FileRef, Place};
use super::super::keys::RankRecord;
use super::super::marks::{MarkRecord, Verdict};
use super::{Stop, by_rank, commit_marks, mark_writer};
use crate::failure::Failure;

/// What a decision in order keeps within.
pub struct Limits<'a> {
    /// Rows in all.
    pub rows: Option<u64>,
    /// Sum of the words that rows bring (tokens, bytes).
    pub payload: Option<u64>,
    /// Rows of each key, by its number; keys beyond the list have no limit of their own.
    pub quotas: Option<&'a [u64]>,
}

/// Keeps rows in order of rank, then row, while no total passes its limit. The row that would pass a limit is
/// dropped (reason 0), and so is all after it; a row whose key has had its quota is passed over (reason 1).
pub fn decide_in_order(
    keys: &[PathBuf],
    limits: &Limits<'_>,
    place: &Place,
    stop: Stop<'_>,
) -> Result<Option<FileRef>, Failure> {
    let mut merge = by_rank(place, keys)?;
    let mut marks = mark_writer(place)?;
    let Limits { rows, payload, quotas } = *limits;
    let mut left = quotas.map(<[u64]>::to_vec).unwrap_or_default();
    let (mut kept, mut sum, mut full) = (0_u64, 0_u64, false);
    let mut seen = 0_u64;
    while let Some(RankRecord(record)) = merge.next()? {
        seen += 1;
        if seen.is_multiple_of(1 << 16) && stop() {
            return Ok(None);
        }
        let quota = usize::try_from(record.key).ok().and_then(|key| left.get_mut(key));
        if !full && quota.as_ref().is_some_and(|left| **left == 0) {
            marks.push(MarkRecord::new(record.address, Verdict::Drop { reason: 1, twin: None }))?;
            continue;
        }
        full = full
            || rows.is_some_and(|limit| kept >= limit)
            || payload.is_some_and(|limit| sum.saturating_add(record.payload) > limit);
        if full {
            marks.push(MarkRecord::new(record.address, Verdict::Drop { reason: 0, twin: None }))?;
        } else {
            if let Some(left) = quota {
                *left -= 1;
            }
            kept += 1;
            sum = sum.saturating_add(record.payload);
        }
    }
    commit_marks(marks).map(Some)
}
