//! How often each word occurs.

use std::collections::HashMap;

use super::split::TrainSplit;
use super::tally::Tally;
use crate::failure::TokenFailure;

/// Words of a corpus and their counts. Counts of parts can be added in any order.
#[derive(Default)]
pub struct WordCounts {
    short: Tally,
    long: HashMap<Box<[u8]>, u64>,
}

impl WordCounts {
    /// No words.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the words of a text.
    ///
    /// # Errors
    /// `GM_TOKEN_ENCODE`, if a user's pattern gives up on the text.
    pub fn add(&mut self, split: &TrainSplit, text: &str) -> Result<(), TokenFailure> {
        let bytes = text.as_bytes();
        let cut = split.splitter.split(text, &mut |start, end| {
            if !self.short.add(bytes, start, end, 1) {
                self.add_long(&bytes[start..end], 1);
            }
        });
        cut.map_err(|message| TokenFailure::Encode { message })
    }

    /// Adds the counts of another part.
    pub fn merge(&mut self, other: &Self) {
        for (word, count) in other.short.iter() {
            self.add_word(&word, count);
        }
        for (word, count) in &other.long {
            self.add_long(word, *count);
        }
    }

    /// Number of distinct words.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Adds to the count of one word.
    pub(super) fn add_word(&mut self, word: &[u8], count: u64) {
        if !self.short.add(word, 0, word.len(), count) {
            self.add_long(word, count);
        }
    }

    fn add_long(&mut self, word: &[u8], count: u64) {
        if let Some(known) = self.long.get_mut(word) {
            *known += count;
        } else {
            self.long.insert(word.into(), count);
        }
    }

    /// All words with their counts, by bytes.
    pub(crate) fn sorted(&self) -> Vec<(Vec<u8>, u64)> {
        let mut words: Vec<(Vec<u8>, u64)> = self.short.iter().collect();
        words.extend(self.long.iter().map(|(word, count)| (word.to_vec(), *count)));
        words.sort_unstable();
        words
    }
}
