//! Which neighbours merge, when, and to what.

/// Rank of a pair that never merges.
pub(crate) const NEVER: u32 = u32::MAX;

const FREE: u64 = u64::MAX;

/// Rank and result of every pair that merges: open addressing, sixteen bytes an entry.
pub(crate) struct Pairs {
    slots: Vec<(u64, u32, u32)>,
    shift: u32,
}

impl Pairs {
    /// `merges`: left, right, rank, result. A later entry for the same pair replaces an earlier one.
    pub(crate) fn new(merges: &[(u32, u32, u32, u32)]) -> Self {
        let mut pairs = Self::with_room(merges.len());
        for &(left, right, rank, result) in merges {
            pairs.put(left, right, rank, result);
        }
        pairs
    }

    /// No pairs, and room for so many.
    pub(crate) fn with_room(count: usize) -> Self {
        let size = (count * 2).next_power_of_two().max(16);
        Self { slots: vec![(FREE, NEVER, 0); size], shift: 64 - size.trailing_zeros() }
    }

    /// One pair more; there must be room for it.
    pub(crate) fn put(&mut self, left: u32, right: u32, rank: u32, result: u32) {
        let key = key(left, right);
        let slot = self.slot(key);
        self.slots[slot] = (key, rank, result);
    }

    /// Rank and result of a pair; the rank is [`NEVER`] if it does not merge.
    #[inline]
    pub(crate) fn get(&self, left: u32, right: u32) -> (u32, u32) {
        let (_, rank, result) = self.slots[self.slot(key(left, right))];
        (rank, result)
    }

    /// All pairs with their results, by rank; nothing if two have the same rank.
    pub(crate) fn in_order(&self) -> Option<Vec<(u32, u32, u32)>> {
        let held = self.slots.iter().filter(|(key, ..)| *key != FREE);
        let mut pairs: Vec<(u32, u64, u32)> =
            held.map(|(key, rank, result)| (*rank, *key, *result)).collect();
        pairs.sort_unstable();
        let distinct = pairs.windows(2).all(|two| two[0].0 != two[1].0);
        let plain = |(_, key, result): (u32, u64, u32)| ((key >> 32) as u32, key as u32, result);
        distinct.then(|| pairs.into_iter().map(plain).collect())
    }

    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mut slot = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize;
        loop {
            let found = self.slots[slot].0;
            if found == key || found == FREE {
                return slot;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }
}

#[inline]
fn key(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

#[cfg(test)]
mod tests {
    use super::{NEVER, Pairs};

    #[test]
    fn pairs_are_found_and_others_never_merge() {
        let merges: Vec<_> = (0..1000).map(|n| (n, n * 7 % 1000, n, n + 1000)).collect();
        let pairs = Pairs::new(&merges);
        for (left, right, rank, result) in merges {
            assert_eq!(pairs.get(left, right), (rank, result));
        }
        assert_eq!(pairs.get(1, 1).0, NEVER);
        assert_eq!(Pairs::new(&[(1, 2, 5, 9), (1, 2, 8, 9)]).get(1, 2), (8, 9));
    }
}
