//! A dialogue between reading and writing: roles and contents, borrowed from the row.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;
use gristmill_core::chatml::{END, END_OF_TEXT, START};

use super::failure::FormatFailure;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
    Tool,
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [Self::System, Self::User, Self::Assistant, Self::Tool];

    /// The word in `ChatML` and in `messages`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }

    /// The word in `ShareGPT` rows.
    pub(crate) const fn sharegpt_word(self) -> &'static str {
        match self {
            Self::User => "human",
            Self::Assistant => "gpt",
            other => other.word(),
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    pub(crate) role: Role,
    pub(crate) content: Cow<'a, str>,
}

/// Why a row cannot be expressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Stable word, counted.
    pub(crate) reason: &'static str,
    /// What exactly hit, e.g. the unknown role.
    pub(crate) rule: String,
}

impl Refusal {
    pub(crate) fn new(reason: &'static str, rule: impl Into<String>) -> Self {
        Self { reason, rule: rule.into() }
    }
}

/// Words that sources use for the roles.
pub(crate) struct RoleWords(Vec<(String, Role)>);

impl RoleWords {
    /// The usual words, and those of the user, which go first.
    pub(crate) fn with<'a>(
        own: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Result<Self, FormatFailure> {
        let mut words = Vec::new();
        for (word, role) in own {
            let known =
                Role::of_word(role).ok_or_else(|| FormatFailure::UnknownRole { role: role.clone() })?;
            words.push((word.clone(), known));
        }
        for role in Role::ALL {
            words.push((role.word().to_owned(), role));
        }
        words.push(("human".to_owned(), Role::User));
        words.push(("gpt".to_owned(), Role::Assistant));
        Ok(Self(words))
    }

    pub(crate) fn role(&self, word: &str) -> Result<Role, Refusal> {
        let found = self.0.iter().find(|(known, _)| known == word);
        found.map(|&(_, role)| role).ok_or_else(|| Refusal::new("unknown_role", word))
    }
}

/// Tags that must not stand inside a content: whoever trains on the text would read them as turns.
pub(crate) struct Tags {
    words: Vec<String>,
    finder: AhoCorasick,
}

impl Tags {
    /// The tags of `ChatML` and further ones, such as the special tokens of a model.
    pub(crate) fn with(more: impl IntoIterator<Item = String>) -> Result<Self, FormatFailure> {
        let mut words: Vec<String> = [START, END, END_OF_TEXT].map(str::to_owned).into();
        for word in more {
            if !word.is_empty() && !words.contains(&word) {
                words.push(word);
            }
        }
        let finder = AhoCorasick::new(&words).map_err(|source| FormatFailure::Tags { source })?;
        Ok(Self { words, finder })
    }

    /// Refuses a dialogue with a tag in a content.
    pub(crate) fn check(&self, messages: &[Message<'_>]) -> Result<(), Refusal> {
        for message in messages {
            if let Some(hit) = self.finder.find(message.content.as_bytes()) {
                return Err(Refusal::new("tag_in_content", &self.words[hit.pattern().as_usize()]));
            }
        }
        Ok(())
    }
}
