//! The files of a trained tokenizer, as the programs that train models look for them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::file::{Trained, added};
use crate::failure::TokenFailure;

/// Which special tokens have a task.
#[derive(Clone, Debug, Default)]
pub struct FileOptions {
    /// Begin of a text.
    pub bos_token: Option<String>,
    /// End of a text.
    pub eos_token: Option<String>,
    /// What stands for the unknown; byte-level tokenizers know everything.
    pub unk_token: Option<String>,
    /// Fills batches up.
    pub pad_token: Option<String>,
    /// Longest input of the model.
    pub model_max_length: u64,
}

impl Trained {
    /// The files by name: `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json`, `vocab.json` and
    /// `merges.txt`.
    ///
    /// # Errors
    /// `GM_TOKEN_WRITE`, never in practice.
    pub fn files(
        &self,
        pre_tokenizer: &Value,
        options: &FileOptions,
    ) -> Result<BTreeMap<String, String>, TokenFailure> {
        let named = [
            ("bos_token", &options.bos_token),
            ("eos_token", &options.eos_token),
            ("unk_token", &options.unk_token),
            ("pad_token", &options.pad_token),
        ];
        let mut map = Map::new();
        for (name, token) in named {
            if let Some(token) = token {
                map.insert(name.to_owned(), json!(token));
            }
        }
        let others =
            self.vocab[..self.specials].iter().filter(|token| !map.values().any(|one| one == *token));
        let others: Vec<&String> = others.collect();
        map.insert("additional_special_tokens".to_owned(), json!(others));
        let mut config = map.clone();
        let decoder: Map<String, Value> = (0..self.specials)
            .map(|id| {
                let mut entry = added((&self.vocab[id], id as u32));
                if let Some(entry) = entry.as_object_mut() {
                    entry.remove("id");
                }
                (id.to_string(), entry)
            })
            .collect();
        config.insert("added_tokens_decoder".to_owned(), Value::Object(decoder));
        config.insert("clean_up_tokenization_spaces".to_owned(), json!(false));
        config.insert("model_max_length".to_owned(), json!(options.model_max_length));
        config.insert("tokenizer_class".to_owned(), json!("PreTrainedTokenizerFast"));
        let whole = self.tokenizer_json(pre_tokenizer);
        let mut merges = String::from("#version: 0.2\n");
        for (left, right) in &self.merges {
            let _infallible =
                writeln!(merges, "{} {}", self.vocab[*left as usize], self.vocab[*right as usize]);
        }
        Ok(BTreeMap::from([
            ("merges.txt".to_owned(), merges),
            ("special_tokens_map.json".to_owned(), pretty(&Value::Object(map))?),
            ("tokenizer.json".to_owned(), pretty(&whole)?),
            ("tokenizer_config.json".to_owned(), pretty(&Value::Object(config))?),
            ("vocab.json".to_owned(), pretty(&whole["model"]["vocab"])?),
        ]))
    }
}

/// JSON for people to read, with a line end.
pub(crate) fn pretty(value: &Value) -> Result<String, TokenFailure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|source| TokenFailure::Write { message: source.to_string() })?;
    Ok(text + "\n")
}
