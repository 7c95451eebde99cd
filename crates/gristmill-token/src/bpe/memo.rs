//! What one thread remembers of pieces it has encoded, and the loop that looks them up.

use super::long_words::{LONGEST as LONGEST_LONG, LongWords};
use super::model::{Bpe, Room};
use super::short_words::{Key, LONGEST, ShortWords, hash, key};
use super::sink::Sink;

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
    long: LongWords,
    room: Room,
    ids: Vec<u32>,
    waiting: Box<[Waiting; TOGETHER]>,
    count: usize,
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self {
            short: ShortWords::new(),
            long: LongWords::new(),
            room: Room::default(),
            ids: Vec::new(),
            waiting: Box::new([Waiting::default(); TOGETHER]),
            count: 0,
        }
    }

    /// Takes the piece `bytes[start..end]`. All pieces until the next [`Memo::finish`] are of the same `bytes`.
    #[inline]
    pub(crate) fn piece<S: Sink>(&mut self, bpe: &Bpe, bytes: &[u8], start: usize, end: usize, sink: &mut S) {
        let key = if end - start <= LONGEST { key(bytes, start, end) } else { 0 };
        self.waiting[self.count] = Waiting { key, hash: hash(key), start, end };
        self.count += 1;
        if self.count == TOGETHER {
            self.finish(bpe, bytes, sink);
        }
    }

    /// Gives the ids of all pieces taken so far.
    #[inline]
    pub(crate) fn finish<S: Sink>(&mut self, bpe: &Bpe, bytes: &[u8], sink: &mut S) {
        // Reads that depend on nothing wait for memory side by side.
        let mut lines = 0;
        for waiting in &self.waiting[..self.count] {
            lines ^= self.short.touch(waiting.hash);
        }
        std::hint::black_box(lines);
        for at in 0..self.count {
            let Waiting { key, hash, start, end } = self.waiting[at];
            sink.piece(bytes, start..end);
            match self.short.get(key, hash) {
                Some((ids, count)) if key != 0 => sink.few(&ids, count),
                _ => self.missed(bpe, &bytes[start..end], key, hash, sink),
            }
        }
        self.count = 0;
    }

    #[inline(never)]
    fn missed<S: Sink>(&mut self, bpe: &Bpe, piece: &[u8], key: Key, short_hash: u64, sink: &mut S) {
        if piece.len() > LONGEST_LONG {
            self.ids.clear();
            bpe.encode(piece, &mut self.room, &mut self.ids);
            return sink.many(&self.ids);
        }
        // A token as a whole is found in the vocabulary as fast as it would be among the long words.
        if let Some(id) = bpe.whole(piece) {
            self.short.put(key, short_hash, &[id]);
            return sink.few(&[id, 0, 0, 0], 1);
        }
        let hash = LongWords::hash(piece);
        if let Some(ids) = self.long.get(piece, hash) {
            return sink.many(ids);
        }
        self.ids.clear();
        bpe.merge(piece, &mut self.room, &mut self.ids);
        if key != 0 && (1..=4).contains(&self.ids.len()) {
            self.short.put(key, short_hash, &self.ids);
        } else {
            self.long.put(piece, hash, &self.ids);
        }
        sink.many(&self.ids);
    }
}
