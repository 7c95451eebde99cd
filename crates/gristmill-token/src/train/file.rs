//! What training gives, and the `tokenizer.json` of it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::byte_level::char_of;

/// A trained vocabulary with its merges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trained {
    /// Tokens in printable characters, by id.
    pub vocab: Vec<String>,
    /// Ids that merge, in the order of their ranks.
    pub merges: Vec<(u32, u32)>,
    /// How many of the first tokens are special.
    pub specials: usize,
}

impl Trained {
    pub(crate) fn new(tokens: Vec<Vec<u8>>, specials: Vec<(String, u32)>, merges: &[(u32, u32)]) -> Self {
        let mut vocab: Vec<String> =
            tokens.into_iter().map(|token| token.into_iter().map(char_of).collect()).collect();
        let count = specials.len();
        for (special, id) in specials {
            vocab[id as usize] = special;
        }
        // A pair that was merged twice has the later rank.
        let last: HashMap<(u32, u32), usize> =
            merges.iter().enumerate().map(|(rank, pair)| (*pair, rank)).collect();
        let kept = merges.iter().enumerate().filter(|(rank, pair)| last[pair] == *rank);
        Self { vocab, merges: kept.map(|(_, pair)| *pair).collect(), specials: count }
    }

    /// The whole `tokenizer.json`, with the `pre_tokenizer` of the split it was trained with.
    #[must_use]
    pub fn tokenizer_json(&self, pre_tokenizer: &Value) -> Value {
        let vocab: Map<String, Value> =
            self.vocab.iter().zip(0_u32..).map(|(token, id)| (token.clone(), json!(id))).collect();
        let name = |id: &u32| &self.vocab[*id as usize];
        let merges: Vec<Value> =
            self.merges.iter().map(|(left, right)| json!([name(left), name(right)])).collect();
        let added: Vec<Value> = self.vocab[..self.specials].iter().zip(0_u32..).map(added).collect();
        json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": added,
            "normalizer": null,
            "pre_tokenizer": pre_tokenizer,
            "post_processor": null,
            "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
            "model": {
                "type": "BPE",
                "dropout": null,
                "unk_token": null,
                "continuing_subword_prefix": null,
                "end_of_word_suffix": null,
                "fuse_unk": false,
                "byte_fallback": false,
                "ignore_merges": false,
                "vocab": vocab,
                "merges": merges,
            },
        })
    }
}

pub(super) fn added((content, id): (&String, u32)) -> Value {
    json!({
        "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true,
    })
}
