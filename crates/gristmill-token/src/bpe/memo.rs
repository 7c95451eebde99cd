//! What one thread remembers of pieces it has encoded, and the loop that looks them up.

use super::long_words::{LONGEST as LONGEST_LONG, LongWords};
use super::model::{Bpe, Room};
use super::short_words::{Found, Key, LONGEST, ShortWords, hash, key};
use super::sink::{Sink, Stage};

/// Pieces collected before they are looked up together, so that the processor overlaps the waits for memory.
const TOGETHER: usize = 64;

#[derive(Clone, Copy, Default)]
struct Waiting {
    key: Key,
    hash: u64,
    start: usize,
    end: usize,
}

/// Memory of one thread; never shared.
pub(crate) struct Memo {
    short: ShortWords,
    rest: Rest,
    stage: Stage,
    waiting: Box<[Waiting; TOGETHER]>,
    count: usize,
}

/// What is needed for pieces that the table of short words does not have.
struct Rest {
    long: LongWords,
    room: Room,
    ids: Vec<u32>,
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self {
            short: ShortWords::new(),
            rest: Rest { long: LongWords::new(), room: Room::default(), ids: Vec::new() },
            stage: Stage::default(),
            waiting: Box::new([Waiting::default(); TOGETHER]),
            count: 0,
        }
    }

    /// Takes the piece `bytes[start..end]`. All pieces until the next [`Memo::finish`] are of the same `bytes`.
    #[inline]
    pub(crate) fn piece<S: Sink>(&mut self, bpe: &Bpe, bytes: &[u8], start: usize, end: usize, sink: &mut S) {
        let key = if end - start <= LONGEST { key(bytes, start, end) } else { 0 };
        let hash = hash(key);
        self.short.near(hash);
        self.waiting[self.count] = Waiting { key, hash, start, end };
        self.count += 1;
        if self.count == TOGETHER {
            self.finish(bpe, bytes, sink);
        }
    }

    /// Gives the ids of all pieces taken so far.
    #[inline]
    pub(crate) fn finish<S: Sink>(&mut self, bpe: &Bpe, bytes: &[u8], sink: &mut S) {
        let waiting = &self.waiting[..self.count];
        self.count = 0;
        for &Waiting { key, hash, start, end } in waiting {
            sink.piece(bytes, start..end);
            match self.short.get(key, hash) {
                Found::Few(ids, count) => sink.few(&mut self.stage, ids, count),
                Found::Many(ids) => {
                    sink.flush(&mut self.stage);
                    sink.many(ids);
                }
                Found::Nothing => {
                    sink.flush(&mut self.stage);
                    sink.many(self.rest.missed(bpe, &bytes[start..end], key, hash, &mut self.short));
                }
            }
        }
        sink.flush(&mut self.stage);
    }
}

impl Rest {
    #[inline(never)]
    fn missed(
        &mut self,
        bpe: &Bpe,
        piece: &[u8],
        key: Key,
        short_hash: u64,
        short: &mut ShortWords,
    ) -> &[u32] {
        self.ids.clear();
        match short.get_beside(key, short_hash) {
            Found::Few(ids, count) => {
                self.ids.extend_from_slice(&ids[..count]);
                return &self.ids;
            }
            Found::Many(ids) => {
                self.ids.extend_from_slice(ids);
                return &self.ids;
            }
            Found::Nothing => {}
        }
        if key != 0 || piece.len() > LONGEST_LONG {
            bpe.encode(piece, &mut self.room, &mut self.ids);
            short.put(key, short_hash, &self.ids);
            return &self.ids;
        }
        // A token as a whole is found in the vocabulary as fast as it would be among the long words.
        if let Some(id) = bpe.whole(piece) {
            self.ids.push(id);
            return &self.ids;
        }
        let hash = LongWords::hash(piece);
        if self.long.get(piece, hash).is_none() {
            bpe.merge(piece, &mut self.room, &mut self.ids);
            self.long.put(piece, hash, &self.ids);
            return &self.ids;
        }
        self.long.get(piece, hash).unwrap_or_default()
    }
}
