//! `ChatML` text: the tags, and reading turns out of a row.
//!
//! A dialogue is `<|im_start|>role⏎content<|im_end|>` per turn, joined by a newline, with `<|end_of_text|>`
//! directly after the last end tag.

use memchr::memchr_iter;

/// Tag that opens a turn; the role follows.
pub const START: &str = "<|im_start|>";
/// Tag that closes a turn.
pub const END: &str = "<|im_end|>";
/// Tag that closes a dialogue.
pub const END_OF_TEXT: &str = "<|end_of_text|>";

/// Where a tag, which begins with an angle bracket, stands first. Brackets are rare, so this needs no preparation.
#[must_use]
pub fn find_tag(text: &[u8], tag: &str) -> Option<usize> {
    memchr_iter(b'<', text).find(|&at| text[at..].starts_with(tag.as_bytes()))
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The human side.
    User,
    /// The side to be learned.
    Assistant,
}

impl Role {
    /// The word in the tag.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One turn of a `ChatML` text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn<'a> {
    /// Who speaks.
    pub role: Role,
    /// The content between the white space after the role and the end tag, not trimmed.
    pub content: &'a str,
    /// Byte offset of `content` in the text.
    pub start: usize,
}

/// The user and assistant turns of a text, in order. A turn runs from a start tag with role and the white space
/// after it to the next end tag; start tags of other roles are passed over.
pub fn turns(text: &str) -> impl Iterator<Item = Turn<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let open = at + find_tag(&text.as_bytes()[at..], START)?;
            let after = open + START.len();
            at = after;
            let role = if text[after..].starts_with("user") {
                Role::User
            } else if text[after..].starts_with("assistant") {
                Role::Assistant
            } else {
                continue;
            };
            let body = after + role.word().len();
            let start = body + leading_space(&text[body..]);
            if start == body {
                continue;
            }
            let end = start + find_tag(&text.as_bytes()[start..], END)?;
            at = end + END.len();
            return Some(Turn { role, content: &text[start..end], start });
        }
    })
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Appends one turn to a text that is being built; joins with a newline if the text is not empty.
pub fn push_turn(out: &mut String, role: Role, content: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(START);
    out.push_str(role.word());
    out.push('\n');
    out.push_str(content);
    out.push_str(END);
}

#[cfg(test)]
mod tests {
    use super::{END_OF_TEXT, Role, push_turn, turns};

    #[test]
    fn what_is_pushed_is_read() {
        let mut text = String::new();
        push_turn(&mut text, Role::User, "hi\nthere");
        push_turn(&mut text, Role::Assistant, "yes");
        text.push_str(END_OF_TEXT);
        let read: Vec<_> = turns(&text).map(|t| (t.role, t.content, &text[t.start..])).collect();
        assert_eq!(read[0].0, Role::User);
        assert_eq!(read[0].1, "hi\nthere");
        assert_eq!(read[1].1, "yes");
        assert!(read[1].2.starts_with("yes<|im_end|>"));
    }

    #[test]
    fn an_empty_turn_is_seen_and_an_open_one_is_not() {
        let read: Vec<_> = turns("<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\nhalf").collect();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].content, "");
    }
}
