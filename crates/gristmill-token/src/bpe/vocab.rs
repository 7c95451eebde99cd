//! Tokens by id and ids by bytes.

use xxhash_rust::xxh3::xxh3_64;

const NONE: u32 = u32::MAX;

/// All tokens of a model. Ids may leave holes.
pub(crate) struct Vocab {
    bytes: Vec<u8>,
    /// Start and end of each id's bytes; a hole has `NONE` as start.
    spans: Vec<(u32, u32)>,
    /// Open addressing: bits of the hash, and the id.
    slots: Vec<(u32, u32)>,
    longest: usize,
}

impl Vocab {
    /// `tokens` by id, in any order; of two tokens with the same bytes the later wins, as in a map.
    pub(crate) fn new(tokens: &[(Vec<u8>, u32)]) -> Self {
        let ids = tokens.iter().map(|(_, id)| *id as usize + 1).max().unwrap_or(0);
        let mut vocab = Self {
            bytes: Vec::with_capacity(tokens.iter().map(|(token, _)| token.len()).sum()),
            spans: vec![(NONE, NONE); ids],
            slots: vec![(0, NONE); (tokens.len() * 2).next_power_of_two().max(16)],
            longest: tokens.iter().map(|(token, _)| token.len()).max().unwrap_or(0),
        };
        for (token, id) in tokens {
            let start = vocab.bytes.len() as u32;
            vocab.bytes.extend_from_slice(token);
            vocab.spans[*id as usize] = (start, vocab.bytes.len() as u32);
            let (slot, tag) = vocab.slot(token);
            vocab.slots[slot] = (tag, *id);
        }
        vocab
    }

    /// One above the highest id.
    pub(crate) fn ids(&self) -> usize {
        self.spans.len()
    }

    /// Length of the longest token in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Bytes of a token; nothing for an id that is a hole or beyond the end.
    #[inline]
    pub(crate) fn token(&self, id: u32) -> Option<&[u8]> {
        let (start, end) = *self.spans.get(id as usize)?;
        self.bytes.get(start as usize..end as usize)
    }

    /// The id of these bytes.
    #[inline]
    pub(crate) fn id(&self, token: &[u8]) -> Option<u32> {
        let id = self.slots[self.slot(token).0].1;
        (id != NONE).then_some(id)
    }

    /// The slot that holds the token, or the free one where it belongs.
    fn slot(&self, token: &[u8]) -> (usize, u32) {
        let hash = xxh3_64(token);
        let (mut slot, tag) = (hash as usize, (hash >> 32) as u32);
        loop {
            slot &= self.slots.len() - 1;
            let (found, id) = self.slots[slot];
            if id == NONE || found == tag && self.token(id) == Some(token) {
                return (slot, tag);
            }
            slot += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Vocab;

    #[test]
    fn tokens_are_found_by_bytes_and_by_id() {
        let vocab = Vocab::new(&[(b"a".to_vec(), 3), (b"ab".to_vec(), 0), (b"".to_vec(), 7)]);
        assert_eq!((vocab.ids(), vocab.longest()), (8, 2));
        assert_eq!(
            (vocab.id(b"a"), vocab.id(b"ab"), vocab.id(b"b"), vocab.id(b"")),
            (Some(3), Some(0), None, Some(7))
        );
        assert_eq!(vocab.token(3), Some(b"a".as_slice()));
        assert_eq!((vocab.token(1), vocab.token(8)), (None, None), "a hole, and beyond the end");
    }
}
