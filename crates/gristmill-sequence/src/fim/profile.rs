//! Names of the tokens by family of models.

use serde::Deserialize;

/// A family of models with token names of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// `<|fim_prefix|>` and its like.
    #[default]
    Default,
    /// `<fim-prefix>`: `SantaCoder`.
    Santacoder,
    /// `<fim_prefix>`: `StarCoder` and `StarCoder2`.
    Starcoder,
    /// `<｜fim▁begin｜>`, `<｜fim▁hole｜>`, `<｜fim▁end｜>`; prefix, suffix, middle only: DeepSeek-Coder.
    Deepseek,
    /// As the default: Qwen2.5-Coder.
    Qwen,
}

/// The tokens around the pieces.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Before the prefix.
    pub prefix: String,
    /// Before the suffix.
    pub suffix: String,
    /// Before the middle.
    pub middle: String,
    /// A hole of several, with `{n}` for its number.
    pub hole: String,
}

impl Profile {
    /// The names of this family.
    #[must_use]
    pub fn tokens(self) -> Tokens {
        let [prefix, suffix, middle, hole] = match self {
            Self::Default | Self::Qwen => {
                ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_hole_{n}|>"]
            }
            Self::Santacoder => ["<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<fim-hole-{n}>"],
            Self::Starcoder => ["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_hole_{n}>"],
            Self::Deepseek => ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜fim▁hole▁{n}｜>"],
        };
        Tokens {
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
            middle: middle.to_owned(),
            hole: hole.to_owned(),
        }
    }

    /// Whether its models were trained on suffix-prefix-middle as well.
    #[must_use]
    pub const fn takes_spm(self) -> bool {
        !matches!(self, Self::Deepseek)
    }
}

impl Tokens {
    /// The token of hole `n`.
    #[must_use]
    pub fn hole(&self, n: usize) -> String {
        self.hole.replace("{n}", &n.to_string())
    }

    /// Whether a text holds one of the tokens, so that it could not be told from one that was rearranged.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        let hole = self.hole.split("{n}").next().unwrap_or_default();
        [self.prefix.as_str(), &self.suffix, &self.middle, hole]
            .iter()
            .any(|token| !token.is_empty() && text.contains(token))
    }
}
