//! Decides which rows go together into blocks of one capacity.

use std::path::PathBuf;

use super::super::attempt::{FileRef, Place};
use super::super::keys::RankRecord;
use super::super::marks::{MarkRecord, Verdict};
use super::{Stop, by_rank, commit_marks, mark_writer};
use crate::failure::Failure;
use crate::packing::{PackMethod, pack};

/// Rows between two looks at whether to stop.
const CHECK_EVERY: u64 = 4096;

/// How rows are packed.
pub struct Packing {
    /// Sum of the payloads in a block at most.
    pub capacity: u32,
    /// How blocks are filled.
    pub method: PackMethod,
    /// Rows looked at together: bounds memory, and keeps rows near others of their part of the data.
    pub window: usize,
}

/// Labels every row with the number of its block; where all rows are joined, with the place of its first token among
/// all tokens, since it may go on in other blocks. The payload is a row's length. Rows of different keys never share a
/// block; ranks bring those of one key together, and where joined rows of the next key begin, so does a block.
pub fn decide_pack(
    keys: &[PathBuf],
    packing: &Packing,
    place: &Place,
    stop: Stop<'_>,
) -> Result<Option<FileRef>, Failure> {
    let mut merge = by_rank(place, keys)?;
    let mut marks = mark_writer(place)?;
    let (mut addresses, mut lengths) = (Vec::new(), Vec::new());
    let (mut first_block, mut place_of_next) = (0_u64, 0_u64);
    let mut key = None;
    let capacity = u64::from(packing.capacity.max(1));
    loop {
        let record = merge.next()?.map(|RankRecord(record)| record);
        let same = record.is_some_and(|record| key.is_none_or(|key| record.key == key));
        if !same && packing.method == PackMethod::Concat {
            place_of_next = place_of_next.next_multiple_of(capacity);
        }
        if !lengths.is_empty() && (!same || lengths.len() >= packing.window.max(1)) {
            if stop() {
                return Ok(None);
            }
            let packed = pack(&lengths, packing.capacity, packing.method);
            for (&address, &block) in addresses.iter().zip(&packed.blocks) {
                marks.push(MarkRecord::new(address, Verdict::Label(first_block + u64::from(block))))?;
            }
            first_block += u64::from(packed.count);
            addresses.clear();
            lengths.clear();
        }
        let Some(record) = record else { break };
        key = Some(record.key);
        if packing.method == PackMethod::Concat {
            marks.push(MarkRecord::new(record.address, Verdict::Label(place_of_next)))?;
            place_of_next += record.payload;
            if record.address.is_multiple_of(CHECK_EVERY) && stop() {
                return Ok(None);
            }
        } else {
            addresses.push(record.address);
            lengths.push(u32::try_from(record.payload).unwrap_or(u32::MAX));
        }
    }
    commit_marks(marks).map(Some)
}
