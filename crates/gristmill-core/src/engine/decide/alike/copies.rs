//! Rows of equal key.

use super::super::super::keys::KeyRecord;
use super::super::super::run_file::RunFile;
use super::ranges::Ranges;
use super::{Bits, Crew, Rows};
use crate::failure::Failure;

/// Copies, each with the first row of its key.
pub struct Copies {
    /// Ascending by copy.
    pairs: Vec<(u32, u32)>,
    others: Bits,
    /// First rows that have copies.
    firsts: Bits,
}

impl Copies {
    /// The first row of the same key: the row itself, unless it is a copy.
    pub fn first(&self, row: u32) -> u32 {
        if !self.is_copy(row) {
            return row;
        }
        self.pairs.binary_search_by_key(&row, |&(copy, _)| copy).map_or(row, |at| self.pairs[at].1)
    }

    pub fn is_copy(&self, row: u32) -> bool {
        self.others.has(row)
    }

    /// Whether another row has the same key.
    pub fn has(&self, row: u32) -> bool {
        self.others.has(row) || self.firsts.has(row)
    }

    pub fn pairs(&self) -> &[(u32, u32)] {
        &self.pairs
    }
}

/// Finds rows of equal key.
pub fn find(
    keys: &[RunFile],
    rows: &Rows,
    crew: &Crew<'_>,
    range_bytes: u64,
) -> Result<Option<Copies>, Failure> {
    let ranges = Ranges::cut::<KeyRecord>(keys, range_bytes);
    let found = crew.each(ranges.len(), |range| {
        let mut pairs = Vec::new();
        let mut group: (u128, Vec<u32>) = (0, Vec::new());
        let mut close = |group: &mut Vec<u32>| {
            if group.len() > 1 {
                // Ranks come before addresses, so the first row may stand anywhere.
                group.sort_unstable();
                pairs.extend(group[1..].iter().map(|&copy| (copy, group[0])));
            }
            group.clear();
        };
        ranges.read::<KeyRecord>(range, &mut |record| {
            if record.key != group.0 {
                close(&mut group.1);
                group.0 = record.key;
            }
            group.1.push(rows.ordinal(record.address));
            Ok(())
        })?;
        close(&mut group.1);
        Ok(pairs)
    })?;
    let Some(found) = found else { return Ok(None) };
    let mut pairs = found.concat();
    pairs.sort_unstable();
    let (mut others, mut firsts) = (Bits::new(rows.total), Bits::new(rows.total));
    for &(copy, first) in &pairs {
        others.set(copy);
        firsts.set(first);
    }
    Ok(Some(Copies { pairs, others, firsts }))
}
