//! How a corpus is cut into words. What cuts is read from the very part of the `tokenizer.json` that will say so,
//! so that training and use never differ.

use serde_json::{Value, json};

use crate::failure::TokenFailure;
use crate::load::pre_tokenizer_stages;
use crate::split::{Keep, Pattern, Preset, Splitter};

/// A split with its description.
pub struct TrainSplit {
    pre_tokenizer: Value,
    pub(super) splitter: Splitter,
}

impl TrainSplit {
    /// A split by the name of a [`Preset`] or by a pattern; with `digits` every digit is a word of its own.
    ///
    /// # Errors
    /// `GM_TOKEN_BAD_SPLIT`.
    pub fn new(split: &str, digits: bool) -> Result<Self, TokenFailure> {
        let bad = |message| TokenFailure::BadSplit { split: split.to_owned(), message };
        let mut parts =
            if digits { vec![json!({"type": "Digits", "individual_digits": true})] } else { Vec::new() };
        if let Some(preset) = Preset::named(split) {
            parts.extend(preset.pre_tokenizers());
        } else {
            Pattern::new(split, Keep::Both).map_err(bad)?;
            parts.push(json!({
                "type": "Split", "pattern": {"Regex": split}, "behavior": "Isolated", "invert": false,
            }));
            parts.push(Preset::bytes(false));
        }
        let pre_tokenizer = match parts.len() {
            1 => parts.remove(0),
            _ => json!({"type": "Sequence", "pretokenizers": parts}),
        };
        Self::of(pre_tokenizer).map_err(bad)
    }

    /// The split of a `pre_tokenizer` as a `tokenizer.json` has it.
    pub(super) fn of(pre_tokenizer: Value) -> Result<Self, String> {
        let splitter = Splitter::new(pre_tokenizer_stages(Some(&pre_tokenizer))?);
        Ok(Self { pre_tokenizer, splitter })
    }

    /// The `pre_tokenizer` of a `tokenizer.json` with this split.
    #[must_use]
    pub fn pre_tokenizer(&self) -> &Value {
        &self.pre_tokenizer
    }
}
