//! Normaliser and pre-tokeniser of a `tokenizer.json`, as far as our own engine has them.

use serde::Deserialize;
use serde_json::Value;

use super::stage;
use crate::normal::Form;
use crate::split::{Keep, Preset, Stage};

/// The normal form; an error says what it is that we do not have.
pub(crate) fn form(normalizer: Option<&Value>) -> Result<Form, String> {
    let Some(value) = normalizer.filter(|value| !value.is_null()) else { return Ok(Form::None) };
    let parts = match value["normalizers"].as_array() {
        Some(parts) if value["type"] == "Sequence" => parts.as_slice(),
        _ => std::slice::from_ref(value),
    };
    match parts {
        [] => Ok(Form::None),
        [one] => kind(one).and_then(|kind| Form::named(kind).ok_or_else(|| format!("normaliser {kind}"))),
        _ => Err("several normalisers".to_owned()),
    }
}

#[derive(Deserialize)]
struct ByteLevel {
    #[serde(default = "yes")]
    add_prefix_space: bool,
    #[serde(default = "yes")]
    use_regex: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Split {
    pattern: SplitPattern,
    behavior: String,
    #[serde(default)]
    invert: bool,
}

#[derive(Deserialize)]
enum SplitPattern {
    Regex(String),
    String(String),
}

/// The splits; an error says what it is that we do not have.
pub(crate) fn stages(pre_tokenizer: Option<&Value>) -> Result<Vec<Stage>, String> {
    let value =
        pre_tokenizer.filter(|value| !value.is_null()).ok_or_else(|| "no pre-tokeniser".to_owned())?;
    let parts = match value["pretokenizers"].as_array() {
        Some(parts) if value["type"] == "Sequence" => parts.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let Some((last, before)) = parts.split_last() else { return Err("no pre-tokeniser".to_owned()) };
    let mut stages = before.iter().map(one).collect::<Result<Vec<Stage>, String>>()?;
    if kind(last)? != "ByteLevel" {
        return Err(format!("pre-tokeniser {} where bytes are expected", kind(last)?));
    }
    let bytes = ByteLevel::deserialize(last).map_err(|error| error.to_string())?;
    if bytes.add_prefix_space {
        return Err("a space is put in front of the text".to_owned());
    }
    if bytes.use_regex {
        stages.extend(Preset::Gpt2.stages());
    }
    Ok(stages)
}

fn one(value: &Value) -> Result<Stage, String> {
    match kind(value)? {
        "Split" => {
            let split = Split::deserialize(value).map_err(|error| error.to_string())?;
            let keep = match (split.behavior.as_str(), split.invert) {
                ("Isolated", _) => Keep::Both,
                ("Removed", true) => Keep::Matches,
                ("Removed", false) => Keep::Gaps,
                (behavior, _) => return Err(format!("split behaviour {behavior}")),
            };
            match split.pattern {
                SplitPattern::Regex(pattern) => stage(&pattern, keep),
                SplitPattern::String(text) => stage(&regex_syntax::escape(&text), keep),
            }
        }
        "Digits" => {
            let most = if value["individual_digits"] == true { 1 } else { usize::MAX };
            Ok(Stage::Numbers { most })
        }
        other => Err(format!("pre-tokeniser {other}")),
    }
}

fn kind(value: &Value) -> Result<&str, String> {
    value["type"].as_str().ok_or_else(|| "a part without a type".to_owned())
}
