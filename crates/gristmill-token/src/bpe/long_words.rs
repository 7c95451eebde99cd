//! Ids of pieces seen before that do not fit the table of short words. Emptied when full.

use xxhash_rust::xxh3::xxh3_64;

/// Longer pieces hardly come twice.
pub(crate) const LONGEST: usize = 192;

const FIRST_SLOTS: usize = 1 << 8;
const MOST_SLOTS: usize = 1 << 17;
const MOST_BYTES: usize = 4 << 20;

#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u64,
    piece: u32,
    length: u32,
    ids: u32,
    count: u32,
}

/// The table: open addressing over two pools. A free slot has length zero.
pub(crate) struct LongWords {
    slots: Vec<Slot>,
    held: usize,
    bytes: Vec<u8>,
    ids: Vec<u32>,
}

impl LongWords {
    pub(crate) fn new() -> Self {
        Self { slots: vec![Slot::default(); FIRST_SLOTS], held: 0, bytes: Vec::new(), ids: Vec::new() }
    }

    /// Hash of a piece, for the two calls below.
    #[inline]
    pub(crate) fn hash(piece: &[u8]) -> u64 {
        xxh3_64(piece)
    }

    /// The ids of a piece.
    #[inline]
    pub(crate) fn get(&self, piece: &[u8], hash: u64) -> Option<&[u32]> {
        let slot = self.slots[self.find(piece, hash)];
        (slot.length > 0).then(|| &self.ids[slot.ids as usize..][..slot.count as usize])
    }

    /// Keeps the ids of a piece.
    pub(crate) fn put(&mut self, piece: &[u8], hash: u64, ids: &[u32]) {
        if piece.len() > LONGEST || piece.is_empty() {
            return;
        }
        if self.bytes.len() + piece.len() > MOST_BYTES || self.held * 2 > MOST_SLOTS {
            *self = Self::new();
        } else if self.held * 2 > self.slots.len() {
            self.grow();
        }
        let at = self.find(piece, hash);
        self.slots[at] = Slot {
            hash,
            piece: self.bytes.len() as u32,
            length: piece.len() as u32,
            ids: self.ids.len() as u32,
            count: ids.len() as u32,
        };
        self.held += 1;
        self.bytes.extend_from_slice(piece);
        self.ids.extend_from_slice(ids);
    }

    /// The slot of a piece, or the free one where it belongs.
    #[inline]
    fn find(&self, piece: &[u8], hash: u64) -> usize {
        let mut at = hash as usize;
        loop {
            at &= self.slots.len() - 1;
            let slot = self.slots[at];
            if slot.length == 0
                || slot.hash == hash && &self.bytes[slot.piece as usize..][..slot.length as usize] == piece
            {
                return at;
            }
            at += 1;
        }
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); size]);
        for slot in old.into_iter().filter(|slot| slot.length > 0) {
            let mut at = slot.hash as usize & (size - 1);
            while self.slots[at].length > 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, LongWords, MOST_BYTES};

    #[test]
    fn what_was_put_last_is_found_and_the_table_stays_bounded() {
        let mut table = LongWords::new();
        for number in 0..300_000_u32 {
            let piece = format!("a long piece, number {number}").into_bytes();
            let ids: Vec<u32> = (0..number % 9).collect();
            let hash = LongWords::hash(&piece);
            assert_eq!(table.get(&piece, hash), None);
            table.put(&piece, hash, &ids);
            assert_eq!(table.get(&piece, hash), Some(ids.as_slice()));
            assert!(table.bytes.len() <= MOST_BYTES);
        }
        let huge = vec![b'x'; LONGEST + 1];
        table.put(&huge, 1, &[1]);
        assert_eq!(table.get(&huge, 1), None);
    }
}
