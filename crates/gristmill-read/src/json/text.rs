//! Strings of JSON as text.

use std::borrow::Cow;

/// Undoes the escapes of a checked string body. A surrogate without its partner becomes U+FFFD.
pub(crate) fn unescape<'a>(body: &'a str, scratch: &'a mut String) -> &'a str {
    scratch.clear();
    append_unescaped(body, scratch);
    scratch
}

/// The text of a checked string body.
pub(crate) fn plain(body: &str, escaped: bool) -> Cow<'_, str> {
    if !escaped {
        return Cow::Borrowed(body);
    }
    let mut text = String::with_capacity(body.len());
    append_unescaped(body, &mut text);
    Cow::Owned(text)
}

/// The name that a checked string body of any bytes stands for.
pub(crate) fn key(body: &[u8], escaped: bool) -> Cow<'_, str> {
    match String::from_utf8_lossy(body) {
        Cow::Borrowed(body) => plain(body, escaped),
        Cow::Owned(body) => Cow::Owned(plain(&body, escaped).into_owned()),
    }
}

fn append_unescaped(body: &str, out: &mut String) {
    let mut rest = body;
    while let Some(found) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..found]);
        let escape = rest.as_bytes().get(found + 1).copied().unwrap_or(b'\\');
        let mut used = found + 2;
        match escape {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let (c, length) = code_point(&rest[found..]);
                out.push(c);
                used = found + length;
            }
            other => out.push(char::from(other)),
        }
        rest = &rest[used.min(rest.len())..];
    }
    out.push_str(rest);
}

/// The character of one or two `\u` escapes, and how many bytes they take.
fn code_point(text: &str) -> (char, usize) {
    let first = unit(text).unwrap_or(0xfffd);
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = text.get(6..).and_then(unit)
        && (0xdc00..0xe000).contains(&second)
    {
        let scalar = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

fn unit(text: &str) -> Option<u32> {
    let hex = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(hex, 16).ok()
}

/// Appends a text as a JSON string.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        let cases = [
            (r"a\nb", "a\nb"),
            (r#"\"\\\/"#, "\"\\/"),
            (r"\u0041\u00e9", "Aé"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\ud83d!", "\u{fffd}!"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\u0000x", "\0x"),
        ];
        for (body, want) in cases {
            assert_eq!(plain(body, true), want, "{body}");
        }
    }
}
