//! Pairs of rows that share a band.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::super::super::attempt::{Attempt, Place};
use super::super::super::bands::BandRecord;
use super::super::super::keys::u64_at;
use super::super::super::run_file::{Record, RunFile, RunMerge, RunWriter};
use super::copies::Copies;
use super::ranges::Ranges;
use super::{Bits, Crew, Rows};
use crate::failure::Failure;

/// Two rows, the earlier one in the upper half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairRecord(u64);

impl PairRecord {
    const fn new(a: u32, b: u32) -> Self {
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        Self((a as u64) << 32 | b as u64)
    }

    const fn rows(self) -> (u32, u32) {
        ((self.0 >> 32) as u32, self.0 as u32)
    }
}

impl Record for PairRecord {
    const WIDTH: usize = 8;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Self {
        Self(u64_at(bytes, 0))
    }
}

/// Pairs sorted in memory at once: 16 MB.
const RUN_PAIRS: usize = 1 << 21;
/// Pairs a thread gathers before it hands them over.
const GATHERED: usize = 1 << 18;

/// Rows of a band that every later one is compared with: so many of the first, and so many before it. Where more
/// share a band, nearly all are alike, and whoever is like one of these is of their cluster.
const COMPARED: usize = 16;
/// The same in bands that a great many share.
const COMPARED_OF_MANY: usize = 4;
/// From so many rows on.
const MANY: usize = 1024;

/// All pairs to be compared, in a scratch file.
pub struct Pairs {
    file: RunFile,
    _scratch: Attempt,
    /// Rows in any pair.
    pub rows: Bits,
    /// Number of pairs.
    pub count: u64,
}

impl Pairs {
    /// The pairs in order, each once.
    pub fn read(&self, each: &mut dyn FnMut((u32, u32)) -> Result<bool, Failure>) -> Result<(), Failure> {
        let mut merge = RunMerge::new(self.file.partition::<PairRecord>(0))?;
        let mut last = None;
        while let Some(pair) = merge.next()? {
            if last == Some(pair) {
                continue;
            }
            last = Some(pair);
            if !each(pair.rows())? {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the pairs.
pub fn find(
    bands: &[RunFile],
    rows: &Rows,
    copies: &Copies,
    place: &Place,
    crew: &Crew<'_>,
    range_bytes: u64,
) -> Result<Option<Pairs>, Failure> {
    let ranges = Ranges::cut::<BandRecord>(bands, range_bytes);
    let writer = Mutex::new(RunWriter::create(&place.scratch(), "pairs", 1, |_, _| 0, RUN_PAIRS)?);
    let hand_over = |pairs: &mut Vec<PairRecord>| -> Result<(), Failure> {
        pairs.sort_unstable();
        pairs.dedup();
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.drain(..).try_for_each(|pair| writer.push(pair))
    };
    let done = crew.each(ranges.len(), |range| {
        let mut band = Band::default();
        let mut pairs = Vec::new();
        ranges.read::<BandRecord>(range, &mut |record| {
            let row = rows.ordinal(record.address);
            if !copies.is_copy(row) {
                band.add(record.hash, row, &mut pairs);
            }
            if pairs.len() >= GATHERED { hand_over(&mut pairs) } else { Ok(()) }
        })?;
        hand_over(&mut pairs)
    })?;
    if done.is_none() {
        return Ok(None);
    }
    let writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (file, scratch) = writer.read_back()?;
    let mut pairs = Pairs { file, _scratch: scratch, rows: Bits::new(0), count: 0 };
    let (mut found, mut count) = (Bits::new(rows.total), 0);
    pairs.read(&mut |(a, b)| {
        found.set(a);
        found.set(b);
        count += 1;
        Ok(count % (1 << 16) != 0 || !crew.stopped())
    })?;
    if crew.stopped() {
        return Ok(None);
    }
    (pairs.rows, pairs.count) = (found, count);
    Ok(Some(pairs))
}

/// Rows of one band, as they come.
#[derive(Default)]
struct Band {
    hash: u64,
    first: Vec<u32>,
    recent: VecDeque<u32>,
    seen: usize,
}

impl Band {
    fn add(&mut self, hash: u64, row: u32, pairs: &mut Vec<PairRecord>) {
        if hash != self.hash || self.seen == 0 {
            self.hash = hash;
            self.first.clear();
            self.recent.clear();
            self.seen = 0;
        }
        self.seen += 1;
        let with = if self.seen > MANY { COMPARED_OF_MANY } else { COMPARED };
        let others = self.first.iter().take(with).chain(self.recent.iter().rev().take(with));
        pairs.extend(others.filter(|&&other| other != row).map(|&other| PairRecord::new(other, row)));
        if self.first.len() < COMPARED {
            self.first.push(row);
        } else {
            if self.recent.len() == COMPARED {
                self.recent.pop_front();
            }
            self.recent.push_back(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Band, COMPARED, MANY};

    fn pairs(rows: u32) -> Vec<(u32, u32)> {
        let (mut band, mut found) = (Band::default(), Vec::new());
        for row in 0..rows {
            band.add(7, row, &mut found);
        }
        found.into_iter().map(super::PairRecord::rows).collect()
    }

    #[test]
    fn all_pairs_of_a_small_band_are_compared() {
        let rows = 2 * COMPARED as u32;
        assert_eq!(pairs(rows).len() as u32, rows * (rows - 1) / 2);
    }

    #[test]
    fn a_great_band_costs_no_square() {
        let rows = 10 * MANY as u32;
        assert!(pairs(rows).len() < 20 * rows as usize);
        assert!(pairs(rows).contains(&(0, rows - 1)) && pairs(rows).contains(&(rows - 2, rows - 1)));
    }

    #[test]
    fn another_hash_is_another_band() {
        let (mut band, mut found) = (Band::default(), Vec::new());
        band.add(0, 1, &mut found);
        band.add(1, 2, &mut found);
        band.add(1, 3, &mut found);
        assert_eq!(found.len(), 1);
    }
}
