//! Where ids go: into a list, only into a sum, or into a list with the places they stand for.

use std::ops::Range;

use super::model::Bpe;

/// Takes the ids of pieces, in order.
pub(crate) trait Sink {
    /// The piece whose ids come next, by its place in the text given to the memo.
    #[inline]
    fn piece(&mut self, _: &[u8], _: Range<usize>) {}
    /// At most four ids, the first `count` of `ids`.
    fn few(&mut self, ids: &[u32; 4], count: usize);
    /// Any number of ids.
    fn many(&mut self, ids: &[u32]);
}

impl Sink for Vec<u32> {
    #[inline]
    fn few(&mut self, ids: &[u32; 4], count: usize) {
        // Four are written and some taken back: a copy of fixed length is one instruction.
        self.extend_from_slice(ids);
        self.truncate(self.len() - 4 + count);
    }

    #[inline]
    fn many(&mut self, ids: &[u32]) {
        self.extend_from_slice(ids);
    }
}

/// Counts ids and keeps none.
#[derive(Default)]
pub(crate) struct Counted(pub(crate) usize);

impl Sink for Counted {
    #[inline]
    fn few(&mut self, _: &[u32; 4], count: usize) {
        self.0 += count;
    }

    #[inline]
    fn many(&mut self, ids: &[u32]) {
        self.0 += ids.len();
    }
}

/// Keeps ids and the bytes of the text that each stands for.
pub(crate) struct Located<'a> {
    bpe: &'a Bpe,
    ids: &'a mut Vec<u32>,
    places: &'a mut Vec<Range<usize>>,
    /// The present piece, where it stands, and how much of it has its token.
    piece: Vec<u8>,
    start: usize,
    read: usize,
}

impl<'a> Located<'a> {
    pub(crate) fn new(bpe: &'a Bpe, ids: &'a mut Vec<u32>, places: &'a mut Vec<Range<usize>>) -> Self {
        Self { bpe, ids, places, piece: Vec::new(), start: 0, read: 0 }
    }

    /// Steps over bytes the vocabulary does not know; they have no token.
    fn skip(&mut self) {
        while self.piece.get(self.read).is_some_and(|byte| !self.bpe.knows(*byte)) {
            self.read += 1;
        }
    }
}

impl Sink for Located<'_> {
    fn piece(&mut self, bytes: &[u8], place: Range<usize>) {
        self.start = place.start;
        self.read = 0;
        self.piece.clear();
        self.piece.extend_from_slice(&bytes[place]);
    }

    fn few(&mut self, ids: &[u32; 4], count: usize) {
        self.many(&ids[..count]);
    }

    fn many(&mut self, ids: &[u32]) {
        for id in ids {
            self.skip();
            let start = self.start + self.read;
            for nth in 0..self.bpe.vocab().token(*id).map_or(0, <[u8]>::len) {
                if nth > 0 {
                    self.skip();
                }
                self.read += 1;
            }
            self.ids.push(*id);
            self.places.push(start..self.start + self.read);
        }
    }
}
