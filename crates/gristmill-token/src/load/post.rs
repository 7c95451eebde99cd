//! Tokens that are put around a text, from the post-processor of a `tokenizer.json`.

use serde_json::Value;

/// Ids before and after; an error says what it is that we do not have.
pub(crate) fn around(post: Option<&Value>) -> Result<[Vec<u32>; 2], String> {
    let Some(value) = post.filter(|value| !value.is_null()) else { return Ok([Vec::new(), Vec::new()]) };
    let missing = |what: &str| format!("post-processor {what}");
    match value["type"].as_str().unwrap_or_default() {
        // Only moves offsets.
        "ByteLevel" => Ok([Vec::new(), Vec::new()]),
        "Sequence" => {
            let mut around = [Vec::new(), Vec::new()];
            for part in value["processors"].as_array().into_iter().flatten() {
                let [mut before, after] = self::around(Some(part))?;
                before.append(&mut around[0]);
                around[0] = before;
                around[1].extend(after);
            }
            Ok(around)
        }
        "TemplateProcessing" => template(value).ok_or_else(|| missing("with another template")),
        "RobertaProcessing" | "BertProcessing" => {
            let id = |name: &str| value[name][1].as_u64().and_then(|id| u32::try_from(id).ok());
            match (id("cls"), id("sep")) {
                (Some(cls), Some(sep)) => Ok([vec![cls], vec![sep]]),
                _ => Err(missing("without ids")),
            }
        }
        other => Err(missing(other)),
    }
}

fn template(value: &Value) -> Option<[Vec<u32>; 2]> {
    let mut around = [Vec::new(), Vec::new()];
    let mut texts = 0;
    for part in value["single"].as_array()? {
        if let Some(name) = part["SpecialToken"]["id"].as_str() {
            let ids = value["special_tokens"][name]["ids"].as_array()?;
            for id in ids {
                around[texts.min(1)].push(u32::try_from(id.as_u64()?).ok()?);
            }
        } else if part["Sequence"]["id"] == "A" {
            texts += 1;
        } else {
            return None;
        }
    }
    (texts == 1).then_some(around)
}
