//! What a trained vocabulary makes of the corpus it was trained on.

use gristmill_core::{Failure, Finishing};
use serde_json::Value;

use super::file::Trained;
use super::words::SortedWords;
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

impl Trained {
    /// Encodes every distinct word once.
    ///
    /// # Errors
    /// `GM_TOKEN_INVALID`, never in practice.
    pub fn usage(
        &self,
        words: &SortedWords,
        pre_tokenizer: &Value,
        finishing: &Finishing,
    ) -> Result<Usage, Failure> {
        let json = self.tokenizer_json(pre_tokenizer).to_string();
        let failed = |message: String| TokenFailure::Write { message };
        let tokenizer = Tokenizer::from_json(json.as_bytes(), "the trained tokenizer", Specials::Ignore)
            .map_err(|failure| failed(failure.message()))?;
        let mut worker = tokenizer.worker();
        let mut usage = Usage { words: 0, distinct: 0, tokens: 0, unused: 0 };
        let mut used = vec![false; self.vocab.len()];
        let mut ids = Vec::new();
        words.each(&mut |word, count| {
            ids.clear();
            worker
                .encode_into(&String::from_utf8_lossy(word), false, &mut ids)
                .map_err(|failure| failed(failure.message()))?;
            for id in &ids {
                used[*id as usize] = true;
            }
            usage.words += count;
            usage.distinct += 1;
            usage.tokens += count * ids.len() as u64;
            if usage.distinct.is_multiple_of(1 << 12) { finishing.go_on() } else { Ok(()) }
        })?;
        let used = used.iter().filter(|used| **used).count();
        usage.unused = (self.vocab.len() - self.specials).saturating_sub(used);
        Ok(usage)
    }
}
