//! Ids of pieces of up to fifteen bytes seen before. The piece itself is the key, so that one line of memory
//! answers; two entries share it. The table grows with what it is given up to a limit, then older entries give way.

/// Longest piece it can hold, in bytes.
pub(crate) const LONGEST: usize = 15;

const FIRST_BUCKETS: usize = 1 << 9;
const MOST_BUCKETS: usize = 1 << 19;
/// The number of ids stands above the id in the first of four; zero in an entry that is free.
const ID_BITS: u32 = 28;
/// Ids above this cannot be kept.
const HIGHEST_ID: u32 = (1 << ID_BITS) - 1;
/// So many ids stand in the entry itself.
const INSIDE: usize = 4;
/// In place of the number: the ids stand in the pool, the second of the four says where, the third how many.
const POOLED: u32 = 7;
const MOST_POOLED: usize = 1 << 22;

/// A piece as a number: its bytes, and its length on top. Never zero.
pub(crate) type Key = u128;

const MASKS: [u128; 16] = {
    let mut masks = [0; 16];
    let mut length = 1;
    while length < 16 {
        masks[length] = u128::MAX >> (128 - 8 * length);
        length += 1;
    }
    masks
};

/// The key of `bytes[start..end]`, which is 1 to [`LONGEST`] bytes long.
#[inline]
pub(crate) fn key(bytes: &[u8], start: usize, end: usize) -> Key {
    let length = (end - start) & 15;
    let raw = if let Some(chunk) = bytes.get(start..).and_then(|rest| rest.first_chunk::<16>()) {
        u128::from_le_bytes(*chunk) & MASKS[length]
    } else if let Some(chunk) = bytes[..end].last_chunk::<16>() {
        u128::from_le_bytes(*chunk) >> (128 - 8 * length)
    } else {
        let mut chunk = [0; 16];
        chunk[..length].copy_from_slice(&bytes[start..end]);
        u128::from_le_bytes(chunk)
    };
    raw | (length as u128) << 120
}

/// Where a key belongs.
#[inline]
pub(crate) fn hash(key: Key) -> u64 {
    let (low, high) = (key as u64, (key >> 64) as u64);
    let product = u128::from(low ^ 0x9E37_79B9_7F4A_7C15) * u128::from(high ^ 0xD1B5_4A32_D192_ED03);
    product as u64 ^ (product >> 64) as u64
}

#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Entry {
    key: Key,
    ids: [u32; INSIDE],
}

#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Bucket([Entry; 2]);

/// The table.
pub(crate) struct ShortWords {
    buckets: Vec<Bucket>,
    held: usize,
    pool: Vec<u32>,
}

/// What the table has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// The first so many.
    Few([u32; INSIDE], usize),
    Many(&'a [u32]),
    Nothing,
}

impl ShortWords {
    pub(crate) fn new() -> Self {
        Self { buckets: vec![Bucket::default(); FIRST_BUCKETS], held: 0, pool: Vec::new() }
    }

    /// The ids of a piece. The key zero is never found.
    #[inline]
    pub(crate) fn get(&self, key: Key, hash: u64) -> Found<'_> {
        let Bucket([first, second]) = &self.buckets[hash as usize & (self.buckets.len() - 1)];
        // Chosen without a branch: which of the two it is cannot be foreseen.
        let entry = if second.key == key { second } else { first };
        let mut ids = entry.ids;
        let count = ids[0] >> ID_BITS;
        if entry.key == key && count.wrapping_sub(1) < INSIDE as u32 {
            ids[0] &= HIGHEST_ID;
            return Found::Few(ids, count as usize);
        }
        if entry.key == key && count == POOLED {
            return Found::Many(&self.pool[ids[1] as usize..][..ids[2] as usize]);
        }
        Found::Nothing
    }

    /// As [`ShortWords::get`] for a piece that is not where it belongs: it may stand in the neighbouring line.
    pub(crate) fn get_beside(&self, key: Key, hash: u64) -> Found<'_> {
        self.get(key, hash ^ 1)
    }

    /// Asks for the line of a hash, so that it is there when it is read.
    #[inline]
    pub(crate) fn near(&self, hash: u64) {
        let bucket = &self.buckets[hash as usize & (self.buckets.len() - 1)];
        #[cfg(target_arch = "x86_64")]
        safe_arch::prefetch_t0(bucket);
        #[cfg(not(target_arch = "x86_64"))]
        std::hint::black_box(bucket.0[0].key as u8);
    }

    /// Keeps the ids of a piece, of which there are one to fifteen.
    pub(crate) fn put(&mut self, key: Key, hash: u64, ids: &[u32]) {
        if key == 0 || ids.is_empty() || ids[0] > HIGHEST_ID {
            return;
        }
        if self.pool.len() + ids.len() > MOST_POOLED {
            *self = Self::new();
        }
        if self.held > self.buckets.len() && self.buckets.len() < MOST_BUCKETS {
            self.grow();
        }
        let mut entry = Entry { key, ids: [0; INSIDE] };
        if ids.len() <= INSIDE {
            entry.ids[..ids.len()].copy_from_slice(ids);
            entry.ids[0] |= (ids.len() as u32) << ID_BITS;
        } else {
            entry.ids = [POOLED << ID_BITS, self.pool.len() as u32, ids.len() as u32, 0];
            self.pool.extend_from_slice(ids);
        }
        self.place(entry, hash);
    }

    fn place(&mut self, entry: Entry, hash: u64) {
        let at = hash as usize & (self.buckets.len() - 1);
        // Where it belongs, or beside it; of two that belong there and are in the way the second goes.
        for near in [at, at ^ 1] {
            for slot in &mut self.buckets[near].0 {
                if slot.key == 0 || slot.key == entry.key {
                    self.held += usize::from(slot.key == 0);
                    *slot = entry;
                    return;
                }
            }
        }
        self.buckets[at].0[1] = entry;
    }

    fn grow(&mut self) {
        let buckets = vec![Bucket::default(); self.buckets.len() * 4];
        let old = std::mem::replace(&mut self.buckets, buckets);
        self.held = 0;
        for entry in old.iter().flat_map(|bucket| bucket.0) {
            if entry.key != 0 {
                self.place(entry, hash(entry.key));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, HIGHEST_ID, LONGEST, MASKS, ShortWords, hash, key};

    #[test]
    fn a_key_is_the_same_wherever_the_piece_stands() {
        let word = b"elephant \0\0abcd";
        for length in 1..=word.len() {
            let alone = key(&word[..length], 0, length);
            let mut behind = b"at least sixteen bytes ".to_vec();
            let start = behind.len();
            behind.extend_from_slice(&word[..length]);
            assert_eq!(key(&behind, start, behind.len()), alone);
            let mut between = behind.clone();
            between.extend_from_slice(b"at least sixteen bytes");
            assert_eq!(key(&between, start, behind.len()), alone);
            assert_ne!(alone, 0);
        }
        assert_ne!(key(b"a\0", 0, 2), key(b"a", 0, 1));
        assert_eq!(MASKS[15].count_ones(), 120);
    }

    #[test]
    fn what_was_put_last_is_found_and_the_table_stays_bounded() {
        let mut table = ShortWords::new();
        for number in 0..2_000_000_u32 {
            let text = number.to_string();
            let key = key(text.as_bytes(), 0, text.len());
            let ids: Vec<u32> = (number..).take(number as usize % LONGEST + 1).collect();
            table.put(key, hash(key), &ids);
            let found = [table.get(key, hash(key)), table.get_beside(key, hash(key))];
            let nothing = found.iter().filter(|found| **found == Found::Nothing).count();
            assert_eq!(nothing, 1, "{number}");
            for found in found {
                match found {
                    Found::Few(found, count) => assert_eq!(found[..count], ids),
                    Found::Many(found) => assert_eq!(found, ids),
                    Found::Nothing => {}
                }
            }
            assert!(table.pool.len() <= super::MOST_POOLED);
        }
        assert_eq!(table.buckets.len(), super::MOST_BUCKETS);
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let mut table = ShortWords::new();
        let key = key(b"a", 0, 1);
        for ids in [&[][..], &[HIGHEST_ID + 1]] {
            table.put(key, hash(key), ids);
            assert_eq!(table.get(key, hash(key)), Found::Nothing);
        }
        table.put(0, hash(0), &[1]);
        assert_eq!(table.get(0, hash(0)), Found::Nothing);
    }
}
