//! Counts of words of up to fifteen bytes: the word itself is the key of an open table.

use crate::bpe::{Key, LONGEST, hash, key};

/// A table of so many slots grows with care.
const LARGE: usize = 1 << 18;

/// A word as a number that sorts as its bytes do: they come first, zeros fill up, its length comes last.
pub(crate) type Spelled = u128;

/// Puts the bytes of a word in place of what is in `word`.
pub(crate) fn spell(spelled: Spelled, word: &mut Vec<u8>) {
    let bytes = spelled.to_be_bytes();
    word.clear();
    word.extend_from_slice(&bytes[..usize::from(bytes[LONGEST]).min(LONGEST)]);
}

/// Words and counts.
pub(crate) struct Tally {
    slots: Vec<(Key, u64)>,
    held: usize,
}

impl Default for Tally {
    fn default() -> Self {
        Self { slots: vec![(0, 0); 1 << 10], held: 0 }
    }
}

impl Tally {
    /// Adds to the count of a word; false if it is too long.
    #[inline]
    pub(crate) fn add(&mut self, bytes: &[u8], start: usize, end: usize, count: u64) -> bool {
        if end - start > LONGEST {
            return false;
        }
        self.add_key(key(bytes, start, end), count);
        true
    }

    #[inline]
    fn add_key(&mut self, key: Key, count: u64) {
        let at = self.find(key);
        let slot = &mut self.slots[at];
        if slot.0 == key {
            slot.1 += count;
        } else {
            *slot = (key, count);
            self.held += 1;
            if self.held * 2 > self.slots.len() {
                self.grow();
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.held
    }

    /// Memory it has, or will need for one word more.
    pub(crate) fn bytes(&self) -> usize {
        let slots = if self.held * 2 >= self.slots.len() { self.grown() } else { self.slots.len() };
        slots * size_of::<(Key, u64)>()
    }

    /// Adds the counts of another table.
    pub(crate) fn absorb(&mut self, other: &Self) {
        for (key, count) in other.slots.iter().filter(|(key, _)| *key != 0) {
            self.add_key(*key, *count);
        }
    }

    /// All words by their bytes, in the memory of the table.
    pub(crate) fn sorted(self) -> Vec<(Spelled, u64)> {
        let mut words = self.slots;
        words.retain(|(key, _)| *key != 0);
        for (key, _) in &mut words {
            *key = key.swap_bytes();
        }
        words.sort_unstable();
        words
    }

    #[inline]
    fn find(&self, key: Key) -> usize {
        let mut at = hash(key) as usize;
        loop {
            at &= self.slots.len() - 1;
            let found = self.slots[at].0;
            if found == key || found == 0 {
                return at;
            }
            at += 1;
        }
    }

    /// Slots after the next growth.
    fn grown(&self) -> usize {
        self.slots.len() * if self.slots.len() < LARGE { 4 } else { 2 }
    }

    fn grow(&mut self) {
        let size = self.grown();
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        for slot in old.into_iter().filter(|(key, _)| *key != 0) {
            let at = self.find(slot.0);
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, spell};

    #[test]
    fn words_are_counted_by_their_bytes() {
        let mut tally = Tally::default();
        for number in 0..20_000_u64 {
            let word = (number % 5000).to_string();
            assert!(tally.add(word.as_bytes(), 0, word.len(), number % 3));
        }
        assert!(!tally.add(b"more than fifteen", 0, 17, 1));
        assert!(tally.add(b"a\0", 0, 2, 0));
        assert_eq!(tally.len(), 5001);
        let words: Vec<(Vec<u8>, u64)> = tally
            .sorted()
            .into_iter()
            .map(|(spelled, count)| {
                let mut word = Vec::new();
                spell(spelled, &mut word);
                (word, count)
            })
            .collect();
        assert_eq!(words.len(), 5001);
        assert!(words.is_sorted());
        assert_eq!(
            words.iter().map(|(_, count)| count).sum::<u64>(),
            (0..20_000).map(|n| n % 3).sum::<u64>()
        );
    }
}
