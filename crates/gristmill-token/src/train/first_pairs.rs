//! Pairs of two single bytes, and the words they stand in.
//!
//! No merge makes a new such pair, so the words that have one at any time are those that had it from the start and
//! still do. They are looked up when a pair comes up, for many pairs at a time, and not kept for all from the start.

use super::counts::Pair;
use super::word_list::{Symbol, WordList};

/// Words looked up at a time, for all pairs together, but at least for one.
const TOGETHER: u64 = if cfg!(test) { 1 << 5 } else { 1 << 25 };
/// What is no byte.
const OTHER: u16 = 256;
const NONE: u32 = u32::MAX;

pub(super) struct FirstPairs {
    ids: [u32; 256],
    /// Bytes by the ids of their tokens.
    bytes: Vec<u16>,
    /// In how many words a pair stands that has not been looked up, by its bytes.
    unknown: Vec<u32>,
    known: Vec<(Pair, Vec<u32>)>,
}

impl FirstPairs {
    /// Pairs of words that nothing has been merged in, with their counts; `ids` are the tokens of bytes.
    pub(super) fn new<S: Symbol>(words: &WordList<S>, ids: &[u32; 256]) -> (Self, Vec<(Pair, u64)>) {
        let mut bytes = vec![OTHER; ids.iter().max().map_or(0, |id| *id as usize + 1)];
        for (byte, id) in ids.iter().enumerate() {
            bytes[*id as usize] = byte as u16;
        }
        let mut first = Self { ids: *ids, bytes, unknown: Vec::new(), known: Vec::new() };
        let (mut counts, mut stands) = (vec![0_u64; 1 << 16], vec![0_u32; 1 << 16]);
        for number in 0..words.len() {
            let count = words.count(number);
            first.each(words.word(number), |pair| {
                counts[pair] += count;
                // A pair that stands twice in a word counts twice here, which only makes room.
                stands[pair] = stands[pair].saturating_add(1);
            });
        }
        first.unknown = stands;
        let counts = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        let counts = counts.map(|(pair, count)| (first.pair(pair), count)).collect();
        (first, counts)
    }

    fn each<S: Symbol>(&self, word: &[S], mut found: impl FnMut(usize)) {
        let byte = |symbol: S| self.bytes.get(symbol.id() as usize).copied().unwrap_or(OTHER);
        let Some((first, rest)) = word.split_first() else { return };
        let mut left = byte(*first);
        for symbol in rest {
            let right = byte(*symbol);
            if left != OTHER && right != OTHER {
                found(usize::from(left) << 8 | usize::from(right));
            }
            left = right;
        }
    }

    fn pair(&self, number: usize) -> Pair {
        (self.ids[number >> 8], self.ids[number & 255])
    }

    /// The words in which a pair stands, once. `count` gives the present count of any pair; what has less than `least`
    /// is not looked up for later.
    pub(super) fn words<S: Symbol>(
        &mut self,
        words: &WordList<S>,
        pair: Pair,
        count: impl Fn(Pair) -> u64,
        least: u64,
    ) -> Vec<u32> {
        if let Some(at) = self.known.iter().position(|(known, _)| *known == pair) {
            return self.known.swap_remove(at).1;
        }
        let unknown = (0..1 << 16).filter(|pair| self.unknown[*pair] > 0);
        let mut wanted: Vec<(u64, Pair, usize)> =
            unknown.map(|number| (count(self.pair(number)), self.pair(number), number)).collect();
        wanted.retain(|(count, one, _)| *count >= least || *one == pair);
        wanted.sort_unstable_by(|a, b| (b.1 == pair, b.0, a.1).cmp(&(a.1 == pair, a.0, b.1)));
        let mut lists = vec![NONE; 1 << 16];
        let before = self.known.len();
        let mut room = TOGETHER;
        for (_, pair, number) in wanted {
            let stands = u64::from(self.unknown[number]);
            if stands > room && self.known.len() > before {
                break;
            }
            room = room.saturating_sub(stands);
            lists[number] = self.known.len() as u32;
            self.known.push((pair, Vec::new()));
            self.unknown[number] = 0;
        }
        let mut known = std::mem::take(&mut self.known);
        for number in 0..words.len() {
            self.each(words.word(number), |pair| {
                if let Some((_, list)) = known.get_mut(lists[pair] as usize)
                    && list.last() != Some(&number)
                {
                    list.push(number);
                }
            });
        }
        let found = known.swap_remove(before).1;
        self.known = known;
        found
    }
}
