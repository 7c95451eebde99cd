//! Which tokens begin, end, pad: `tokenizer_config.json`, `special_tokens_map.json`, or what the tokenizer itself says.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Beside;
use crate::spm::{PieceKind, SpmModel};

/// The roles, as both files call them.
pub(super) const ROLES: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// Tokens by their role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    roles: BTreeMap<&'static str, String>,
}

impl Names {
    pub(super) fn get(&self, role: &str) -> Option<&str> {
        self.roles.get(role).map(String::as_str)
    }

    fn set(&mut self, role: &'static str, token: Option<&str>) {
        if let Some(token) = token {
            self.roles.insert(role, token.to_owned());
        }
    }

    /// These, with the unknown token of the others where they name none; the others where these name nothing.
    pub(super) fn or(mut self, others: Self) -> Self {
        if self.roles.is_empty() {
            return others;
        }
        if let (None, Some(unknown)) = (self.get("unk_token"), others.get("unk_token")) {
            self.set("unk_token", Some(unknown));
        }
        self
    }

    fn read(&mut self, json: &Value) {
        for role in ROLES {
            let token = match json.get(role) {
                Some(Value::Object(token)) => token.get("content").and_then(Value::as_str),
                other => other.and_then(Value::as_str),
            };
            self.set(role, token);
        }
    }
}

/// What the files beside a tokenizer say; the configuration has the last word.
pub(super) fn beside(files: Beside<'_>) -> Names {
    let mut names = Names::default();
    for json in [files.special_tokens_map, files.tokenizer_config].into_iter().flatten() {
        names.read(json);
    }
    names
}

/// What a `tokenizer.json` alone tells: its unknown token, and special tokens with the usual names.
pub(super) fn of_json(json: &Value) -> Names {
    let mut names = Names::default();
    let model = &json["model"];
    let unknown = match &model["unk_id"] {
        Value::Number(id) => id.as_u64().and_then(|id| model["vocab"][id as usize][0].as_str()),
        _ => model["unk_token"].as_str(),
    };
    names.set("unk_token", unknown);
    let added = json["added_tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
    let special = |name: &str| added.iter().any(|token| token["content"] == name && token["special"] == true);
    let usual: [(&str, &[&str]); 6] = [
        ("bos_token", &["<s>", "<|begin_of_text|>"]),
        ("eos_token", &["</s>", "<|endoftext|>", "<|end_of_text|>"]),
        ("pad_token", &["<pad>", "[PAD]"]),
        ("cls_token", &["[CLS]"]),
        ("sep_token", &["[SEP]"]),
        ("mask_token", &["<mask>", "[MASK]"]),
    ];
    for (role, tokens) in usual {
        names.set(role, tokens.iter().copied().find(|token| special(token)));
    }
    names
}

/// The marks of a model.
pub(super) fn of_model(model: &SpmModel) -> Names {
    let mut names = Names::default();
    let of_kind = |kind| model.pieces.iter().find(move |piece| piece.kind == kind);
    names.set("unk_token", of_kind(PieceKind::Unknown).map(|piece| piece.text.as_str()));
    for (role, text) in model.marks() {
        if model.pieces.iter().any(|piece| piece.kind == PieceKind::Control && piece.text == text) {
            names.set(role, Some(text));
        }
    }
    names
}
