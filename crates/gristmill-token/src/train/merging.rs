//! The loop of training: the most frequent pair, merged in every word that has it.
//!
//! A pair waits in a heap under the count it had when it gained words; when it comes up with an old count it goes back
//! with the present one. Counts of merged pairs are left as they are, since the reference leaves them too, and a token
//! that comes about in two ways meets them again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::counts::{Pair, PairCounts};

/// Words as symbols, and what may be merged in them.
pub(crate) struct Merging {
    symbols: Vec<u32>,
    /// Start and length of each word among the symbols, and its count.
    words: Vec<(usize, usize, u64)>,
    counts: PairCounts,
    /// Count, then the smaller pair, then the older entry.
    heap: BinaryHeap<(u64, Reverse<Pair>, Reverse<u32>)>,
    /// Words of the entries of the heap.
    places: Vec<Vec<u32>>,
    top: Vec<u32>,
    most: usize,
    /// Length of each symbol in bytes, only if there is a longest.
    lengths: Vec<usize>,
}

impl Merging {
    pub(crate) fn new(words: &[(Vec<u8>, u64)], bytes: &[u32; 256], most: Option<usize>) -> Self {
        let mut merging = Self {
            symbols: Vec::with_capacity(words.iter().map(|(word, _)| word.len()).sum()),
            words: Vec::with_capacity(words.len()),
            counts: PairCounts::new(),
            heap: BinaryHeap::new(),
            places: Vec::new(),
            top: Vec::new(),
            most: most.unwrap_or(usize::MAX),
            lengths: Vec::new(),
        };
        for id in bytes {
            merging.set_length(*id, 1);
        }
        for (number, (word, count)) in words.iter().enumerate() {
            let start = merging.symbols.len();
            merging.symbols.extend(word.iter().map(|byte| bytes[usize::from(*byte)]));
            merging.words.push((start, word.len(), *count));
            for pair in merging.symbols[start..].windows(2) {
                merging.counts.gain((pair[0], pair[1]), *count, number as u32);
            }
        }
        merging.offer();
        merging
    }

    /// The next pair to merge; its words are kept for [`Merging::merge`].
    pub(crate) fn next(&mut self, least: u64) -> Option<Pair> {
        loop {
            let (count, Reverse(pair), Reverse(entry)) = self.heap.pop()?;
            let present = self.counts.count(pair) as u64;
            if count != present {
                self.heap.push((present, Reverse(pair), Reverse(entry)));
                continue;
            }
            if count < least.max(1) {
                return None;
            }
            self.top = std::mem::take(&mut self.places[entry as usize]);
            return Some(pair);
        }
    }

    /// Merges the pair of the last [`Merging::next`] into a token of so many bytes.
    pub(crate) fn merge(&mut self, pair: Pair, token: u32, length: usize) {
        self.set_length(token, length);
        let words = std::mem::take(&mut self.top);
        for word in words {
            self.merge_in(word, pair, token);
        }
        self.offer();
    }

    fn merge_in(&mut self, number: u32, pair: Pair, token: u32) {
        let (start, length, count) = self.words[number as usize];
        let word = &mut self.symbols[start..start + length];
        let fits = |other: u32| {
            self.most == usize::MAX || self.lengths[other as usize] + self.lengths[token as usize] < self.most
        };
        let (mut read, mut write) = (0, 0);
        while read < length {
            if read + 1 == length || (word[read], word[read + 1]) != pair {
                word[write] = word[read];
                (read, write) = (read + 1, write + 1);
                continue;
            }
            if write > 0 {
                let before = word[write - 1];
                self.counts.lose((before, pair.0), count);
                if fits(before) {
                    self.counts.gain((before, token), count, number);
                }
            }
            if let Some(&behind) = word.get(read + 2) {
                self.counts.lose((pair.1, behind), count);
                if fits(behind) {
                    self.counts.gain((token, behind), count, number);
                }
            }
            word[write] = token;
            (read, write) = (read + 2, write + 1);
        }
        self.words[number as usize].1 = write;
    }

    fn offer(&mut self) {
        let Self { counts, heap, places, .. } = self;
        counts.fresh(|pair, count, words| {
            if count > 0 {
                heap.push((count as u64, Reverse(pair), Reverse(places.len() as u32)));
                places.push(words);
            }
        });
    }

    fn set_length(&mut self, token: u32, length: usize) {
        if self.lengths.len() <= token as usize {
            self.lengths.resize(token as usize + 1, 0);
        }
        self.lengths[token as usize] = length;
    }
}
