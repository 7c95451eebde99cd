//! Segmentations of chunks seen before. Bounded: when it is full it starts anew.

use super::unigram::Token;

/// Longer chunks are rare and not worth a place.
pub(crate) const LONGEST: usize = 48;
const SLOTS: usize = 1 << 16;
/// Kept at three quarters, so that runs of taken slots stay short.
const MOST: usize = SLOTS / 4 * 3;
/// Chosen collisions cost at most this many steps.
const PROBES: usize = 16;

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    hash: u64,
    key: u32,
    first: u32,
    key_len: u8,
    tokens: u8,
    known: bool,
    limit: f32,
}

/// A remembered segmentation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    first: u32,
    tokens: u8,
    /// Whether no token is unknown.
    pub(crate) known: bool,
    /// Up to which size of the sum before the chunk it holds.
    pub(crate) limit: f32,
}

/// Chunks and their tokens.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    slots: Vec<Slot>,
    keys: Vec<u8>,
    tokens: Vec<Token>,
    taken: usize,
}

#[inline]
fn mix(hash: u64, word: u64) -> u64 {
    let mixed = (hash.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 32
}

/// A hash that is never 0, which marks an empty slot.
#[inline]
pub(crate) fn hash(key: &[u8]) -> u64 {
    let (words, rest) = key.as_chunks::<8>();
    let mut hash = key.len() as u64;
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(hash, u64::from_le_bytes(last)) | 1
}

impl Cache {
    /// The segmentation of `key`.
    #[inline]
    pub(crate) fn get(&self, hash: u64, key: &[u8]) -> Option<Entry> {
        for probe in 0..PROBES {
            let slot = self.slots.get(((hash >> 16) as usize + probe) & (SLOTS - 1))?;
            if slot.hash == hash && self.keys[slot.key as usize..][..usize::from(slot.key_len)] == *key {
                let Slot { first, tokens, known, limit, .. } = *slot;
                return Some(Entry { first, tokens, known, limit });
            }
            if slot.hash == 0 {
                return None;
            }
        }
        None
    }

    /// The tokens of an entry of this cache.
    #[inline]
    pub(crate) fn tokens(&self, entry: Entry) -> &[Token] {
        &self.tokens[entry.first as usize..][..usize::from(entry.tokens)]
    }

    /// Remembers the tokens of `key`, which is at most [`LONGEST`] bytes long and not held yet.
    pub(crate) fn put(&mut self, hash: u64, key: &[u8], tokens: &[Token], known: bool, limit: f32) {
        if self.taken >= MOST {
            self.slots.clear();
            self.keys.clear();
            self.tokens.clear();
            self.taken = 0;
        }
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Slot::default());
        }
        let place = (0..PROBES)
            .map(|probe| ((hash >> 16) as usize + probe) & (SLOTS - 1))
            .find(|&place| self.slots[place].hash == 0);
        let Some(place) = place else { return };
        self.taken += 1;
        self.slots[place] = Slot {
            hash,
            key: self.keys.len() as u32,
            first: self.tokens.len() as u32,
            key_len: key.len() as u8,
            tokens: tokens.len() as u8,
            known,
            limit,
        };
        self.keys.extend_from_slice(key);
        self.tokens.extend_from_slice(tokens);
    }
}
