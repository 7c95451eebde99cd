//! Where ids go: into a list, only into a sum, or into a list with the places they stand for.

use std::ops::Range;

use super::model::Bpe;

/// Takes the ids of pieces, in order.
pub(crate) trait Sink {
    /// The piece whose ids come next, by its place in the text given to the memo.
    #[inline]
    fn piece(&mut self, _: &[u8], _: Range<usize>) {}
    /// At most four ids, the first `count` of `ids`; they may wait in the stage.
    fn few(&mut self, stage: &mut Stage, ids: [u32; 4], count: usize);
    /// Takes what waits in the stage.
    #[inline]
    fn flush(&mut self, _: &mut Stage) {}
    /// Any number of ids.
    fn many(&mut self, ids: &[u32]);
}

/// Ids on their way into a list: four are written at once and those too many are written over, at places that are
/// known to exist.
pub(crate) struct Stage {
    ids: [u32; STAGED + 4],
    count: usize,
}

/// So many ids can wait: four for every piece that is looked up together with others.
const STAGED: usize = 256;

impl Default for Stage {
    fn default() -> Self {
        Self { ids: [0; STAGED + 4], count: 0 }
    }
}

impl Sink for Vec<u32> {
    #[inline]
    fn few(&mut self, stage: &mut Stage, ids: [u32; 4], count: usize) {
        let at = stage.count.min(STAGED);
        stage.ids[at..at + 4].copy_from_slice(&ids);
        stage.count = at + count;
    }

    #[inline]
    fn flush(&mut self, stage: &mut Stage) {
        self.extend_from_slice(&stage.ids[..stage.count]);
        stage.count = 0;
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
    fn few(&mut self, _: &mut Stage, _: [u32; 4], count: usize) {
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

    fn few(&mut self, _: &mut Stage, ids: [u32; 4], count: usize) {
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
