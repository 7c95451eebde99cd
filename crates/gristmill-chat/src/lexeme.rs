//! Says whether a message holds anything but stop words and signs, as Postgres full-text parsing with the English
//! configuration does. Most messages answer at their first or second word; only words that are stop words, tags,
//! character references and bare protocols make the scan go on.

use crate::characters::is_word;
use crate::stop_words::is_stop_word;

/// Whether full-text parsing would leave at least one lexeme.
#[must_use]
pub fn has_lexeme(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    // Set once a comment was found open to the end, so that many of them are not searched again.
    let mut open_comment = false;
    // Set at the start and right after a word or tag: only there `~` and `..` can begin a path.
    let mut fresh = true;
    while at < bytes.len() {
        let before = at;
        match bytes[at] {
            b'<' if bytes[at..].starts_with(b"<!--") => {
                let end = if open_comment { None } else { memchr::memmem::find(&bytes[at + 4..], b"-->") };
                open_comment = end.is_none();
                at += end.map_or(1, |end| end + 7);
            }
            b'<' => at += tag_len(&bytes[at..]).unwrap_or(1),
            b'&' => at += reference_len(&bytes[at..]).unwrap_or(1),
            b'/' => {
                if starts_path(&bytes[at + 1..]) {
                    return true;
                }
                at += 1;
            }
            b'~' | b'.' if fresh && starts_odd_path(&bytes[at..]) => return true,
            b if b.is_ascii_alphabetic() => {
                let len = bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
                if let Some(after) = protocol_end(bytes, at, len) {
                    at = after;
                } else if counts(text, at, len) {
                    return true;
                } else {
                    at += len;
                }
            }
            b if b.is_ascii_digit() => return true,
            b if b.is_ascii() => at += 1,
            _ => {
                let c = text[at..].chars().next().unwrap_or(' ');
                if is_word(c) {
                    return true;
                }
                at += c.len_utf8();
            }
        }
        fresh = bytes[before].is_ascii_alphabetic() || at > before + 1;
    }
    false
}

/// Whether a path begins with `~name`, or is `..` alone or before a slash.
fn starts_odd_path(rest: &[u8]) -> bool {
    match rest {
        [b'~', b, ..] => is_path_byte(*b),
        [b'.', b'.'] => true,
        [b'.', b'.', b, ..] => *b == b'/' || b.is_ascii_whitespace(),
        _ => false,
    }
}

/// Whether the word at `at` is a lexeme: no stop word, or the head of a compound that is one.
fn counts(text: &str, at: usize, len: usize) -> bool {
    let bytes = text.as_bytes();
    let rest = &bytes[at + len..];
    if !is_stop_word(&bytes[at..at + len])
        || text[at + len..].starts_with(|c: char| !c.is_ascii() && is_word(c))
    {
        return true;
    }
    let next_is = |i: usize, is: fn(&u8) -> bool| rest.get(i).is_some_and(is);
    match rest.first() {
        Some(b'-') => compound_word(text, at + len + 1),
        Some(b'/') => starts_path(&rest[1..]),
        Some(b'.') => next_is(1, |b| is_path_byte(*b)),
        Some(b'@') => {
            let name = rest[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
            name > 0 && host(&rest[1 + name..])
        }
        Some(b) => b.is_ascii_digit() || (*b == b'_' && next_is(1, u8::is_ascii_digit)),
        None => false,
    }
}

/// Whether a word part follows a hyphen.
fn compound_word(text: &str, at: usize) -> bool {
    text[at..].starts_with(|c: char| is_word(c) && c != '_')
}

/// Whether this, after a slash, makes a path.
fn starts_path(rest: &[u8]) -> bool {
    match rest {
        [b'.', b, ..] | [b, ..] if is_path_byte(*b) => true,
        _ => starts_odd_path(rest),
    }
}

const fn is_path_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// Whether `.name` makes a host of the word before it: a top-level name has at least two letters.
fn host(rest: &[u8]) -> bool {
    rest.first() == Some(&b'.') && {
        let name = rest[1..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
        name >= 2
    }
}

/// End of a protocol such as `https://` that starts at `at`.
fn protocol_end(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    bytes[at + len..].starts_with(b"://").then_some(at + len + 3)
}

/// Length of a tag that starts `text`.
fn tag_len(text: &[u8]) -> Option<usize> {
    let first = *text.get(1)?;
    let name_start = match first {
        b'/' => 2,
        b if b.is_ascii_alphabetic() || b == b':' || b == b'_' => 1,
        _ => return None,
    };
    let is_name =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(*b, b':' | b'_' | b'-' | b'.') || !b.is_ascii();
    let name = text[name_start..].iter().take_while(|b| is_name(b)).count();
    if name == 0 {
        return None;
    }
    let mut at = name_start + name;
    match text.get(at)? {
        b'>' => return Some(at + 1),
        b'/' => return (text.get(at + 1) == Some(&b'>')).then_some(at + 2),
        b if b.is_ascii_whitespace() => {}
        _ => return None,
    }
    let mut quote = None;
    while let Some(&b) = text.get(at) {
        at += 1;
        match (quote, b) {
            (Some(open), _) if b == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'>') => return Some(at),
            (None, b'<') => return None,
            _ => {}
        }
    }
    None
}

/// Length of a character reference that starts `text`.
fn reference_len(text: &[u8]) -> Option<usize> {
    let (start, is): (usize, fn(&u8) -> bool) = match text.get(1)? {
        b'#' if matches!(text.get(2), Some(b'x' | b'X')) => (3, u8::is_ascii_hexdigit),
        b'#' => (2, u8::is_ascii_digit),
        b if b.is_ascii_alphabetic() || matches!(b, b'_' | b':') => {
            (1, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-' | b'.'))
        }
        _ => return None,
    };
    let len = text[start..].iter().take_while(|b| is(b)).count();
    (len > 0 && text.get(start + len) == Some(&b';')).then_some(start + len + 1)
}

#[cfg(test)]
mod tests {
    use super::has_lexeme;

    #[test]
    fn verdicts_of_the_original() {
        let dropped = [
            "no",
            "not now",
            "what is it",
            "don't",
            "\u{1f600}",
            ":)",
            "...",
            "@here",
            "&amp;",
            "https://",
            "<b>",
            "<:pog:123456789012345678>",
            "the_",
            "no!",
            "*as_any",
            "is->in",
            "",
            "   ",
            "<hug person=\"kbrooks\" />",
        ];
        let kept = [
            "yes",
            "ok",
            "lol",
            "u",
            "wasn't",
            "12",
            "привет",
            "你好",
            "s/it/is/",
            "!+pt",
            "so-so",
            "what.is",
        ];
        for text in dropped {
            assert!(!has_lexeme(text), "{text:?} should have none");
        }
        for text in kept {
            assert!(has_lexeme(text), "{text:?} should have one");
        }
    }
}
