//! A tokenizer at work in one thread, with what it remembers.

use std::ops::Range;

use gristmill_core::Failure;

use crate::bpe::Memo;
use crate::failure::TokenFailure;
use crate::spm::{Encoder, SpmTokenizer};
use crate::tokenizer::{Engine, Tokenizer, refuse};

/// Encodes for one thread. Faster than the methods of [`Tokenizer`] for many texts.
pub struct Worker<'a> {
    pub(crate) tokenizer: &'a Tokenizer,
    pub(crate) memo: Option<Memo>,
    pub(crate) encoder: Option<Encoder<'a>>,
}

impl<'a> Worker<'a> {
    /// As [`Tokenizer::encode_into`].
    ///
    /// # Errors
    /// As there.
    pub fn encode_into(&mut self, text: &str, special: bool, out: &mut Vec<u32>) -> Result<(), Failure> {
        let whole = self.tokenizer;
        match &whole.engine {
            Engine::SentencePiece(tokenizer) => {
                self.encoder(tokenizer).encode(text, out);
                Ok(())
            }
            Engine::Native(native) => {
                let memo = self.memo.get_or_insert_with(Memo::new);
                Ok(native.encode(memo, text, special, out)?)
            }
            Engine::Foreign { tokenizer, refused, .. } => {
                refuse(refused.as_ref(), text)?;
                let encoding = tokenizer.encode_fast(text, special).map_err(|error| failed(&*error))?;
                out.extend_from_slice(encoding.get_ids());
                Ok(())
            }
        }
    }

    /// As [`Tokenizer::count`].
    ///
    /// # Errors
    /// As there.
    pub fn count(&mut self, text: &str, special: bool) -> Result<usize, Failure> {
        let whole = self.tokenizer;
        match &whole.engine {
            Engine::SentencePiece(tokenizer) => Ok(self.encoder(tokenizer).count(text)),
            Engine::Native(native) => {
                let memo = self.memo.get_or_insert_with(Memo::new);
                Ok(native.count(memo, text, special)?)
            }
            Engine::Foreign { tokenizer, refused, .. } => {
                refuse(refused.as_ref(), text)?;
                let encoding = tokenizer.encode_fast(text, special).map_err(|error| failed(&*error))?;
                Ok(encoding.len())
            }
        }
    }

    /// As [`Tokenizer::locate_into`].
    ///
    /// # Errors
    /// As there.
    pub fn locate_into(
        &mut self,
        text: &str,
        special: bool,
        ids: &mut Vec<u32>,
        places: &mut Vec<Range<usize>>,
    ) -> Result<(), Failure> {
        let whole = self.tokenizer;
        match &whole.engine {
            Engine::SentencePiece(tokenizer) => {
                for span in self.encoder(tokenizer).spans(text) {
                    ids.push(span.id);
                    places.push(span.start..span.end);
                }
                Ok(())
            }
            Engine::Native(native) => {
                let memo = self.memo.get_or_insert_with(Memo::new);
                Ok(native.locate(memo, text, special, ids, places)?)
            }
            Engine::Foreign { tokenizer, refused, .. } => {
                refuse(refused.as_ref(), text)?;
                let encoding = tokenizer.encode(text, special).map_err(|error| failed(&*error))?;
                ids.extend_from_slice(encoding.get_ids());
                places.extend(encoding.get_offsets().iter().map(|(start, end)| *start..*end));
                Ok(())
            }
        }
    }

    fn encoder(&mut self, tokenizer: &'a SpmTokenizer) -> &mut Encoder<'a> {
        self.encoder.get_or_insert_with(|| tokenizer.encoder())
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if let Some(memo) = self.memo.take() {
            self.tokenizer.give_back(memo);
        }
    }
}

fn failed(error: &(dyn std::error::Error + Send + Sync)) -> TokenFailure {
    TokenFailure::Encode { message: error.to_string() }
}
