//! What a rule changed, told with the text before and after it, so that every edit can be traced to its rule.

use std::ops::Range;

use serde::Deserialize;

/// How much of a change is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changes {
    /// Changes are counted by rule, nothing more.
    #[default]
    Off,
    /// The piece that changed with a little around it.
    Excerpts,
    /// The whole text before and after.
    Full,
}

/// One change of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Number of the rule.
    pub rule: usize,
    /// The bytes that changed, in the text before.
    pub span: Range<usize>,
    pub before: String,
    pub after: String,
}

/// Characters shown before and after the piece that changed.
const AROUND: usize = 24;

/// Longest excerpt, in characters.
const LONGEST: usize = 160;

impl Change {
    pub fn of(rule: usize, before: &str, after: &str, how: Changes) -> Self {
        let head = common_head(before, after);
        let tail = common_tail(&before[head..], &after[head..]);
        let span = head..before.len() - tail;
        if how == Changes::Full {
            return Self { rule, span, before: before.to_owned(), after: after.to_owned() };
        }
        let start = before[..head].char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
        let rest = before[span.end..].char_indices().nth(AROUND).map_or(tail, |(at, _)| at);
        let cut = |text: &str| text[start..text.len() - tail + rest].chars().take(LONGEST).collect();
        Self { rule, span, before: cut(before), after: cut(after) }
    }
}

/// Bytes at the start that are the same, up to a character's border.
fn common_head(a: &str, b: &str) -> usize {
    let mut len = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    while !(a.is_char_boundary(len) && b.is_char_boundary(len)) {
        len -= 1;
    }
    len
}

/// Bytes at the end that are the same, up to a character's border.
fn common_tail(a: &str, b: &str) -> usize {
    let mut len = a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count();
    while !(a.is_char_boundary(a.len() - len) && b.is_char_boundary(b.len() - len)) {
        len -= 1;
    }
    len
}

#[cfg(test)]
mod tests {
    use super::{Change, Changes};

    #[test]
    fn the_piece_that_changed_is_told_with_what_stands_around() {
        let change = Change::of(3, "one  two", "one two", Changes::Excerpts);
        assert_eq!(
            (change.before.as_str(), change.after.as_str(), change.span),
            ("one  two", "one two", 4..5)
        );
        let (long, tail) = ("ä".repeat(100), "ö".repeat(100));
        let change = Change::of(0, &format!("{long}u{tail}"), &format!("{long}er{tail}"), Changes::Excerpts);
        let around = ("ä".repeat(24), "ö".repeat(24));
        assert_eq!(change.before, format!("{}u{}", around.0, around.1));
        assert_eq!(change.after, format!("{}er{}", around.0, around.1));
        assert_eq!(change.span, 200..201);
    }

    #[test]
    fn borders_lie_between_characters() {
        // The two letters share their first byte, the two signs their last.
        let change = Change::of(0, "aéb", "aèb", Changes::Excerpts);
        assert_eq!(change.span, 1..3);
        let change = Change::of(0, "\u{20AC}", "\u{10AC}", Changes::Full);
        assert_eq!((change.span, change.before.as_str()), (0..3, "\u{20AC}"));
    }
}
