//! Words of normalised text and how often they occur, in bounded memory.
//!
//! Text is counted in sections, each of which has a level by its hash: half of the sections have level 0, a quarter
//! level 1, and so on. When the words take too much room the lowest level goes. So what is left depends on the text
//! alone, not on its order or on how it was shared out, and text that fits is counted to the last word.

use std::collections::HashMap;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::super::failure::SpmFailure;
use super::super::model::SpmModel;
use super::super::normalizer::{Normalizer, SPACE};
use super::super::unigram::char_len;
use super::finish;
use super::options::TrainOptions;
use super::threads::sort;

/// Without word borders text is cut into parts of about this size, so that no part is long.
const PART: usize = 4192;
/// Least bytes of a section, but for the last one of a text.
const SECTION: usize = 4096;
/// What a counted word costs in memory while it is counted and while its substrings are sorted, beside [`BYTE`].
const WORD: usize = 100;
/// What each byte of a counted word costs.
const BYTE: usize = 20;
/// Most that the words may cost.
const ROOM: usize = 1_200_000_000;

/// Things and how often they occur.
pub(super) type Counted<T> = Vec<(T, u64)>;

/// Counts that can be merged.
#[derive(Debug, Clone)]
pub struct WordCounts {
    shared: Arc<Shared>,
    /// By level; those below the first are dropped.
    levels: Vec<HashMap<Box<str>, u64>>,
    first: usize,
    cost: Vec<usize>,
    room: usize,
    text: String,
}

/// What is made once for all counts of one training.
#[derive(Debug)]
struct Shared {
    base: SpmModel,
    normalizer: Normalizer,
    by_whitespace: bool,
}

impl WordCounts {
    /// No words yet.
    pub fn new(options: &TrainOptions) -> Result<Self, SpmFailure> {
        options.check()?;
        let base = finish::base(options)?;
        let shared =
            Shared { normalizer: Normalizer::of(&base)?, base, by_whitespace: options.split_by_whitespace };
        Ok(Self {
            shared: Arc::new(shared),
            levels: Vec::new(),
            first: 0,
            cost: Vec::new(),
            room: ROOM,
            text: String::new(),
        })
    }

    /// No words yet, for the same training; much cheaper than [`WordCounts::new`].
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            levels: Vec::new(),
            first: 0,
            cost: Vec::new(),
            room: self.room,
            text: String::new(),
        }
    }

    /// The same with other room for words, in bytes.
    #[must_use]
    pub fn with_room(mut self, bytes: usize) -> Self {
        self.room = bytes;
        self
    }

    /// Adds the words of a text.
    pub fn add(&mut self, text: &str) {
        let mut normalized = std::mem::take(&mut self.text);
        normalized.clear();
        let shared = Arc::clone(&self.shared);
        shared.normalizer.normalize(text, &mut normalized);
        let mut rest = normalized.as_str();
        while !rest.is_empty() {
            let (section, after) = rest.split_at(section(rest));
            rest = after;
            let level = xxh3_64(section.as_bytes()).trailing_zeros() as usize;
            if level >= self.first {
                shared.words(section, |word| self.count(level, word, 1));
                self.shrink();
            }
        }
        self.text = normalized;
    }

    /// Adds the counts of other texts.
    pub fn merge(&mut self, mut other: Self) {
        self.first = self.first.max(other.first);
        for (level, words) in std::mem::take(&mut other.levels).into_iter().enumerate().skip(self.first) {
            for (word, count) in words {
                self.count(level, &word, count);
            }
        }
        self.drop_below();
        self.shrink();
    }

    pub(super) fn count(&mut self, level: usize, word: &str, count: u64) {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, HashMap::new);
            self.cost.resize(level + 1, 0);
        }
        let words = &mut self.levels[level];
        if let Some(sum) = words.get_mut(word) {
            *sum = sum.saturating_add(count);
        } else {
            words.insert(word.into(), count);
            self.cost[level] += WORD + BYTE * word.len();
        }
    }

    /// Drops the lowest level while the words take too much room, but never the last one.
    fn shrink(&mut self) {
        while self.first + 1 < self.levels.len() && self.cost.iter().sum::<usize>() > self.room {
            self.first += 1;
            self.drop_below();
        }
    }

    fn drop_below(&mut self) {
        let below = self.first.min(self.levels.len());
        self.levels[..below].fill_with(HashMap::new);
        self.cost[..below].fill(0);
    }

    /// What share of the text is counted.
    #[must_use]
    pub fn share(&self) -> f64 {
        0.5f64.powi(self.first as i32)
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.levels.iter().all(HashMap::is_empty)
    }

    /// The model before training.
    pub(super) fn base(&self) -> SpmModel {
        self.shared.base.clone()
    }

    /// Words, as often as they occur.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.levels.iter().flat_map(HashMap::values).fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Different words in order, with how often they occur; sorted on so many threads.
    #[must_use]
    pub fn sorted(&self, threads: usize) -> Vec<(&str, u64)> {
        let words = self.levels.iter().flatten().map(|(word, count)| (&**word, *count));
        let mut words: Vec<(&str, u64)> = words.collect();
        summed(&mut words, threads);
        words
    }

    /// Words of a level in order.
    pub(super) fn level(&self, level: usize) -> Vec<(&str, u64)> {
        let mut words: Vec<(&str, u64)> =
            self.levels.get(level).into_iter().flatten().map(|(word, count)| (&**word, *count)).collect();
        words.sort_unstable();
        words
    }

    /// How many levels there are.
    pub(super) fn levels(&self) -> usize {
        self.levels.len()
    }

    /// The first level that is not dropped.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    pub(super) fn set_first(&mut self, first: usize) {
        self.first = self.first.max(first);
    }

    /// Words in order, cut where a character is not covered; covered characters, commonest first.
    pub(super) fn covered(&self, options: &TrainOptions) -> (Counted<Box<str>>, Counted<char>) {
        let mut chars: HashMap<char, u64> = HashMap::new();
        for (word, count) in self.levels.iter().flatten() {
            for char in word.chars().filter(|char| !matches!(char, '\0' | ' ')) {
                *chars.entry(char).or_default() += count;
            }
        }
        let all: u64 = chars.values().sum();
        let mut chars: Vec<(char, u64)> = chars.into_iter().collect();
        chars.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut sum = 0;
        let kept = chars.iter().position(|(_, count)| {
            let done = sum as f64 >= options.character_coverage * all as f64;
            sum += count;
            done
        });
        chars.truncate(kept.unwrap_or(chars.len()));
        let mut sorted: Vec<char> = chars.iter().map(|(char, _)| *char).collect();
        sorted.sort_unstable();
        let covered = |char: char| sorted.binary_search(&char).is_ok();
        let mut words: Vec<(&str, u64)> = Vec::new();
        for (word, count) in self.levels.iter().flatten() {
            let parts = word.split(|char| !covered(char)).filter(|part| !part.is_empty());
            words.extend(parts.map(|part| (part, *count)));
        }
        summed(&mut words, options.threads);
        (words.into_iter().map(|(word, count)| (word.into(), count)).collect(), chars)
    }
}

/// Puts words in order; those that are there several times become one.
fn summed(words: &mut Vec<(&str, u64)>, threads: usize) {
    sort(words, threads);
    words.dedup_by(|later, sum| {
        let same = later.0 == sum.0;
        if same {
            sum.1 = sum.1.saturating_add(later.1);
        }
        same
    });
    words.shrink_to_fit();
}

/// Length of the section at the start of normalised text: it ends before a space, or where there is none for long.
fn section(text: &str) -> usize {
    let border = |at: usize| (at..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    let (from, to) = (border(SECTION), border(SECTION + PART));
    text[from..to].find(SPACE).map_or(to, |found| from + found)
}

impl Shared {
    /// Calls `found` with every word.
    fn words(&self, text: &str, mut found: impl FnMut(&str)) {
        let mut word = |word: &str| {
            if !word.is_empty() {
                found(word);
            }
        };
        let mut start = 0;
        let mut at = 0;
        while at < text.len() {
            let rest = &text.as_bytes()[at..];
            if let Some(len) = self.normalizer.symbol(rest) {
                word(&text[start..at]);
                at += len;
                start = at;
                continue;
            }
            let space = rest.starts_with(SPACE.as_bytes());
            if at > start && ((space && (self.by_whitespace || at - start >= PART / 2)) || at - start >= PART)
            {
                word(&text[start..at]);
                start = at;
            }
            at += char_len(rest[0]);
        }
        word(&text[start..]);
    }
}
