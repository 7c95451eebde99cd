//! Decoding while ids arrive: characters come out whole.

use std::ops::Deref;

use gristmill_core::Failure;

use crate::failure::TokenFailure;
use crate::spelling::take_text;
use crate::spm::{Decoding, PieceKind, SpmTokenizer};
use crate::tokenizer::{Engine, Tokenizer};

/// Text of ids that arrive one by one. `T` is a reference to the tokenizer, or a shared handle.
pub struct StreamDecoder<T> {
    tokenizer: T,
    skip_special: bool,
    bytes: Vec<u8>,
    pieces: Decoding,
    /// For tokenizers whose text is known only as a whole: all ids, and the text given so far.
    ids: Vec<u32>,
    given: usize,
}

impl<T: Deref<Target = Tokenizer>> StreamDecoder<T> {
    /// Begins a text.
    #[must_use]
    pub fn new(tokenizer: T, skip_special: bool) -> Self {
        Self {
            tokenizer,
            skip_special,
            bytes: Vec::new(),
            pieces: Decoding::new(),
            ids: Vec::new(),
            given: 0,
        }
    }

    /// The text that this id completes; half a character waits for the next id.
    ///
    /// # Errors
    /// `GM_TOKEN_UNKNOWN_ID`, `GM_TOKEN_DECODE`.
    pub fn push(&mut self, id: u32) -> Result<String, Failure> {
        match &self.tokenizer.engine {
            Engine::Native(_) => {
                self.tokenizer.spell(id, self.skip_special, &mut self.bytes)?;
                Ok(take_text(&mut self.bytes, false))
            }
            Engine::SentencePiece(tokenizer) if !tokenizer.denormalizes() => {
                let mut text = String::new();
                if !(self.skip_special && is_unknown(tokenizer, id)) {
                    self.pieces.push(tokenizer, id, &mut text)?;
                }
                Ok(text)
            }
            Engine::SentencePiece(_) | Engine::Foreign { .. } => {
                self.ids.push(id);
                self.fresh(false)
            }
        }
    }

    /// What is left at the end: bytes that never became a character are U+FFFD.
    ///
    /// # Errors
    /// `GM_TOKEN_DECODE`.
    pub fn finish(mut self) -> Result<String, Failure> {
        match &self.tokenizer.engine {
            Engine::Native(_) => Ok(take_text(&mut self.bytes, true)),
            Engine::SentencePiece(tokenizer) if !tokenizer.denormalizes() => {
                let mut text = String::new();
                self.pieces.finish(&mut text);
                Ok(text)
            }
            Engine::SentencePiece(_) | Engine::Foreign { .. } => self.fresh(true),
        }
    }

    /// Decodes everything again and gives what is new: other tokenizers may join tokens with spaces or drop some.
    fn fresh(&mut self, last: bool) -> Result<String, Failure> {
        let text = self.tokenizer.decode(&self.ids, self.skip_special)?;
        let whole = if last { text.as_str() } else { text.trim_end_matches(char::REPLACEMENT_CHARACTER) };
        let fresh = whole.get(self.given.min(whole.len())..).ok_or_else(|| TokenFailure::Decode {
            message: "text that was given out has changed".to_owned(),
        })?;
        self.given += fresh.len();
        Ok(fresh.to_owned())
    }
}

fn is_unknown(tokenizer: &SpmTokenizer, id: u32) -> bool {
    tokenizer.model().pieces.get(id as usize).is_some_and(|piece| piece.kind == PieceKind::Unknown)
}
