//! What a `tokenizer_config.json` says about chats: the template and the special tokens.

use std::path::Path;

use serde_json::{Map, Value};

use super::failure::FormatFailure;

/// The names under which special tokens stand in the file and in templates.
const TOKENS: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// A template with the tokens it may name.
#[derive(Debug, Default)]
pub(crate) struct TokenizerConfig {
    /// Source of the template.
    pub(crate) template: String,
    /// Variables of the template, by name.
    pub(crate) tokens: Vec<(String, String)>,
    /// Texts that a tokenizer reads as one token each.
    pub(crate) special: Vec<String>,
}

impl TokenizerConfig {
    /// Reads a `.json` file, or anything else as a template alone.
    pub(crate) fn load(path: &Path, name: &str) -> Result<Self, FormatFailure> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| FormatFailure::Unreadable { path: path.to_owned(), source })?;
        if path.extension().is_none_or(|end| !end.eq_ignore_ascii_case("json")) {
            return Ok(Self { template: text, ..Self::default() });
        }
        Self::parse(&text, name).map_err(|detail| FormatFailure::NotConfig { path: path.to_owned(), detail })
    }

    fn parse(text: &str, name: &str) -> Result<Self, String> {
        let config: Map<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let template = template(config.get("chat_template"), name)?;
        let mut tokens = Vec::new();
        for key in TOKENS {
            if let Some(text) = config.get(key).and_then(token) {
                tokens.push((key.to_owned(), text.to_owned()));
            }
        }
        let mut special: Vec<String> = tokens.iter().map(|(_, text)| text.clone()).collect();
        let more = config.get("additional_special_tokens").and_then(Value::as_array);
        special.extend(more.into_iter().flatten().filter_map(token).map(str::to_owned));
        let added = config.get("added_tokens_decoder").and_then(Value::as_object);
        let added = added.into_iter().flat_map(Map::values);
        let added = added.filter(|entry| entry.get("special").and_then(Value::as_bool) == Some(true));
        special.extend(added.filter_map(token).map(str::to_owned));
        Ok(Self { template, tokens, special })
    }
}

/// The template itself, or the one of that name where there are several.
fn template(value: Option<&Value>, name: &str) -> Result<String, String> {
    match value {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(several)) => {
            let is_it = |entry: &&Value| entry.get("name").and_then(Value::as_str) == Some(name);
            let found =
                several.iter().find(is_it).and_then(|entry| entry.get("template")).and_then(Value::as_str);
            found.map(str::to_owned).ok_or_else(|| {
                let names: Vec<&str> =
                    several.iter().filter_map(|entry| entry.get("name").and_then(Value::as_str)).collect();
                format!("no template is called `{name}`; there are: {}", names.join(", "))
            })
        }
        _ => Err("the key `chat_template` is missing".to_owned()),
    }
}

/// A token is a text, or an object with the text as `content`.
fn token(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("content").and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::TokenizerConfig;

    #[test]
    fn tokens_in_both_spellings() {
        let config = TokenizerConfig::parse(
            r#"{"chat_template": "x", "bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null,
                "additional_special_tokens": ["<a>"],
                "added_tokens_decoder": {"7": {"content": "<b>", "special": true}, "8": {"content": "word"}}}"#,
            "default",
        )
        .unwrap();
        assert_eq!(config.template, "x");
        assert_eq!(config.tokens, [("bos_token".into(), "<s>".into()), ("eos_token".into(), "</s>".into())]);
        assert_eq!(config.special, ["<s>", "</s>", "<a>", "<b>"]);
    }

    #[test]
    fn several_templates() {
        let text =
            r#"{"chat_template": [{"name": "default", "template": "x"}, {"name": "rag", "template": "y"}]}"#;
        assert_eq!(TokenizerConfig::parse(text, "rag").unwrap().template, "y");
        let missing = TokenizerConfig::parse(text, "tools").unwrap_err();
        assert!(missing.contains("default, rag"), "{missing}");
        assert!(TokenizerConfig::parse("{}", "default").unwrap_err().contains("chat_template"));
    }
}
