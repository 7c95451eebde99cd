//! Messages as JSON: `[{"role": …, "content": …}]`, or `from` and `value` as `ShareGPT` has them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::dialogue::{Message, Refusal, RoleWords};

/// The two spellings of a message's keys.
pub(crate) const KEYS: [(&str, &str); 2] = [("role", "content"), ("from", "value")];

/// How messages are read.
pub(crate) struct MessageRules {
    /// Words of the roles.
    pub(crate) words: RoleWords,
    /// Keys of a message that may be lost.
    pub(crate) ignore: Vec<String>,
}

impl MessageRules {
    /// Refuses a key whose value would be lost, unless the value says nothing.
    pub(crate) fn lose(&self, key: &str, says_nothing: bool) -> Result<(), Refusal> {
        if says_nothing || self.ignore.iter().any(|known| known == key) {
            return Ok(());
        }
        Err(Refusal::new("unknown_field", key))
    }
}

/// The messages of a JSON array.
pub(crate) fn read(text: &str, rules: &MessageRules) -> Result<Vec<Message<'static>>, Refusal> {
    match serde_json::from_str(text) {
        Ok(Value::Array(items)) => items.into_iter().map(|item| message(item, rules)).collect(),
        Ok(_) => Err(Refusal::new("not_messages", "no_array")),
        Err(_) => Err(Refusal::new("not_messages", "no_json")),
    }
}

fn message(item: Value, rules: &MessageRules) -> Result<Message<'static>, Refusal> {
    let Value::Object(mut fields) = item else { return Err(Refusal::new("not_messages", "no_object")) };
    let (role, content) = *KEYS
        .iter()
        .find(|(role, _)| fields.contains_key(*role))
        .ok_or_else(|| Refusal::new("missing_field", "role"))?;
    let Some(Value::String(word)) = fields.remove(role) else {
        return Err(Refusal::new("missing_field", role));
    };
    let role = rules.words.role(&word)?;
    let content = match fields.remove(content) {
        Some(Value::String(text)) => text,
        Some(Value::Array(parts)) => joined(parts)?,
        None | Some(Value::Null) => return Err(Refusal::new("missing_field", content)),
        Some(_) => return Err(Refusal::new("content_not_text", "")),
    };
    for (key, value) in &fields {
        rules.lose(key, says_nothing(key, value))?;
    }
    Ok(Message { role, content: Cow::Owned(content) })
}

/// A content in parts, if all of them are text.
fn joined(parts: Vec<Value>) -> Result<String, Refusal> {
    let mut text = String::new();
    for part in parts {
        match part {
            Value::String(piece) => text.push_str(&piece),
            Value::Object(part) if is_text(&part) => {
                text.push_str(part.get("text").and_then(Value::as_str).unwrap_or_default());
            }
            _ => return Err(Refusal::new("content_not_text", "part")),
        }
    }
    Ok(text)
}

fn is_text(part: &Map<String, Value>) -> bool {
    part.get("type").is_none_or(|kind| kind == "text") && part.get("text").is_some_and(Value::is_string)
}

/// A weight of one is what a message has without it.
fn says_nothing(key: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Number(number) => key == "weight" && number.as_f64() == Some(1.0),
        Value::Bool(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialogue::Role;
    use super::*;

    fn outcome(text: &str) -> Result<Vec<(Role, String)>, (&'static str, String)> {
        let rules = MessageRules { words: RoleWords::with([]).unwrap(), ignore: vec!["name".to_owned()] };
        let messages = read(text, &rules).map_err(|r| (r.reason, r.rule))?;
        Ok(messages.into_iter().map(|m| (m.role, m.content.into_owned())).collect())
    }

    #[test]
    fn read_both_spellings() {
        let hi = Ok(vec![(Role::User, "hi".to_owned())]);
        for text in [
            r#"[{"role":"user","content":"hi"}]"#,
            r#"[{"content":"hi","role":"user","name":"ann","weight":1,"tool_calls":[]}]"#,
            r#"[{"from":"human","value":"hi"}]"#,
            r#"[{"role":"user","content":[{"type":"text","text":"h"},{"type":"text","text":"i"}]}]"#,
        ] {
            assert_eq!(outcome(text), hi, "{text}");
        }
    }

    #[test]
    fn refuse_what_would_be_lost() {
        for (text, reason, rule) in [
            ("{}", "not_messages", "no_array"),
            ("[{]", "not_messages", "no_json"),
            ("[1]", "not_messages", "no_object"),
            (r#"[{"content":"hi"}]"#, "missing_field", "role"),
            (r#"[{"role":"user"}]"#, "missing_field", "content"),
            (r#"[{"role":"assistant","content":null}]"#, "missing_field", "content"),
            (r#"[{"role":7,"content":"x"}]"#, "missing_field", "role"),
            (r#"[{"from":"narrator","value":"x"}]"#, "unknown_role", "narrator"),
            (r#"[{"role":"user","content":"x","weight":0}]"#, "unknown_field", "weight"),
            (r#"[{"role":"user","content":"x","tool_calls":[{"id":1}]}]"#, "unknown_field", "tool_calls"),
            (r#"[{"role":"user","content":5}]"#, "content_not_text", ""),
            (r#"[{"role":"user","content":[{"type":"image_url"}]}]"#, "content_not_text", "part"),
        ] {
            assert_eq!(outcome(text), Err((reason, rule.to_owned())), "{text}");
        }
    }
}
