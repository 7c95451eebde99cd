//! Words of normalised text and how often they occur.

use std::collections::{BTreeMap, HashMap};

use super::super::failure::SpmFailure;
use super::super::normalizer::{Normalizer, SPACE};
use super::finish;
use super::options::TrainOptions;

/// Without word borders text is cut into parts of about this size, so that no part is long.
const PART: usize = 4192;

/// Things and how often they occur.
pub(super) type Counted<T> = Vec<(T, u64)>;

/// Counts that can be merged.
#[derive(Debug, Clone)]
pub struct WordCounts {
    normalizer: Normalizer,
    by_whitespace: bool,
    counts: HashMap<String, u64>,
    text: String,
}

impl WordCounts {
    /// No words yet.
    pub fn new(options: &TrainOptions) -> Result<Self, SpmFailure> {
        Ok(Self {
            normalizer: Normalizer::of(&finish::base(options)?)?,
            by_whitespace: options.split_by_whitespace,
            counts: HashMap::new(),
            text: String::new(),
        })
    }

    /// Adds the words of a text.
    pub fn add(&mut self, text: &str) {
        let mut normalized = std::mem::take(&mut self.text);
        normalized.clear();
        self.normalizer.normalize(text, &mut normalized);
        let mut start = 0;
        let mut at = 0;
        while at < normalized.len() {
            let rest = &normalized.as_bytes()[at..];
            if let Some(len) = self.normalizer.symbol(rest) {
                self.word(&normalized[start..at]);
                at += len;
                start = at;
                continue;
            }
            let space = rest.starts_with(SPACE.as_bytes());
            if at > start && ((space && (self.by_whitespace || at - start >= PART / 2)) || at - start >= PART)
            {
                self.word(&normalized[start..at]);
                start = at;
            }
            at += super::super::unigram::char_len(rest[0]);
        }
        self.word(&normalized[start..]);
        self.text = normalized;
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        if let Some(count) = self.counts.get_mut(word) {
            *count += 1;
        } else {
            self.counts.insert(word.to_owned(), 1);
        }
    }

    /// Adds the counts of other texts.
    pub fn merge(&mut self, other: Self) {
        for (word, count) in other.counts {
            *self.counts.entry(word).or_default() += count;
        }
    }

    /// Different words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Words in order, cut where a character is not covered; covered characters, commonest first.
    pub(super) fn covered(&self, options: &TrainOptions) -> (Counted<String>, Counted<char>) {
        let mut chars: BTreeMap<char, u64> = BTreeMap::new();
        for (word, count) in &self.counts {
            for char in word.chars().filter(|char| !matches!(char, '\0' | ' ')) {
                *chars.entry(char).or_default() += count;
            }
        }
        let all: u64 = chars.values().sum();
        let mut chars: Vec<(char, u64)> = chars.into_iter().collect();
        chars.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut sum = 0;
        let kept = chars.iter().position(|(_, count)| {
            let done = sum as f64 >= options.character_coverage * all as f64;
            sum += count;
            done
        });
        chars.truncate(kept.unwrap_or(chars.len()));
        let mut sorted: Vec<char> = chars.iter().map(|(char, _)| *char).collect();
        sorted.sort_unstable();
        let mut words: BTreeMap<&str, u64> = BTreeMap::new();
        for (word, count) in &self.counts {
            for part in
                word.split(|char| sorted.binary_search(&char).is_err()).filter(|part| !part.is_empty())
            {
                *words.entry(part).or_default() += count;
            }
        }
        (words.into_iter().map(|(word, count)| (word.to_owned(), count)).collect(), chars)
    }
}
