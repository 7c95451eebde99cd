//! Counts of words of up to fifteen bytes: the word itself is the key of an open table.

use crate::bpe::{Key, LONGEST, hash, key};

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
        let key = key(bytes, start, end);
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
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.held
    }

    /// All words, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Vec<u8>, u64)> + '_ {
        self.slots.iter().filter(|(key, _)| *key != 0).map(|(key, count)| {
            let bytes = key.to_le_bytes();
            (bytes[..usize::from(bytes[LONGEST])].to_vec(), *count)
        })
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

    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        for slot in old.into_iter().filter(|(key, _)| *key != 0) {
            let at = self.find(slot.0);
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn words_are_counted_by_their_bytes() {
        let mut tally = Tally::default();
        for number in 0..20_000_u64 {
            let word = (number % 5000).to_string();
            assert!(tally.add(word.as_bytes(), 0, word.len(), number % 3));
        }
        assert!(!tally.add(b"more than fifteen", 0, 17, 1));
        let mut words: Vec<_> = tally.iter().collect();
        words.sort_unstable();
        assert_eq!((words.len(), tally.len()), (5000, 5000));
        assert_eq!(
            words.iter().map(|(_, count)| count).sum::<u64>(),
            (0..20_000).map(|n| n % 3).sum::<u64>()
        );
    }
}
