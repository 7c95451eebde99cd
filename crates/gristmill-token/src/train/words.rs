//! How often each word occurs: counted in a table, which moves to sorted files when it has outgrown its room.

use std::collections::HashMap;

use gristmill_core::{Failure, Saved, SavedWriter, Scratch};

use super::runs::{Run, TakeWord, each, write};
use super::split::TrainSplit;
use super::tally::Tally;
use crate::failure::TokenFailure;

/// What a long word costs beside its bytes.
const LONG: usize = 64;
/// Runs of a state that are merged to one when they have become so many.
const MOST_RUNS: usize = 64;

/// Words of a corpus and their counts. Counts of parts can be added in any order.
#[derive(Default)]
pub struct WordCounts {
    short: Tally,
    long: HashMap<Box<[u8]>, u64>,
    long_bytes: usize,
    runs: Vec<Run>,
}

impl WordCounts {
    /// No words.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The counts that [`WordCounts::save`] wrote behind `start` other bytes.
    #[must_use]
    pub fn saved(saved: Saved, start: u64) -> Self {
        Self { runs: vec![Run::File(saved, start)], ..Self::default() }
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
    pub fn merge(&mut self, mut other: Self) {
        // The smaller table goes into the larger one; sums do not care.
        if other.short.len() + other.long.len() > self.short.len() + self.long.len() {
            std::mem::swap(&mut other, self);
        }
        self.short.absorb(&other.short);
        for (word, count) in other.long {
            self.add_long(&word, count);
        }
        self.runs.extend(other.runs);
    }

    fn add_long(&mut self, word: &[u8], count: u64) {
        if let Some(known) = self.long.get_mut(word) {
            *known += count;
        } else {
            self.long.insert(word.into(), count);
            self.long_bytes += word.len() + LONG;
        }
    }

    /// Moves the words to a file if they may take more room than there is.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    pub fn spill(&mut self, scratch: &Scratch) -> Result<(), Failure> {
        if self.short.bytes() + self.long_bytes > scratch.bytes() {
            let table = self.take_table();
            self.runs.push(Run::File(scratch.file(|out| write(&table, out))?, 0));
        }
        if self.runs.len() >= MOST_RUNS {
            let runs = std::mem::take(&mut self.runs);
            self.runs.push(Run::File(scratch.file(|out| write(&runs, out))?, 0));
        }
        Ok(())
    }

    /// Writes all words with their counts; none are left.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    pub fn save(&mut self, out: &mut SavedWriter<'_>) -> Result<(), Failure> {
        write(&std::mem::take(self).sorted().0, out)
    }

    /// The words in order.
    #[must_use]
    pub fn sorted(mut self) -> SortedWords {
        let mut runs = self.take_table();
        runs.append(&mut self.runs);
        SortedWords(runs)
    }

    fn take_table(&mut self) -> Vec<Run> {
        let short = std::mem::take(&mut self.short).sorted();
        let mut long: Vec<_> = std::mem::take(&mut self.long).into_iter().collect();
        long.sort_unstable();
        self.long_bytes = 0;
        let mut runs = Vec::new();
        if !short.is_empty() {
            runs.push(Run::Short(short));
        }
        if !long.is_empty() {
            runs.push(Run::Long(long));
        }
        runs
    }
}

/// Words of a corpus, by their bytes, with their counts; partly in files.
pub struct SortedWords(Vec<Run>);

impl SortedWords {
    /// Gives every word once with its count, in order.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_TOKEN_BAD_STATE`, and what `take` says.
    pub fn each(&self, take: TakeWord<'_>) -> Result<(), Failure> {
        each(&self.0, take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(counts: WordCounts) -> Vec<(Vec<u8>, u64)> {
        let mut all = Vec::new();
        let sorted = counts.sorted();
        sorted
            .each(&mut |word, count| {
                all.push((word.to_vec(), count));
                Ok(())
            })
            .unwrap();
        all
    }

    fn saved(mut counts: WordCounts, folder: &std::path::Path) -> Saved {
        Scratch::in_folder(folder, 0).file(|out| counts.save(out)).unwrap()
    }

    #[test]
    fn counts_in_little_room_are_those_of_much() {
        let folder = tempfile::tempdir().unwrap();
        let split = TrainSplit::new("gpt2", false).unwrap();
        let text = |n: u64| {
            let long = "ab".repeat((n % 40) as usize);
            format!(
                "a word{} and{long} 日本{} x{long}y {}",
                n % 97,
                n % 7,
                n.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            )
        };
        let whole = || {
            let mut counts = WordCounts::new();
            (0..3000).for_each(|n| counts.add(&split, &text(n)).unwrap());
            counts
        };
        let all = words(whole());
        assert!(all.is_sorted_by(|a, b| a.0 < b.0));
        // Spilled hundreds of times and merged on the way, in two parts, the second first, and saved.
        let scratch = Scratch::in_folder(folder.path(), 1 << 15);
        let part = |range: std::ops::Range<u64>| {
            let mut counts = WordCounts::new();
            for n in range {
                let mut one = WordCounts::new();
                one.add(&split, &text(n)).unwrap();
                counts.merge(one);
                counts.spill(&scratch).unwrap();
            }
            counts
        };
        let mut parts = WordCounts::saved(saved(part(1000..3000), folder.path()), 0);
        parts.merge(part(0..1000));
        assert_eq!(words(parts), all);
        let same = |mut counts: WordCounts| {
            let saved = scratch.file(|out| counts.save(out)).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut saved.open().unwrap(), &mut bytes).unwrap();
            bytes
        };
        assert!(same(whole()) == same(WordCounts::saved(saved(part(0..3000), folder.path()), 0)));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "files go with what they belong to");
    }

    #[test]
    fn what_is_no_file_of_counts_is_told() {
        for wrong in [&b""[..], b"\x00", b"\x05\x01a\x01\x00\x00", b"\x00\x03ab", b"\x00\x01a", &[0xFF; 24]] {
            let counts = WordCounts::saved(Saved::Bytes(wrong.to_vec()), 0).sorted();
            let failure = counts.each(&mut |_, _| Ok(())).unwrap_err();
            assert_eq!(failure.code(), "GM_TOKEN_BAD_STATE", "{wrong:?}");
        }
    }
}
