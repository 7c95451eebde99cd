//! How long is a text? The one thing every budget, sort and report asks of a tokenizer.
//!
//! Counting keeps no ids and no offsets. Besides a tokenizer, three plain units can be counted, for people
//! who have no tokenizer at hand; they must be asked for by name, since a silent stand-in would give wrong budgets.

use std::path::Path;

use crate::load::LoadOptions;
use crate::tokenizer::Tokenizer;
use crate::worker::Worker;
use gristmill_core::Failure;

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
    /// Loads a tokenizer, whichever format it has; see [`Tokenizer::load`].
    ///
    /// # Errors
    /// As [`Tokenizer::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Failure> {
        Ok(Self { unit: Unit::Tokens(Box::new(Tokenizer::load(path, &LoadOptions::default())?)) })
    }

    /// Counts with a tokenizer that is loaded already.
    #[must_use]
    pub fn of(tokenizer: Tokenizer) -> Self {
        Self { unit: Unit::Tokens(Box::new(tokenizer)) }
    }

    /// What an option says: `words`, `chars`, `bytes`, or the path of a tokenizer.
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

    /// Counts for one thread; faster than [`TokenCounter::count`] for many texts.
    #[must_use]
    pub fn worker(&self) -> CountWorker<'_> {
        match &self.unit {
            Unit::Tokens(tokenizer) => CountWorker(At::Tokens(Box::new(tokenizer.worker()))),
            unit => CountWorker(At::Plain(unit)),
        }
    }

    /// Number of tokens of a text; `add_special` counts those the tokenizer puts around it, such as a begin token.
    ///
    /// # Errors
    /// `GM_TOKEN_ENCODE`; plain units never fail.
    pub fn count(&self, text: &str, add_special: bool) -> Result<usize, Failure> {
        self.worker().count(text, add_special)
    }
}

/// A counter at work in one thread.
pub struct CountWorker<'a>(At<'a>);

enum At<'a> {
    Tokens(Box<Worker<'a>>),
    Plain(&'a Unit),
}

impl CountWorker<'_> {
    /// As [`TokenCounter::count`].
    ///
    /// # Errors
    /// As there.
    pub fn count(&mut self, text: &str, add_special: bool) -> Result<usize, Failure> {
        match &mut self.0 {
            At::Tokens(worker) => worker.count(text, add_special),
            At::Plain(Unit::Words) => Ok(text.split_whitespace().count()),
            At::Plain(Unit::Chars) => Ok(text.chars().count()),
            At::Plain(Unit::Bytes | Unit::Tokens(_)) => Ok(text.len()),
        }
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
