//! What a trained vocabulary makes of the corpus it was trained on.

use gristmill_core::{Failure, Finishing};
use serde_json::Value;

use super::file::Trained;
use super::words::SortedWords;
use super::{MERGED, Survey, WHOLE};
use crate::added::Specials;
use crate::failure::TokenFailure;
use crate::tokenizer::Tokenizer;

/// Figures over all words of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Words, each as often as it occurs.
    pub words: u64,
    /// Distinct words.
    pub distinct: u64,
    /// Tokens of all words.
    pub tokens: u64,
    /// Tokens of the vocabulary that no word needs, special ones not counted.
    pub unused: usize,
}

/// What merging left behind, of the words that were merged.
pub(super) struct Merged {
    pub(super) tokens: u64,
    pub(super) used: Vec<bool>,
}

impl Trained {
    /// Encodes every distinct word once, but for those that merging has encoded: of these `merged` knows.
    pub(super) fn usage(
        &self,
        words: &SortedWords,
        pre_tokenizer: &Value,
        survey: &Survey,
        merged: Option<Merged>,
        finishing: &Finishing,
    ) -> Result<Usage, Failure> {
        let json = self.tokenizer_json(pre_tokenizer).to_string();
        let failed = |message: String| TokenFailure::Write { message };
        let tokenizer = Tokenizer::from_json(json.as_bytes(), "the trained tokenizer", Specials::Ignore)
            .map_err(|failure| failed(failure.message()))?;
        let mut worker = tokenizer.worker();
        let least = if merged.is_some() { survey.least } else { u64::MAX };
        let Merged { mut tokens, mut used } =
            merged.unwrap_or_else(|| Merged { tokens: 0, used: vec![false; self.vocab.len()] });
        let mut ids = Vec::new();
        let mut seen = 0_u64;
        words.each(&mut |word, count| {
            if count < least {
                ids.clear();
                worker
                    .encode_into(&String::from_utf8_lossy(word), false, &mut ids)
                    .map_err(|failure| failed(failure.message()))?;
                for id in &ids {
                    used[*id as usize] = true;
                }
                tokens += count * ids.len() as u64;
            }
            seen += 1;
            if seen.is_multiple_of(1 << 12) {
                finishing.tell(MERGED + seen * (WHOLE - MERGED) / survey.distinct, WHOLE);
                finishing.go_on()?;
            }
            Ok(())
        })?;
        let used = used.iter().filter(|used| **used).count();
        let unused = (self.vocab.len() - self.specials).saturating_sub(used);
        Ok(Usage { words: survey.total, distinct: survey.distinct, tokens, unused })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{TrainOptions, TrainSplit, WordCounts, survey, train_on};
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn merging_encodes_as_the_tokenizer_does(
            texts in proptest::collection::vec("[a-c ]{0,40}", 1..60),
            min_word_count in 1_u64..3,
            max_token_length in proptest::option::of(3_usize..6),
            special in prop_oneof![Just("<|end|>"), Just("ab"), Just("a")],
        ) {
            let split = TrainSplit::new("gpt2", false).unwrap();
            let mut words = WordCounts::new();
            for text in &texts {
                words.add(&split, text).unwrap();
            }
            let words = words.sorted();
            let options = TrainOptions {
                vocab_size: 330,
                min_word_count,
                max_token_length,
                special_tokens: vec![special.to_owned()],
                ..TrainOptions::default()
            };
            let finishing = Finishing::new(1 << 30, 1);
            let survey = survey(&words, &options, &finishing).unwrap();
            let (trained, merged) = train_on(&words, &survey, &options, &finishing).unwrap();
            let usage = |merged| {
                trained.usage(&words, split.pre_tokenizer(), &survey, merged, &finishing).unwrap()
            };
            prop_assert_eq!(usage(merged), usage(None));
        }
    }
}
