//! How often each pair stands together, and in which words it newly does.

const FREE: u64 = u64::MAX;
const NONE: u32 = u32::MAX;

/// A pair of token ids.
pub(crate) type Pair = (u32, u32);

/// Counts of pairs. A pair that is not in the table has the count zero.
pub(crate) struct PairCounts {
    slots: Vec<Slot>,
    used: usize,
    /// Pairs that have gained words since the last call of [`PairCounts::fresh`], with those words.
    touched: Vec<(Pair, Vec<u32>)>,
    spare: Vec<Vec<u32>>,
}

#[derive(Clone, Copy)]
struct Slot {
    key: u64,
    count: i64,
    /// Place in `touched`.
    touched: u32,
}

const EMPTY: Slot = Slot { key: FREE, count: 0, touched: NONE };

impl PairCounts {
    pub(crate) fn new() -> Self {
        Self { slots: vec![EMPTY; 1 << 12], used: 0, touched: Vec::new(), spare: Vec::new() }
    }

    /// The count of a pair.
    pub(crate) fn count(&self, pair: Pair) -> i64 {
        self.slots[find(&self.slots, key(pair))].count
    }

    /// The pair stands together so many times more.
    pub(crate) fn add(&mut self, pair: Pair, count: u64) {
        let at = self.slot(pair);
        self.slots[at].count += count as i64;
    }

    /// The pair stands together so many times more in a word.
    pub(crate) fn gain(&mut self, pair: Pair, count: u64, word: u32) {
        let at = self.slot(pair);
        let slot = &mut self.slots[at];
        slot.count += count as i64;
        if slot.touched == NONE {
            slot.touched = self.touched.len() as u32;
            self.touched.push((pair, self.spare.pop().unwrap_or_default()));
        }
        let words = &mut self.touched[slot.touched as usize].1;
        if words.last() != Some(&word) {
            words.push(word);
        }
    }

    /// The pair stands together so many times less.
    pub(crate) fn lose(&mut self, pair: Pair, count: u64) {
        let at = self.slot(pair);
        self.slots[at].count -= count as i64;
    }

    /// Pairs that gained words, with their present counts and those words.
    pub(crate) fn fresh(&mut self, mut take: impl FnMut(Pair, i64, &[u32])) {
        for (pair, mut words) in self.touched.drain(..) {
            let at = find(&self.slots, key(pair));
            self.slots[at].touched = NONE;
            take(pair, self.slots[at].count, &words);
            words.clear();
            // A few are kept; a long one would keep much memory.
            if self.spare.len() < 1024 && words.capacity() < 1024 {
                self.spare.push(words);
            }
        }
    }

    fn slot(&mut self, pair: Pair) -> usize {
        let key = key(pair);
        let at = find(&self.slots, key);
        if self.slots[at].key == key {
            return at;
        }
        if (self.used + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        let at = find(&self.slots, key);
        self.slots[at].key = key;
        self.used += 1;
        at
    }

    /// Makes room; pairs that are no longer there go, and where they are many that is room enough.
    fn grow(&mut self) {
        let alive = |slot: &&Slot| slot.key != FREE && (slot.count != 0 || slot.touched != NONE);
        self.used = self.slots.iter().filter(alive).count();
        let size = (self.used * 7 / 4).next_power_of_two().max(1 << 12);
        let mut slots = vec![EMPTY; size];
        for slot in self.slots.iter().filter(alive) {
            let at = find(&slots, slot.key);
            slots[at] = *slot;
        }
        self.slots = slots;
    }
}

#[inline]
fn find(slots: &[Slot], key: u64) -> usize {
    let mut at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize;
    loop {
        at &= slots.len() - 1;
        if slots[at].key == key || slots[at].key == FREE {
            return at;
        }
        at += 1;
    }
}

fn key((left, right): Pair) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}
