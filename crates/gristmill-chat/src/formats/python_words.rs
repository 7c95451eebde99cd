//! What templates call that Python has and plain Jinja engines have otherwise: methods of strings, blanks as Python
//! counts them, and JSON as Python's library writes it.

use std::fmt::Write;

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};

/// Methods of values.
pub(crate) fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    if let (Some(text), []) = (value.as_str(), args) {
        match name {
            "strip" => return Ok(text.trim_matches(is_blank).into()),
            "lstrip" => return Ok(text.trim_start_matches(is_blank).into()),
            "rstrip" => return Ok(text.trim_end_matches(is_blank).into()),
            _ => {}
        }
    }
    minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args)
}

/// The filter `trim`.
pub(crate) fn trim(text: &Value, chars: Option<&str>) -> Value {
    let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
    match chars {
        Some(chars) => text.trim_matches(|c| chars.contains(c)).into(),
        None => text.trim_matches(is_blank).into(),
    }
}

/// Python counts the four separators of ASCII among the blanks, Unicode does not.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// The filter `tojson`: nothing escaped for HTML, blanks after commas and colons, other scripts as they are.
#[expect(clippy::needless_pass_by_value, reason = "the engine gives options to filters by value")]
pub(crate) fn tojson(value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    let ascii: Option<bool> = options.get("ensure_ascii")?;
    let sorted: Option<bool> = options.get("sort_keys")?;
    options.assert_all_used()?;
    let mut json =
        Json { out: String::new(), indent, ascii: ascii == Some(true), sorted: sorted == Some(true) };
    json.value(value, 0)?;
    Ok(json.out)
}

struct Json {
    out: String,
    indent: Option<usize>,
    ascii: bool,
    sorted: bool,
}

impl Json {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > 100 {
            return Err(Error::new(ErrorKind::BadSerialization, "nested too deep"));
        }
        match value.kind() {
            ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self.out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.out.push_str(&value.to_string()),
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.container(*b"[]", depth, items.len(), |json, at| json.value(&items[at], depth + 1))?;
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sorted {
                    keys.sort();
                }
                self.container(*b"{}", depth, keys.len(), |json, at| {
                    json.string(&keys[at].to_string());
                    json.out.push_str(": ");
                    json.value(&value.get_item(&keys[at])?, depth + 1)
                })?;
            }
            other => {
                return Err(Error::new(ErrorKind::BadSerialization, format!("{other} has no JSON")));
            }
        }
        Ok(())
    }

    fn container(
        &mut self,
        brackets: [u8; 2],
        depth: usize,
        items: usize,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(char::from(brackets[0]));
        for at in 0..items {
            if at > 0 {
                self.out.push_str(if self.indent.is_some() { "," } else { ", " });
            }
            self.line(depth + 1);
            item(self, at)?;
        }
        if items > 0 {
            self.line(depth);
        }
        self.out.push(char::from(brackets[1]));
        Ok(())
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent * depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                c if c < ' ' || (self.ascii && !c.is_ascii()) || (self.ascii && c == '\u{7f}') => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // Writing to a string cannot fail.
                        let _ = write!(self.out, "\\u{unit:04x}");
                    }
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}
