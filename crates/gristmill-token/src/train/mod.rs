//! Training byte-pair encoding, with the result of the reference implementation to the last merge.
//!
//! Counting the words of a corpus is a sum that can be taken in parts and in any order ([`WordCounts`]); merging
//! ([`train`]) then works on distinct words only, on one thread, and does not depend on their order. Counts move to
//! sorted files when they outgrow their room; the distinct words are in memory while they are merged, in two bytes a
//! byte.

mod counts;
mod file;
mod files;
mod look_up;
mod merging;
mod places;
mod runs;
mod split;
mod tally;
mod usage;
mod word_list;
mod words;

pub use file::Trained;
pub use files::FileOptions;
pub(crate) use files::pretty;
pub use split::TrainSplit;
use usage::Merged;
pub use usage::Usage;
pub use words::{SortedWords, WordCounts};

use std::collections::HashMap;

use gristmill_core::{Failure, Finishing};
use serde_json::Value;

use crate::byte_level::{bytes_of, char_of};
use crate::failure::TokenFailure;
use merging::Merging;
use word_list::{Symbol, WordList};

/// What to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Size of the vocabulary, special tokens included.
    pub vocab_size: usize,
    /// Pairs that stand together less often are not merged.
    pub min_frequency: u64,
    /// Words that occur less often are left out.
    pub min_word_count: u64,
    /// Special tokens in the order of their ids, from zero.
    pub special_tokens: Vec<String>,
    /// Whether bytes that do not occur have tokens too.
    pub whole_alphabet: bool,
    /// No token is as long as this or longer, in bytes.
    pub max_token_length: Option<usize>,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            vocab_size: 32_000,
            min_frequency: 2,
            min_word_count: 1,
            special_tokens: Vec::new(),
            whole_alphabet: true,
            max_token_length: None,
        }
    }
}

/// A corpus as the merger is to get it.
struct Survey {
    /// All words, and distinct ones.
    total: u64,
    distinct: u64,
    /// Words that occur less often are left out; of those that are not, how many are distinct, and their bytes.
    least: u64,
    words: u64,
    bytes: u64,
    /// Distinct words that occur twice or more.
    repeated: u64,
    present: [bool; 256],
}

/// Trains on counted words.
///
/// # Errors
/// `GM_TOKEN_TRAIN_MEMORY` when the distinct words do not fit into memory, `GM_RUN_IO`.
pub fn train(words: &SortedWords, options: &TrainOptions, finishing: &Finishing) -> Result<Trained, Failure> {
    let survey = survey(words, options, finishing)?;
    Ok(train_on(words, &survey, options, finishing)?.0)
}

/// As [`train`], with what the vocabulary makes of the corpus; `pre_tokenizer` is that of the split.
///
/// # Errors
/// Those of [`train`].
pub fn train_and_use(
    words: &SortedWords,
    pre_tokenizer: &Value,
    options: &TrainOptions,
    finishing: &Finishing,
) -> Result<(Trained, Usage), Failure> {
    let survey = survey(words, options, finishing)?;
    let (trained, merged) = train_on(words, &survey, options, finishing)?;
    let usage = trained.usage(words, pre_tokenizer, &survey, merged, finishing)?;
    Ok((trained, usage))
}

fn train_on(
    words: &SortedWords,
    survey: &Survey,
    options: &TrainOptions,
    finishing: &Finishing,
) -> Result<(Trained, Option<Merged>), Failure> {
    // The vocabulary that comes out may hold one id more than was asked for, and the highest one is not an id.
    if options.vocab_size < usize::from(u16::MAX) - 256 {
        train_as::<u16>(words, survey, options, finishing)
    } else {
        train_as::<u32>(words, survey, options, finishing)
    }
}

fn survey(words: &SortedWords, options: &TrainOptions, finishing: &Finishing) -> Result<Survey, Failure> {
    let mut survey = Survey {
        total: 0,
        distinct: 0,
        least: options.min_word_count,
        words: 0,
        bytes: 0,
        repeated: 0,
        present: [options.whole_alphabet; 256],
    };
    words.each(&mut |word, count| {
        survey.total = survey.total.saturating_add(count);
        survey.distinct += 1;
        if count >= options.min_word_count {
            survey.words += 1;
            survey.bytes += word.len() as u64;
            survey.repeated += u64::from(count > 1);
            for byte in word {
                survey.present[usize::from(*byte)] = true;
            }
            if survey.words.is_multiple_of(1 << 16) {
                finishing.go_on()?;
            }
        }
        Ok(())
    })?;
    Ok(survey)
}

/// Refuses what does not fit: symbols, start and count of every word, and what counts and places of pairs were seen to
/// take at most, six bytes a byte, where nearly every word occurs once.
fn check_memory<S>(survey: &Survey, finishing: &Finishing) -> Result<(), Failure> {
    let needed = survey.bytes * (size_of::<S>() as u64 + 6) + survey.words * 8;
    if needed <= finishing.memory() && survey.bytes < u64::from(u32::MAX) {
        return Ok(());
    }
    let Survey { words, repeated, .. } = *survey;
    Err(TokenFailure::TrainMemory { words, repeated, needed, memory: finishing.memory() }.into())
}

/// Parts of a thousand of the work: laying out the words, and that with merging. Measured on prose.
const LAID_OUT: u64 = 100;
const MERGED: u64 = 950;
const WHOLE: u64 = 1000;

fn train_as<S: Symbol>(
    words: &SortedWords,
    survey: &Survey,
    options: &TrainOptions,
    finishing: &Finishing,
) -> Result<(Trained, Option<Merged>), Failure> {
    check_memory::<S>(survey, finishing)?;
    let mut tokens: Vec<Vec<u8>> = Vec::new();
    let mut ids: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut specials: Vec<(String, u32)> = Vec::new();
    for special in &options.special_tokens {
        if special.is_empty() || specials.iter().any(|(known, _)| known == special) {
            continue;
        }
        let id = tokens.len() as u32;
        // What is written with other characters can never be the result of a merge.
        let bytes = bytes_of(special);
        if let Some(bytes) = &bytes {
            ids.insert(bytes.clone(), id);
        }
        tokens.push(bytes.unwrap_or_default());
        specials.push((special.clone(), id));
    }
    let mut alphabet: Vec<u8> = (0..=255).filter(|byte| survey.present[usize::from(*byte)]).collect();
    alphabet.sort_unstable_by_key(|byte| char_of(*byte));
    for byte in alphabet {
        ids.entry(vec![byte]).or_insert_with(|| {
            tokens.push(vec![byte]);
            tokens.len() as u32 - 1
        });
    }
    let bytes: [u32; 256] = std::array::from_fn(|byte| ids.get(&[byte as u8][..]).copied().unwrap_or(0));
    let mut list = WordList::with_room(survey.words as usize, survey.bytes as usize);
    words.each(&mut |word, count| {
        if count >= options.min_word_count {
            list.push(word.iter().map(|byte| S::of(bytes[usize::from(*byte)])), count);
            if list.len().is_multiple_of(1 << 16) {
                finishing.go_on()?;
                finishing.tell(u64::from(list.len()) * LAID_OUT / survey.words.max(1), WHOLE);
            }
        }
        Ok(())
    })?;
    let mut merging = Merging::<S>::new(list, &bytes, options.max_token_length);
    let mut merges: Vec<(u32, u32)> = Vec::new();
    let mut special = false;
    let wanted = options.vocab_size.saturating_sub(tokens.len());
    while tokens.len() < options.vocab_size {
        finishing.go_on()?;
        let Some(pair) = merging.next(options.min_frequency) else { break };
        let mut token = tokens[pair.0 as usize].clone();
        token.extend_from_slice(&tokens[pair.1 as usize]);
        let length = token.len();
        let id = *ids.entry(token).or_insert_with_key(|token| {
            tokens.push(token.clone());
            tokens.len() as u32 - 1
        });
        merges.push(pair);
        special |= (id as usize) < specials.len();
        merging.merge(pair, id, length);
        finishing.tell(merged(merges.len(), wanted), WHOLE);
    }
    // What is merged into a special token is told apart by its name alone.
    let usage = merging.usage(tokens.len()).filter(|_| !special);
    let usage = usage.map(|(tokens, used)| Merged { tokens, used });
    Ok((Trained::new(tokens, specials, &merges), usage))
}

/// Progress after so many merges: the first ones meet most words, so that each costs less than the one before.
fn merged(merges: usize, wanted: usize) -> u64 {
    let share = ((merges + 1) as f64).ln() / ((wanted + 1) as f64).ln();
    LAID_OUT + ((MERGED - LAID_OUT) as f64 * share.min(1.0)) as u64
}

#[cfg(test)]
mod tests {
    use gristmill_core::Finishing;

    use super::{TrainOptions, TrainSplit, WordCounts, train};

    #[test]
    fn words_that_do_not_fit_are_told_and_rare_ones_go_if_asked() {
        let split = TrainSplit::new("gpt2", false).unwrap();
        let mut words = WordCounts::new();
        for n in 0..1000 {
            words.add(&split, &("x".repeat(n % 90) + &"z".repeat(n / 90) + "y")).unwrap();
        }
        words.add(&split, " often often").unwrap();
        let words = words.sorted();
        let small = Finishing::new(10_000, 1);
        let options = TrainOptions { vocab_size: 260, ..TrainOptions::default() };
        let failure = train(&words, &options, &small).unwrap_err();
        assert_eq!(failure.code(), "GM_TOKEN_TRAIN_MEMORY");
        assert!(failure.hint().unwrap().contains("`min_word_count: 2`"), "{:?}", failure.hint());
        let options = TrainOptions { min_word_count: 2, ..options };
        assert_eq!(train(&words, &options, &small).unwrap().vocab.len(), 260);
        small.stop();
        assert_eq!(train(&words, &options, &small).unwrap_err().code(), "GM_CLOSED");
    }
}
