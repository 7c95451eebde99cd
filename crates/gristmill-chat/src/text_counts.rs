//! Counts over one text: start tags by role, characters, words.

use gristmill_core::chatml::{Role, START};
use memchr::memmem;

/// Start tags of a dialogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TurnCounts {
    /// Those of the user and the assistant.
    pub(crate) turns: u64,
    /// Those of the assistant.
    pub(crate) assistant: u64,
}

impl TurnCounts {
    pub(crate) fn of(text: &str) -> Self {
        let mut counts = Self::default();
        for at in memmem::find_iter(text.as_bytes(), START) {
            let role = &text[at + START.len()..];
            if role.starts_with(Role::Assistant.word()) {
                counts.assistant += 1;
                counts.turns += 1;
            } else if role.starts_with(Role::User.word()) {
                counts.turns += 1;
            }
        }
        counts
    }
}

/// Unicode scalar values.
pub(crate) fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// Runs of anything but white space.
pub(crate) fn words(text: &str) -> u64 {
    if text.is_ascii() {
        let mut count = 0;
        let mut inside = false;
        for b in text.bytes() {
            let blank = matches!(b, b' ' | b'\t'..=b'\r' | 0x1c..=0x1f);
            count += u64::from(!blank && !inside);
            inside = !blank;
        }
        return count;
    }
    text.split(|c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'))
        .filter(|w| !w.is_empty())
        .count() as u64
}

#[cfg(test)]
mod tests {
    use super::{TurnCounts, characters, words};

    #[test]
    fn counts() {
        let text = "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb c<|im_end|><|im_start|>system\nx";
        assert_eq!(TurnCounts::of(text), TurnCounts { turns: 2, assistant: 1 });
        assert_eq!(
            (characters("né\u{1f600}"), words(" a  b\nc\u{3000}d é "), words(" a  b\tc "), words("")),
            (3, 5, 3, 0)
        );
    }
}
