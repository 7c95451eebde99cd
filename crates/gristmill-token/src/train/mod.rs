//! Training byte-pair encoding, with the result of the reference implementation to the last merge.
//!
//! Counting the words of a corpus is a sum that can be taken in parts and in any order ([`WordCounts`]); merging
//! ([`train`]) then works on distinct words only, on one thread, and does not depend on their order.

mod counts;
mod file;
mod files;
mod merging;
mod saved;
mod split;
mod tally;
mod usage;
mod words;

pub use file::Trained;
pub use files::FileOptions;
pub(crate) use files::pretty;
pub use split::TrainSplit;
pub use usage::Usage;
pub use words::WordCounts;

use std::collections::HashMap;

use crate::byte_level::{bytes_of, char_of};
use merging::Merging;

/// What to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Size of the vocabulary, special tokens included.
    pub vocab_size: usize,
    /// Pairs that stand together less often are not merged.
    pub min_frequency: u64,
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
            special_tokens: Vec::new(),
            whole_alphabet: true,
            max_token_length: None,
        }
    }
}

/// Trains on counted words. `progress` is told the size of the vocabulary now and then.
pub fn train(words: &WordCounts, options: &TrainOptions, progress: &mut dyn FnMut(usize)) -> Trained {
    let words = words.sorted();
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
    let mut present = [options.whole_alphabet; 256];
    for byte in words.iter().flat_map(|(word, _)| word) {
        present[usize::from(*byte)] = true;
    }
    let mut alphabet: Vec<u8> = (0..=255).filter(|byte| present[usize::from(*byte)]).collect();
    alphabet.sort_unstable_by_key(|byte| char_of(*byte));
    for byte in alphabet {
        ids.entry(vec![byte]).or_insert_with(|| {
            tokens.push(vec![byte]);
            tokens.len() as u32 - 1
        });
    }
    let bytes = std::array::from_fn(|byte| ids.get(&[byte as u8][..]).copied().unwrap_or(0));
    let mut merging = Merging::new(&words, &bytes, options.max_token_length);
    let mut merges: Vec<(u32, u32)> = Vec::new();
    while tokens.len() < options.vocab_size {
        let Some(pair) = merging.next(options.min_frequency) else { break };
        let mut token = tokens[pair.0 as usize].clone();
        token.extend_from_slice(&tokens[pair.1 as usize]);
        let length = token.len();
        let id = *ids.entry(token).or_insert_with_key(|token| {
            tokens.push(token.clone());
            tokens.len() as u32 - 1
        });
        merges.push(pair);
        merging.merge(pair, id, length);
        if merges.len().is_multiple_of(256) {
            progress(tokens.len());
        }
    }
    Trained::new(tokens, specials, &merges)
}
