//! Bands of likeness on disk: 16 bytes each, sorted by hash.

use super::keys::u64_at;
use super::run_file::Record;

/// A hash with the address of its row; sorts by hash, address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BandRecord {
    pub hash: u64,
    pub address: u64,
}

/// Digits of a pass of the sort.
const DIGIT: u32 = 11;
/// Digits sorted by: with 33 bits of an even hash hardly two of a million records are left in disorder.
const SHIFTS: [u32; 3] = [64 - 3 * DIGIT, 64 - 2 * DIGIT, 64 - DIGIT];

impl Record for BandRecord {
    const WIDTH: usize = 16;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&self.address.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Self {
        Self { hash: u64_at(bytes, 0), address: u64_at(bytes, 8) }
    }

    /// Counts and places by the upper digits of the hash, then mends the rest by insertion.
    fn sort(records: &mut Vec<Self>, room: &mut Vec<Self>) {
        if records.len() < 2048 {
            records.sort_unstable();
            return;
        }
        room.clear();
        room.resize(records.len(), Self::default());
        for shift in SHIFTS {
            let digit = |record: &Self| (record.hash >> shift) as usize & ((1 << DIGIT) - 1);
            let mut starts = [0_usize; 1 << DIGIT];
            for record in records.iter() {
                starts[digit(record)] += 1;
            }
            let mut sum = 0;
            for start in &mut starts {
                sum += std::mem::replace(start, sum);
            }
            for record in records.iter() {
                let at = &mut starts[digit(record)];
                room[*at] = *record;
                *at += 1;
            }
            std::mem::swap(records, room);
        }
        let mut from = 0;
        for at in 1..=records.len() {
            let top = |record: &Self| record.hash >> SHIFTS[0];
            if at == records.len() || top(&records[at]) != top(&records[from]) {
                if !records[from..at].is_sorted() {
                    records[from..at].sort_unstable();
                }
                from = at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BandRecord, Record};

    #[test]
    fn sorted_as_by_comparison() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state
        };
        for (count, mask) in [(10, u64::MAX), (5000, u64::MAX), (50_000, 0xfff0_0000_0000_00ff), (9000, 3)] {
            let mut records: Vec<BandRecord> =
                (0..count).map(|_| BandRecord { hash: next() & mask, address: next() >> 40 }).collect();
            let mut wanted = records.clone();
            wanted.sort_unstable();
            BandRecord::sort(&mut records, &mut Vec::new());
            assert_eq!(records, wanted);
        }
    }
}
