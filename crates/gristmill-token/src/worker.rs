//! A tokenizer at work in one thread, with what it remembers.

use std::ops::Range;

use gristmill_core::Failure;

use crate::bpe::Memo;
use crate::failure::TokenFailure;
use crate::tokenizer::{Engine, Tokenizer, refuse};

/// Encodes for one thread. Faster than the methods of [`Tokenizer`] for many texts.
pub struct Worker<'a> {
    pub(crate) tokenizer: &'a Tokenizer,
    pub(crate) memo: Option<Memo>,
}

impl Worker<'_> {
    /// As [`Tokenizer::encode_into`].
    ///
    /// # Errors
    /// As there.
    pub fn encode_into(&mut self, text: &str, special: bool, out: &mut Vec<u32>) -> Result<(), Failure> {
        match &self.tokenizer.engine {
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
        match &self.tokenizer.engine {
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
        match &self.tokenizer.engine {
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
