//! Segmentations of chunks seen before. Bounded: when it is full, new ones take the places of old ones.

use super::unigram::Token;

/// Longest chunk that is remembered, in bytes.
pub(crate) const LONGEST: usize = 24;
/// Most tokens of a chunk that is remembered.
const TOKENS: usize = 4;
const FEWEST: usize = 1 << 12;
const MOST: usize = 1 << 18;
/// Chosen collisions cost at most this many steps.
const PROBES: usize = 8;

/// A chunk as three words, so that it is compared without a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    words: [u64; 3],
    len: u8,
}

impl Key {
    /// The key of the `len` bytes at the start of `text`, if they are few enough.
    #[inline]
    pub(crate) fn of(text: &[u8], len: usize) -> Option<Self> {
        if len > LONGEST {
            return None;
        }
        let mut bytes = [0; LONGEST];
        if let Some(all) = text.first_chunk() {
            bytes = *all;
        } else {
            bytes[..len].copy_from_slice(&text[..len]);
        }
        let word = |at: usize| {
            let kept = len.saturating_sub(at);
            let mask = if kept >= 8 { u64::MAX } else { (1 << (8 * kept)) - 1 };
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word) & mask
        };
        Some(Self { words: [word(0), word(8), word(16)], len: len as u8 })
    }

    #[inline]
    fn hash(&self) -> usize {
        let [a, b, c] = self.words;
        let mixed = u128::from(a ^ 0x9E37_79B9_7F4A_7C15)
            * u128::from(b.rotate_left(23) ^ c.rotate_left(41) ^ 0xD6E8_FEB8_6659_FD93);
        let mixed = (mixed as u64 ^ (mixed >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 40) as usize
    }
}

/// A remembered segmentation: one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Entry {
    words: [u64; 3],
    ids: [u32; TOKENS],
    scores: [f32; TOKENS],
    /// Up to which size of the sum before the chunk it holds.
    pub(crate) limit: f32,
    len: u8,
    tokens: u8,
    /// Whether it may hold beyond the limit as well, which was not looked into.
    pub(crate) extensible: bool,
}

const EMPTY: Entry = Entry {
    words: [0; 3],
    ids: [0; TOKENS],
    scores: [0.0; TOKENS],
    limit: 0.0,
    len: 0,
    tokens: 0,
    extensible: false,
};

impl Entry {
    /// The ids.
    #[inline]
    pub(crate) fn ids(&self) -> &[u32] {
        &self.ids[..usize::from(self.tokens).min(TOKENS)]
    }

    /// The sum before and after.
    #[inline]
    pub(crate) fn after(&self, score: f32) -> f32 {
        self.scores[..usize::from(self.tokens).min(TOKENS)].iter().fold(score, |score, edge| score + edge)
    }
}

/// Chunks and their tokens.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    slots: Vec<Entry>,
    taken: usize,
}

impl Cache {
    /// The segmentation of a chunk.
    #[inline]
    pub(crate) fn get(&self, key: &Key) -> Option<&Entry> {
        let mask = self.slots.len().wrapping_sub(1);
        let home = key.hash();
        for probe in 0..PROBES {
            let slot = self.slots.get((home + probe) & mask)?;
            if slot.words == key.words && slot.len == key.len {
                return Some(slot);
            }
            if slot.len == 0 {
                return None;
            }
        }
        None
    }

    /// Remembers the tokens of a chunk, if they are few and their scores are single precision. They must all be known.
    pub(crate) fn put(&mut self, key: &Key, tokens: &[Token], limit: f32, extensible: bool) {
        let fits = tokens.iter().all(|token| f64::from(token.score as f32).total_cmp(&token.score).is_eq());
        if tokens.len() > TOKENS || !fits {
            return;
        }
        if self.taken * 8 >= self.slots.len() * 5 && self.slots.len() < MOST {
            self.grow();
        }
        let mut entry = EMPTY;
        entry.words = key.words;
        entry.len = key.len;
        entry.limit = limit;
        entry.extensible = extensible;
        entry.tokens = tokens.len() as u8;
        for (at, token) in tokens.iter().enumerate() {
            entry.ids[at] = token.id;
            entry.scores[at] = token.score as f32;
        }
        self.insert(key, entry);
    }

    fn insert(&mut self, key: &Key, entry: Entry) {
        let mask = self.slots.len() - 1;
        let home = key.hash();
        let mut places = (0..PROBES).map(|probe| (home + probe) & mask);
        let place = places.find(|&place| {
            let slot = &self.slots[place];
            slot.len == 0 || (slot.words == entry.words && slot.len == entry.len)
        });
        let place = place.unwrap_or(home & mask);
        self.taken += usize::from(self.slots[place].len == 0);
        self.slots[place] = entry;
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 4).clamp(FEWEST, MOST);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; size]);
        self.taken = 0;
        for entry in old.into_iter().filter(|entry| entry.len > 0) {
            self.insert(&Key { words: entry.words, len: entry.len }, entry);
        }
    }
}
