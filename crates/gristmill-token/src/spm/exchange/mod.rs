//! From a model to the files of Hugging Face's libraries, and back, where both can say the same.
//!
//! What has no counterpart is refused and named. What the other side leaves to whoever loads it is told in the notes.

mod folder;
mod from_json;
mod names;
mod normal_form;
mod to_json;

use std::collections::BTreeMap;

use serde_json::Value;

use super::failure::SpmFailure;
use super::model::SpmModel;
use super::vocab::write_vocab;

/// Files by name, and what they cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// Files by name.
    pub files: BTreeMap<&'static str, Vec<u8>>,
    /// What whoever loads the files must know.
    pub notes: Vec<String>,
}

impl Exchanged {
    fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

/// What stands beside a `tokenizer.json`, as far as it is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// `special_tokens_map.json`.
    pub special_tokens_map: Option<&'a Value>,
    /// `tokenizer_config.json`, which has the last word.
    pub tokenizer_config: Option<&'a Value>,
}

impl SpmModel {
    /// `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json` that give the same ids.
    pub fn to_hugging_face(&self) -> Result<Exchanged, SpmFailure> {
        let mut out = Exchanged::default();
        let json = to_json::tokenizer_json(self, &mut out)?;
        folder::write(&json, &names::of_model(self), &mut out);
        Ok(out)
    }

    /// `tokenizer.model` and `tokenizer.vocab` that give the same ids as a `tokenizer.json`.
    pub fn from_hugging_face(tokenizer: &Value, beside: Beside<'_>) -> Result<Exchanged, SpmFailure> {
        let mut out = Exchanged::default();
        let names = names::beside(beside).or(names::of_json(tokenizer));
        from_json::model(tokenizer, &names, &mut out)?.write_files(&mut out);
        Ok(out)
    }

    /// `tokenizer.model` and `tokenizer.vocab` of this model.
    #[must_use]
    pub fn to_sentence_piece(&self) -> Exchanged {
        let mut out = Exchanged::default();
        self.write_files(&mut out);
        out
    }

    fn write_files(&self, out: &mut Exchanged) {
        out.files.insert("tokenizer.model", self.write());
        out.files.insert("tokenizer.vocab", write_vocab(self).into_bytes());
    }
}

/// The three files for a `tokenizer.json` of any kind. The roles of its tokens are those the files beside it give, or
/// the usual ones.
#[must_use]
pub fn hugging_face_folder(tokenizer: &Value, beside: Beside<'_>) -> Exchanged {
    let mut out = Exchanged::default();
    folder::write(tokenizer, &names::beside(beside).or(names::of_json(tokenizer)), &mut out);
    out
}
