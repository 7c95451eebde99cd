//! How long is a text? The one thing every budget, sort and report asks of a tokenizer.
//!
//! Counting keeps no ids and no offsets. Besides a `tokenizer.json`, three plain units can be counted, for people
//! who have no tokenizer at hand; they must be asked for by name, since a silent stand-in would give wrong budgets.

use std::path::Path;

use gristmill_core::Failure;
use tokenizers::Tokenizer;

use crate::failure::TokenFailure;

/// Counts the tokens of texts. Shared between threads.
pub struct TokenCounter {
    unit: Unit,
}

enum Unit {
    Tokens(Box<Tokenizer>),
    Words,
    Chars,
    Bytes,
}

impl TokenCounter {
    /// Loads a `tokenizer.json`. Truncation and padding the file asks for are switched off: they would hide lengths.
    ///
    /// # Errors
    /// `GM_TOKEN_UNREADABLE`, `GM_TOKEN_INVALID`.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Failure> {
        let path = path.as_ref();
        let bytes = std::fs::read(path)
            .map_err(|source| TokenFailure::Unreadable { path: path.to_owned(), source })?;
        Self::from_json(&bytes).map_err(|message| {
            TokenFailure::Invalid { path: path.to_owned(), message: message.to_string() }.into()
        })
    }

    fn from_json(bytes: &[u8]) -> tokenizers::Result<Self> {
        let mut tokenizer = Tokenizer::from_bytes(bytes)?;
        tokenizer.with_truncation(None)?;
        tokenizer.with_padding(None);
        Ok(Self { unit: Unit::Tokens(Box::new(tokenizer)) })
    }

    /// What an option says: `words`, `chars`, `bytes`, or the path of a `tokenizer.json`.
    ///
    /// # Errors
    /// As [`TokenCounter::load`].
    pub fn named(name: &str) -> Result<Self, Failure> {
        let unit = match name {
            "words" => Unit::Words,
            "chars" => Unit::Chars,
            "bytes" => Unit::Bytes,
            path => return Self::load(path),
        };
        Ok(Self { unit })
    }

    /// Number of tokens of a text; `add_special` counts those the tokenizer puts around it, such as a begin token.
    ///
    /// # Errors
    /// `GM_TOKEN_ENCODE`; plain units never fail.
    pub fn count(&self, text: &str, add_special: bool) -> Result<usize, Failure> {
        match &self.unit {
            Unit::Tokens(tokenizer) => tokenizer
                .encode_fast(text, add_special)
                .map(|encoding| encoding.len())
                .map_err(|error| TokenFailure::Encode { message: error.to_string() }.into()),
            Unit::Words => Ok(text.split_whitespace().count()),
            Unit::Chars => Ok(text.chars().count()),
            Unit::Bytes => Ok(text.len()),
        }
    }

    /// Counts many texts into `out`, which is not cleared.
    ///
    /// # Errors
    /// As [`TokenCounter::count`], at the first text that fails.
    pub fn count_batch<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        add_special: bool,
        out: &mut Vec<i64>,
    ) -> Result<(), Failure> {
        for text in texts {
            out.push(self.count(text, add_special)? as i64);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::TokenCounter;

    #[test]
    fn plain_units_count_what_they_say() {
        for (unit, want) in [("words", 2), ("chars", 7), ("bytes", 8)] {
            assert_eq!(TokenCounter::named(unit).unwrap().count("née two", false).unwrap(), want, "{unit}");
        }
    }

    #[test]
    fn a_missing_file_and_a_wrong_one_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let absent = TokenCounter::load(folder.path().join("none.json")).err().unwrap();
        assert_eq!(absent.code(), "GM_TOKEN_UNREADABLE");
        let wrong = folder.path().join("tokenizer.json");
        std::fs::write(&wrong, "{\"model\": 1}").unwrap();
        assert_eq!(TokenCounter::load(&wrong).err().unwrap().code(), "GM_TOKEN_INVALID");
    }

    #[test]
    fn is_shared_between_threads() {
        const fn shared<T: Send + Sync>() {}
        shared::<TokenCounter>();
    }
}
