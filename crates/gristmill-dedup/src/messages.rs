//! The messages of a dialogue as deduplication sees them: whatever stands between the line of a start tag and the
//! next end tag, of any role, trimmed.

use gristmill_core::chatml::{END, Role, START, find_tag};
use memchr::memchr;
use xxhash_rust::xxh3::Xxh3;

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    /// What stands between the start tag and the line end.
    pub(crate) role: &'a str,
    /// The trimmed content.
    pub(crate) content: &'a str,
}

impl Message<'_> {
    pub(crate) fn is_assistant(&self) -> bool {
        self.role.trim() == Role::Assistant.word()
    }
}

/// The messages of a text, in order.
pub(crate) fn messages(text: &str) -> impl Iterator<Item = Message<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        let role = at + find_tag(&bytes[at..], START)? + START.len();
        let line_end = role + memchr(b'\n', &bytes[role..])?;
        let end = line_end + 1 + find_tag(&bytes[line_end + 1..], END)?;
        at = end + END.len();
        Some(Message { role: &text[role..line_end], content: trim(&text[line_end + 1..end]) })
    })
}

/// Trims white space as Python does, the four ASCII separators included.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'))
}

/// The column with the dialogue, by default.
pub(crate) fn text_column() -> String {
    "text".to_owned()
}

/// A hash over messages joined by newlines, without building the joined text.
#[derive(Default)]
pub(crate) struct ChainHash {
    hasher: Xxh3,
    messages: usize,
}

impl ChainHash {
    pub(crate) fn push(&mut self, content: &str) {
        if self.messages > 0 {
            self.hasher.update(b"\n");
        }
        self.hasher.update(content.as_bytes());
        self.messages += 1;
    }

    pub(crate) const fn messages(&self) -> usize {
        self.messages
    }

    pub(crate) fn digest(&self) -> u128 {
        self.hasher.digest128()
    }
}

#[cfg(test)]
mod tests {
    use gristmill_core::hash128;

    use super::{ChainHash, messages};

    #[test]
    fn messages_of_any_role() {
        let text =
            "x<|im_start|>user\n a <|im_end|>\n<|im_start|>tool\nb\nc<|im_end|><|im_start|>assistant\nopen";
        let read: Vec<_> = messages(text).map(|m| (m.role, m.content)).collect();
        assert_eq!(read, [("user", "a"), ("tool", "b\nc")]);
        assert_eq!(messages("<|im_start|>user").count(), 0);
    }

    #[test]
    fn the_hash_is_that_of_the_joined_text() {
        let mut chain = ChainHash::default();
        chain.push("a");
        chain.push("b c");
        assert_eq!(chain.digest(), hash128(b"a\nb c"));
    }
}
