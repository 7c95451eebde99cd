//! Merges of adjacent pairs in the order of their scores, leftmost first among equals.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use super::model::PieceKind;
use super::normalizer::Normalizer;
use super::unigram::{Token, char_len};
use super::vocabulary::Vocabulary;

#[derive(Debug, Clone, Copy)]
struct Symbol {
    start: u32,
    /// 0 once it is part of another symbol.
    len: u32,
    prev: u32,
    next: u32,
    frozen: bool,
}

const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Pair {
    score: f32,
    left: u32,
    right: u32,
    len: u32,
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then_with(|| other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pair {}

/// Room for one chunk.
#[derive(Debug, Default)]
pub(crate) struct Merging {
    symbols: Vec<Symbol>,
    agenda: BinaryHeap<Pair>,
    /// How pieces that are out of use were made: the length of their left part.
    unused: HashMap<Vec<u8>, u32>,
}

impl Merging {
    /// Cuts `chunk` into characters and user-defined symbols.
    fn start(&mut self, normalizer: &Normalizer, chunk: &[u8]) {
        self.symbols.clear();
        self.agenda.clear();
        self.unused.clear();
        let mut start = 0;
        while start < chunk.len() {
            let symbol = normalizer.symbol(&chunk[start..]);
            let len = symbol.unwrap_or_else(|| char_len(chunk[start]).min(chunk.len() - start));
            let at = self.symbols.len() as u32;
            self.symbols.push(Symbol {
                start: start as u32,
                len: len as u32,
                prev: at.wrapping_sub(1),
                next: at + 1,
                frozen: symbol.is_some(),
            });
            start += len;
        }
        if let Some(last) = self.symbols.last_mut() {
            last.next = NONE;
        }
    }

    fn offer(&mut self, vocabulary: &Vocabulary, chunk: &[u8], left: u32, right: u32) {
        if left == NONE || right == NONE {
            return;
        }
        let (a, b) = (self.symbols[left as usize], self.symbols[right as usize]);
        if a.frozen || b.frozen {
            return;
        }
        let text = &chunk[a.start as usize..(b.start + b.len) as usize];
        let Some(id) = vocabulary.find(text) else { return };
        self.agenda.push(Pair { score: vocabulary.scores[id as usize], left, right, len: a.len + b.len });
        if vocabulary.kinds[id as usize] == PieceKind::Unused {
            self.unused.insert(text.to_vec(), a.len);
        }
    }

    /// Appends the pieces of `chunk`.
    pub(crate) fn segment(
        &mut self,
        vocabulary: &Vocabulary,
        normalizer: &Normalizer,
        chunk: &[u8],
        out: &mut Vec<Token>,
    ) {
        self.start(normalizer, chunk);
        for right in 1..self.symbols.len() as u32 {
            self.offer(vocabulary, chunk, right - 1, right);
        }
        while let Some(pair) = self.agenda.pop() {
            let (left, right) = (self.symbols[pair.left as usize], self.symbols[pair.right as usize]);
            // Parts that were merged away or grew since the pair was offered.
            if left.len == 0 || right.len == 0 || left.len + right.len != pair.len {
                continue;
            }
            self.symbols[pair.left as usize].len = pair.len;
            self.symbols[pair.left as usize].next = right.next;
            if right.next != NONE {
                self.symbols[right.next as usize].prev = pair.left;
            }
            self.symbols[pair.right as usize].len = 0;
            self.offer(vocabulary, chunk, left.prev, pair.left);
            self.offer(vocabulary, chunk, pair.left, right.next);
        }
        for symbol in self.symbols.iter().filter(|symbol| symbol.len > 0) {
            self.resolve(
                vocabulary,
                &chunk[symbol.start as usize..(symbol.start + symbol.len) as usize],
                out,
            );
        }
    }

    /// Appends a symbol, taken apart again as long as its piece is out of use.
    fn resolve(&self, vocabulary: &Vocabulary, symbol: &[u8], out: &mut Vec<Token>) {
        let mut todo = vec![symbol];
        while let Some(text) = todo.pop() {
            let id = vocabulary.find(text).unwrap_or(vocabulary.unk);
            let parts =
                if vocabulary.kinds[id as usize] == PieceKind::Unused { self.unused.get(text) } else { None };
            if let Some(&len) = parts {
                let (left, right) = text.split_at(len as usize);
                todo.extend([right, left]);
            } else {
                out.push(Token { id, len: text.len() as u32, score: 0.0 });
            }
        }
    }
}
