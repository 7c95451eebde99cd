//! How often each pair stands together, and in which words it newly does.

const FREE: u64 = u64::MAX;

/// A pair as a number.
pub(crate) type Pair = (u32, u32);

/// Counts of pairs.
pub(crate) struct PairCounts {
    slots: Vec<(u64, u32)>,
    pairs: Vec<Entry>,
    /// Pairs that have gained words since the last call of [`PairCounts::fresh`].
    touched: Vec<u32>,
}

struct Entry {
    pair: Pair,
    count: i64,
    words: Vec<u32>,
}

impl PairCounts {
    pub(crate) fn new() -> Self {
        Self { slots: vec![(FREE, 0); 1 << 12], pairs: Vec::new(), touched: Vec::new() }
    }

    /// The count of a pair that has been seen.
    pub(crate) fn count(&self, pair: Pair) -> i64 {
        let at = self.find(key(pair));
        if self.slots[at].0 == FREE { 0 } else { self.pairs[self.slots[at].1 as usize].count }
    }

    /// The pair stands together so many times more in a word.
    pub(crate) fn gain(&mut self, pair: Pair, count: u64, word: u32) {
        let at = self.entry(pair);
        let entry = &mut self.pairs[at];
        entry.count += count as i64;
        if entry.words.is_empty() {
            self.touched.push(at as u32);
        }
        if entry.words.last() != Some(&word) {
            entry.words.push(word);
        }
    }

    /// The pair stands together so many times less.
    pub(crate) fn lose(&mut self, pair: Pair, count: u64) {
        let at = self.entry(pair);
        self.pairs[at].count -= count as i64;
    }

    /// Pairs that gained words, with their present counts and those words.
    pub(crate) fn fresh(&mut self, mut take: impl FnMut(Pair, i64, Vec<u32>)) {
        for at in self.touched.drain(..) {
            let entry = &mut self.pairs[at as usize];
            take(entry.pair, entry.count, std::mem::take(&mut entry.words));
        }
    }

    fn entry(&mut self, pair: Pair) -> usize {
        let key = key(pair);
        let at = self.find(key);
        if self.slots[at].0 == key {
            return self.slots[at].1 as usize;
        }
        let entry = self.pairs.len();
        self.slots[at] = (key, entry as u32);
        self.pairs.push(Entry { pair, count: 0, words: Vec::new() });
        if self.pairs.len() * 2 > self.slots.len() {
            self.grow();
        }
        entry
    }

    fn find(&self, key: u64) -> usize {
        let mut at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize;
        loop {
            at &= self.slots.len() - 1;
            if self.slots[at].0 == key || self.slots[at].0 == FREE {
                return at;
            }
            at += 1;
        }
    }

    fn grow(&mut self) {
        self.slots = vec![(FREE, 0); self.slots.len() * 4];
        for number in 0..self.pairs.len() {
            let key = key(self.pairs[number].pair);
            let at = self.find(key);
            self.slots[at] = (key, number as u32);
        }
    }
}

fn key((left, right): Pair) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}
