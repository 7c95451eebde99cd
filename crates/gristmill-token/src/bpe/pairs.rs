//! Which neighbours merge, when, and to what.

use std::collections::HashMap;

/// Rank of a pair that never merges.
pub(crate) const NEVER: u32 = u32::MAX;

/// Ranks are at most this, so that a rank and a place fit into 31 bits.
pub(crate) const HIGHEST_RANK: u32 = (1 << 25) - 1;

/// Bits of an id, and of a rank, in an entry.
const BITS: u32 = 21;
const FREE: u64 = u64::MAX;
/// The rank in a free entry.
const NONE: u32 = (1 << BITS) - 1;
const WAYS: usize = 4;
/// Words of the filter.
const FILTER: usize = 1 << 14;

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Bucket([u64; WAYS]);

/// Rank and result of every pair that merges. Most pairs asked for do not merge, so one read must be enough to know
/// it: a few bits tell most of them, and a bucket of four has both ids and the rank in one word. Pairs of single bytes,
/// the first that are asked for in a word, stand in a grid of their own.
pub(crate) struct Pairs {
    buckets: Vec<Bucket>,
    shift: u32,
    /// A bit by the hash of every pair there is. Without it the last bucket is read, which is always empty.
    filter: Vec<u64>,
    grid: Vec<u32>,
    /// Results by rank, where they are not the ranks.
    results: Vec<u32>,
    /// What does not fit into a word.
    far: HashMap<(u32, u32), u32>,
}

impl Pairs {
    /// `merges`: left, right, rank, result. A later entry for the same pair replaces an earlier one. `bytes` are the
    /// ids of single bytes.
    pub(crate) fn new(merges: &[(u32, u32, u32, u32)], bytes: &[u32; 256]) -> Self {
        let mut pairs = Self::with_room(merges.len());
        if merges.iter().any(|(_, _, rank, result)| rank != result) {
            let ranks = merges.iter().map(|(_, _, rank, _)| *rank as usize + 1).max().unwrap_or(0);
            pairs.results = vec![0; ranks];
        }
        for &(left, right, rank, result) in merges {
            pairs.put(left, right, rank);
            if let Some(slot) = pairs.results.get_mut(rank as usize) {
                *slot = result;
            }
        }
        for (left, row) in bytes.iter().zip(0..) {
            for (right, column) in bytes.iter().zip(0..) {
                pairs.grid[row << 8 | column] = pairs.get(*left, *right);
            }
        }
        pairs
    }

    /// No pairs, and room for so many, whose results are their ranks.
    pub(crate) fn with_room(count: usize) -> Self {
        let size = (count * 2 / WAYS).next_power_of_two().max(2);
        Self {
            buckets: vec![Bucket([FREE; WAYS]); size + 1],
            filter: vec![0; FILTER],
            shift: 64 - size.trailing_zeros(),
            grid: vec![NEVER; 1 << 16],
            results: Vec::new(),
            far: HashMap::new(),
        }
    }

    /// One pair more; there must be room for it.
    pub(crate) fn put(&mut self, left: u32, right: u32, rank: u32) {
        if (left | right | rank) >> BITS != 0 || rank == NONE {
            self.far.insert((left, right), rank);
            return;
        }
        let key = key(left, right);
        let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.filter[(hash >> 30) as usize & (FILTER - 1)] |= 1 << (hash >> 24 & 63);
        let mut at = (hash >> self.shift) as usize;
        loop {
            for entry in &mut self.buckets[at].0 {
                if *entry == FREE || *entry >> BITS == key {
                    *entry = key << BITS | u64::from(rank);
                    return;
                }
            }
            at = if at + 2 == self.buckets.len() { 0 } else { at + 1 };
        }
    }

    /// As [`Pairs::put`] for two single bytes.
    pub(crate) fn put_bytes(&mut self, left: u8, right: u8, rank: u32) {
        self.grid[usize::from(left) << 8 | usize::from(right)] = rank;
    }

    /// Rank of a pair; [`NEVER`] if it does not merge.
    #[inline]
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "one branch that can be foreseen, not two of which one cannot"
    )]
    pub(crate) fn get(&self, left: u32, right: u32) -> u32 {
        if (left | right) >> BITS != 0 {
            return self.get_far(left, right);
        }
        let key = key(left, right);
        let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let known = self.filter[(hash >> 30) as usize & (FILTER - 1)] >> (hash >> 24 & 63) & 1;
        let mut at = if known == 0 { self.buckets.len() - 1 } else { (hash >> self.shift) as usize };
        loop {
            let Bucket(entries) = &self.buckets[at];
            let mut found = FREE;
            // Without a branch: which of the four it is cannot be foreseen.
            for entry in entries {
                found = if *entry >> BITS == key { *entry } else { found };
            }
            if (found != FREE) | (entries[WAYS - 1] == FREE) {
                let rank = found as u32 & NONE;
                if (rank == NONE) & !self.far.is_empty() {
                    return self.get_far(left, right);
                }
                return if rank == NONE { NEVER } else { rank };
            }
            at = if at + 2 == self.buckets.len() { 0 } else { at + 1 };
        }
    }

    #[cold]
    fn get_far(&self, left: u32, right: u32) -> u32 {
        self.far.get(&(left, right)).copied().unwrap_or(NEVER)
    }

    /// Rank of a pair of single bytes.
    #[inline]
    pub(crate) fn of_bytes(&self, left: u8, right: u8) -> u32 {
        self.grid[usize::from(left) << 8 | usize::from(right)]
    }

    /// What the pair of a rank merges to.
    #[inline]
    pub(crate) fn result(&self, rank: u32) -> u32 {
        if self.results.is_empty() { rank } else { self.results[rank as usize] }
    }

    /// All pairs with their results, by rank; nothing if two have the same rank.
    pub(crate) fn in_order(&self) -> Option<Vec<(u32, u32, u32)>> {
        const ID: u64 = NONE as u64;
        let near = self.buckets.iter().flat_map(|bucket| bucket.0).filter(|entry| *entry != FREE);
        let near = near.map(|entry| (entry & ID, entry >> (2 * BITS), entry >> BITS & ID));
        let mut pairs: Vec<(u32, u32, u32)> =
            near.map(|(rank, left, right)| (rank as u32, left as u32, right as u32)).collect();
        pairs.extend(self.far.iter().map(|((left, right), rank)| (*rank, *left, *right)));
        pairs.sort_unstable();
        let distinct = pairs.windows(2).all(|two| two[0].0 != two[1].0);
        distinct
            .then(|| pairs.into_iter().map(|(rank, left, right)| (left, right, self.result(rank))).collect())
    }
}

#[inline]
fn key(left: u32, right: u32) -> u64 {
    u64::from(left) << BITS | u64::from(right)
}

#[cfg(test)]
mod tests {
    use super::{HIGHEST_RANK, NEVER, Pairs};

    /// Ids of the bytes, some of them unknown.
    fn bytes() -> [u32; 256] {
        std::array::from_fn(|byte| if byte < 200 { byte as u32 } else { NEVER })
    }

    #[test]
    fn pairs_are_found_and_others_never_merge() {
        let merges: Vec<_> = (0..1000).map(|n| (n, n * 7 % 1000, n, n + 1000)).collect();
        let pairs = Pairs::new(&merges, &bytes());
        for &(left, right, rank, result) in &merges {
            assert_eq!((pairs.get(left, right), pairs.result(rank)), (rank, result));
        }
        assert_eq!(pairs.get(1, 1), NEVER);
        assert_eq!((pairs.of_bytes(2, 14), pairs.of_bytes(2, 15), pairs.of_bytes(200, 2)), (2, NEVER, NEVER));
        assert_eq!(Pairs::new(&[(1, 2, 5, 9), (1, 2, 8, 9)], &bytes()).get(1, 2), 8);
        let order: Vec<_> = merges.iter().map(|(left, right, _, result)| (*left, *right, *result)).collect();
        assert_eq!(pairs.in_order(), Some(order));
    }

    #[test]
    fn ids_and_ranks_may_be_high() {
        let high = 1 << 22;
        let merges = [(high, 1, 3, 3), (1, high, 4, 4), (5, 6, HIGHEST_RANK, HIGHEST_RANK), (7, 8, 9, 9)];
        let pairs = Pairs::new(&merges, &bytes());
        for (left, right, rank, result) in merges {
            assert_eq!((pairs.get(left, right), pairs.result(rank)), (rank, result));
        }
        assert_eq!(
            (pairs.get(high, high), pairs.get(5, 7), pairs.of_bytes(5, 6)),
            (NEVER, NEVER, HIGHEST_RANK)
        );
        assert_eq!(pairs.in_order().map(|pairs| pairs.len()), Some(4));
    }
}
