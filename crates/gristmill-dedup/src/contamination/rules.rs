//! What counts as a piece of a benchmark, and the options that say so.

use serde::Deserialize;

use super::tokens::TokenKind;

/// What made a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A whole text of the item: its docstring, its solution.
    Substring,
    /// A run of tokens that is also in the item.
    Ngram,
    /// All tokens of an item that has fewer than such a run.
    Short,
}

impl Rule {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Substring => "substring",
            Self::Ngram => "ngram",
            Self::Short => "short",
        }
    }
}

/// Which benchmarks, and how rows are compared with them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Files of benchmarks.
    pub benchmarks: Vec<String>,
    /// Columns of the items.
    pub fields: Fields,
    /// What tokens are.
    pub tokens: TokenKind,
    /// Rules that count.
    pub rules: Vec<Rule>,
    /// Tokens of a run.
    pub n: usize,
    /// Words that a run needs to count.
    pub min_words: usize,
    /// Characters that a text needs to count, in its normal form.
    pub min_chars: usize,
}

/// Columns of benchmark files; where none is named they are guessed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// What names an item.
    pub id: Option<String>,
    /// The task, its docstring in triple quotes or alone.
    pub prompt: Option<String>,
    /// The answer.
    pub solution: Option<String>,
    /// The docstring, where it has a column of its own.
    pub docstring: Option<String>,
    /// Texts that are none of these.
    pub texts: Vec<String>,
}

/// Items with fewer tokens are no evidence of anything.
pub const FEWEST_TOKENS: usize = 3;

impl Settings {
    /// Whether a rule counts.
    #[must_use]
    pub fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }
}
