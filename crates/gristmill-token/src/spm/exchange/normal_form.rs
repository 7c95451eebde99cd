//! What a `tokenizer.json` does to text before it is split, if a `SentencePiece` model can do the same.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::spm::NormalForm;

const SPACE: &str = "\u{2581}";

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own that may be said")]
struct Found {
    charsmap: Vec<u8>,
    strip_left: bool,
    strip_right: bool,
    collapse: bool,
    prepend: bool,
    metaspace_prepends: bool,
    split: bool,
}

fn stages<'a>(value: &'a Value, list: &str) -> Vec<&'a Value> {
    match value {
        Value::Null => Vec::new(),
        value => match value[list].as_array() {
            Some(parts) => parts.iter().flat_map(|part| stages(part, list)).collect(),
            None => vec![value],
        },
    }
}

/// The normal form, and whether text is split at spaces; else the part that has no counterpart.
pub(super) fn read(json: &Value) -> Result<(NormalForm, bool), String> {
    let mut found = Found::default();
    for stage in stages(&json["normalizer"], "normalizers") {
        normalizer(stage, &mut found)?;
    }
    for stage in stages(&json["pre_tokenizer"], "pretokenizers") {
        pre_tokenizer(stage, &mut found)?;
    }
    // A space in front that was not stripped takes the place of the one that would be put there.
    let left = found.strip_left || (found.metaspace_prepends && found.collapse);
    let remove_extra = found.collapse && found.strip_right && left;
    if !remove_extra && (found.collapse || found.strip_left || found.strip_right) {
        return Err("that it takes away some of the extra spaces but not all has no counterpart".into());
    }
    if !remove_extra && found.metaspace_prepends {
        return Err("that a space is put in front only where there is none has no counterpart".into());
    }
    let form = NormalForm {
        charsmap: found.charsmap,
        add_dummy_prefix: found.prepend || found.metaspace_prepends,
        remove_extra_whitespaces: remove_extra,
    };
    Ok((form, found.split))
}

fn normalizer(stage: &Value, found: &mut Found) -> Result<(), String> {
    let content = stage["content"].as_str().unwrap_or_default();
    let pattern = &stage["pattern"];
    match stage["type"].as_str().unwrap_or_default() {
        "Precompiled" if found.charsmap.is_empty() => {
            let map = stage["precompiled_charsmap"].as_str().and_then(|map| BASE64_STANDARD.decode(map).ok());
            found.charsmap = map.ok_or("its character map is damaged")?;
        }
        "Strip" => {
            found.strip_left |= stage["strip_left"] != false;
            found.strip_right |= stage["strip_right"] != false;
        }
        "Prepend" if stage["prepend"] == SPACE => found.prepend = true,
        "Replace" if pattern["Regex"] == " {2,}" && matches!(content, " " | SPACE) => found.collapse = true,
        "Replace" if pattern["Regex"] == r"\A +| +\z" && content.is_empty() => {
            found.strip_left = true;
            found.strip_right = true;
        }
        "Replace" if pattern["Regex"] == r" +\z" && content.is_empty() => found.strip_right = true,
        "Replace" if pattern["String"] == " " && content == SPACE => {}
        other => return Err(format!("its normaliser {other} has no counterpart")),
    }
    Ok(())
}

fn pre_tokenizer(stage: &Value, found: &mut Found) -> Result<(), String> {
    match stage["type"].as_str().unwrap_or_default() {
        "WhitespaceSplit" => {
            found.collapse = true;
            found.strip_left = true;
            found.strip_right = true;
            found.split = true;
        }
        "Metaspace" if stage["replacement"] == SPACE => {
            let scheme = stage["prepend_scheme"].as_str();
            found.metaspace_prepends = match scheme {
                Some(scheme) => scheme != "never",
                None => stage["add_prefix_space"] != false,
            };
            found.split |= stage["split"] != false;
        }
        other => return Err(format!("its pre-tokeniser {other} has no counterpart")),
    }
    Ok(())
}
