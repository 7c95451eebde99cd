//! The three files of a Hugging Face folder.

use serde_json::{Map, Value, json};

use super::Exchanged;
use super::names::{Names, ROLES};

/// Writes `tokenizer.json` with its configuration.
pub(super) fn write(tokenizer: &Value, names: &Names, out: &mut Exchanged) {
    out.files.insert("tokenizer.json", pretty(tokenizer).into_bytes());
    let added = tokenizer["added_tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut config = Map::new();
    let mut map = Map::new();
    let mut decoder = Map::new();
    for token in added {
        let flag = |name: &str| token[name].as_bool().unwrap_or(false);
        decoder.insert(
            token["id"].to_string(),
            json!({
                "content": token["content"],
                "lstrip": flag("lstrip"),
                "normalized": flag("normalized"),
                "rstrip": flag("rstrip"),
                "single_word": flag("single_word"),
                "special": flag("special"),
            }),
        );
    }
    config.insert("added_tokens_decoder".into(), Value::Object(decoder));
    let others: Vec<&str> = added
        .iter()
        .filter(|token| token["special"] == true)
        .filter_map(|token| token["content"].as_str())
        .filter(|content| !ROLES.iter().any(|role| names.get(role) == Some(*content)))
        .collect();
    for role in ROLES {
        if let Some(token) = names.get(role) {
            config.insert(role.into(), token.into());
            map.insert(role.into(), token.into());
        }
    }
    if !others.is_empty() {
        config.insert("additional_special_tokens".into(), json!(others));
        map.insert("additional_special_tokens".into(), json!(others));
    }
    config.insert("clean_up_tokenization_spaces".into(), false.into());
    // The class that takes everything from `tokenizer.json`.
    config.insert("tokenizer_class".into(), "PreTrainedTokenizerFast".into());
    out.files.insert("tokenizer_config.json", pretty(&Value::Object(config)).into_bytes());
    out.files.insert("special_tokens_map.json", pretty(&Value::Object(map)).into_bytes());
}

fn pretty(json: &Value) -> String {
    format!("{json:#}\n")
}
