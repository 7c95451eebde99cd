//! `ChatML` text, read strictly: what is not a turn, an end tag or blank between turns is refused, so that no text
//! is lost unseen. Contents are taken exactly: one line end after the role is the tag's, all other blanks are theirs.

use std::borrow::Cow;

use gristmill_core::chatml::{END, END_OF_TEXT, START};
use memchr::memmem;

use super::dialogue::{Message, Refusal, RoleWords};

/// The turns of a text.
pub(crate) fn read<'a>(text: &'a str, words: &RoleWords) -> Result<Vec<Message<'a>>, Refusal> {
    let mut messages = Vec::new();
    let mut rest = text.trim_start();
    while let Some(turn) = rest.strip_prefix(START) {
        let word = &turn[..turn.find(|c: char| !is_role(c)).unwrap_or(turn.len())];
        let body = &turn[word.len()..];
        let body = match body.chars().next() {
            Some('\n') => &body[1..],
            Some(blank) if blank.is_whitespace() => &body[blank.len_utf8()..],
            _ if body.starts_with(END) => body,
            _ => return Err(Refusal::new("not_chatml", "role")),
        };
        let Some(end) = memmem::find(body.as_bytes(), END.as_bytes()) else {
            return Err(Refusal::new("not_chatml", "open_turn"));
        };
        messages.push(Message { role: words.role(word)?, content: Cow::Borrowed(&body[..end]) });
        rest = body[end + END.len()..].trim_start();
    }
    let after = rest.strip_prefix(END_OF_TEXT).unwrap_or(rest);
    if after.trim().is_empty() { Ok(messages) } else { Err(Refusal::new("not_chatml", "stray_text")) }
}

fn is_role(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// Appends the turns under these role words, and the closing tag where it is wanted.
pub(crate) fn write<'w>(
    out: &mut String,
    messages: &[Message<'_>],
    word: impl Fn(&Message<'_>) -> &'w str,
    close: bool,
) {
    for (n, message) in messages.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        out.push_str(START);
        out.push_str(word(message));
        out.push('\n');
        out.push_str(&message.content);
        out.push_str(END);
    }
    if close {
        out.push_str(END_OF_TEXT);
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialogue::Role;
    use super::*;

    fn words() -> RoleWords {
        RoleWords::with([]).unwrap()
    }

    #[test]
    fn blanks_of_a_content_stay() {
        let text = "<|im_start|>user\n\n a \n<|im_end|>\n<|im_start|>assistant\n<|im_end|><|end_of_text|>\n";
        let read = read(text, &words()).unwrap();
        assert_eq!(read[0], Message { role: Role::User, content: "\n a \n".into() });
        assert_eq!(read[1], Message { role: Role::Assistant, content: "".into() });
    }

    #[test]
    fn what_is_no_turn_is_refused() {
        for (text, rule) in [
            ("hello", "stray_text"),
            ("<|im_start|>user\nhi<|im_end|>and", "stray_text"),
            ("<|im_start|>user\nhi", "open_turn"),
            ("<|im_start|>user\nhi<|im_end|><|end_of_text|><|end_of_text|>", "stray_text"),
            ("<|im_start|>us:er\nhi<|im_end|>", "role"),
        ] {
            assert_eq!(read(text, &words()), Err(Refusal::new("not_chatml", rule)), "{text}");
        }
        let text = "<|im_start|>bot\nhi<|im_end|>";
        assert_eq!(read(text, &words()), Err(Refusal::new("unknown_role", "bot")));
    }
}
