//! Where the turns of a row are, found once and shared by all rules that look at turns.

use std::ops::Range;

use gristmill_core::chatml::{END, END_OF_TEXT, Role, START};
use memchr::memmem::Finder;

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A dialogue with turn tags.
    Chatml,
    /// One message without tags: the whole text is one turn, and there is no format to check.
    Plain,
}

/// One turn of a row; ranges are bytes of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnSpan {
    /// Who speaks.
    pub role: Role,
    /// From after the white space behind the role to the end tag.
    pub content: Range<usize>,
    /// The content without white space at its ends.
    pub body: Range<usize>,
    /// Line ends in the content.
    pub newlines: usize,
}

/// Finds turns. In parity mode a turn needs at least one character, so an empty one reaches to the next end tag.
#[derive(Debug)]
pub struct TurnScanner {
    layout: Layout,
    swallow: bool,
    start: Finder<'static>,
    end: Finder<'static>,
}

/// What is known of a row after its turns were found.
#[derive(Debug, Default)]
pub struct Turns {
    /// The turns in order.
    pub list: Vec<TurnSpan>,
    /// Most line ends inside one turn.
    pub max_newlines: usize,
    /// Whether the row is nothing but turns in canonical form with no angle bracket inside any.
    pub plain: bool,
}

impl TurnScanner {
    pub fn new(layout: Layout, swallow: bool) -> Self {
        Self { layout, swallow, start: Finder::new(START), end: Finder::new(END) }
    }

    /// Fills `turns` with the turns of `text`.
    pub fn scan(&self, text: &str, turns: &mut Turns) {
        turns.list.clear();
        turns.max_newlines = 0;
        turns.plain = true;
        if self.layout == Layout::Plain {
            turns.push(text, Role::User, 0..text.len());
            turns.plain = !text.is_empty()
                && turns.list[0].body == (0..text.len())
                && memchr::memchr2(b'<', b'>', text.as_bytes()).is_none();
            return;
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        let mut expected = 0;
        while let Some(open) = self.open(bytes, at, expected) {
            let after = open + START.len();
            at = after;
            let role = match () {
                () if bytes[after..].starts_with(b"user") => Role::User,
                () if bytes[after..].starts_with(b"assistant") => Role::Assistant,
                () => continue,
            };
            let Some(content) = self.content(text, after + role.word().len()) else { continue };
            at = content.end + END.len();
            let frame = START.len() + role.word().len() + 1;
            turns.plain &= open == expected && content.start == open + frame;
            expected = at + 1;
            turns.plain &= bytes.get(at) == Some(&b'\n') || text[at..] == *END_OF_TEXT;
            turns.push(text, role, content);
            turns.plain &= turns.list.last().is_some_and(|t| t.body == t.content && !t.body.is_empty());
        }
        turns.plain &= !turns.list.is_empty() && text.get(expected - 1..) == Some(END_OF_TEXT);
        if turns.plain {
            let tags = 2 * turns.list.len() + 1;
            turns.plain = memchr::memchr_iter(b'<', bytes).count() == tags
                && memchr::memchr_iter(b'>', bytes).count() == tags;
        }
    }

    fn content(&self, text: &str, body: usize) -> Option<Range<usize>> {
        let rest = &text[body..];
        let start = body + (rest.len() - rest.trim_start().len());
        if start == body {
            return None;
        }
        let first = if self.swallow { start + text[start..].chars().next()?.len_utf8() } else { start };
        let bytes = text.as_bytes();
        // The next angle bracket is nearly always that of the end tag.
        let bracket = first + memchr::memchr(b'<', &bytes[first..])?;
        if bytes[bracket..].starts_with(END.as_bytes()) {
            return Some(start..bracket);
        }
        self.end.find(&bytes[bracket..]).map(|i| start..bracket + i)
    }

    /// The next start tag; looked for only where it is not where it should be.
    fn open(&self, bytes: &[u8], at: usize, expected: usize) -> Option<usize> {
        let there = |place: usize| bytes.get(place..).is_some_and(|rest| rest.starts_with(START.as_bytes()));
        if expected >= at && expected <= at + 1 && there(expected) {
            return Some(expected);
        }
        self.start.find(&bytes[at..]).map(|i| i + at)
    }
}

impl Turns {
    fn push(&mut self, text: &str, role: Role, content: Range<usize>) {
        let inside = &text[content.clone()];
        let lead = inside.len() - inside.trim_start().len();
        let body_start = content.start + lead;
        let body = body_start..body_start + inside.trim().len();
        let newlines = memchr::memchr_iter(b'\n', inside.as_bytes()).count();
        self.max_newlines = self.max_newlines.max(newlines);
        self.list.push(TurnSpan { role, content, body, newlines });
    }
}

#[cfg(test)]
mod tests {
    use super::{Layout, TurnScanner, Turns};

    fn scan(text: &str, swallow: bool) -> (Vec<String>, bool) {
        let mut turns = Turns::default();
        TurnScanner::new(Layout::Chatml, swallow).scan(text, &mut turns);
        (turns.list.iter().map(|t| text[t.body.clone()].to_owned()).collect(), turns.plain)
    }

    #[test]
    fn canonical_rows_are_plain_and_others_are_not() {
        let row = "<|im_start|>user\na b<|im_end|>\n<|im_start|>assistant\nok<|im_end|><|end_of_text|>";
        assert_eq!(scan(row, false), (vec!["a b".into(), "ok".into()], true));
        for other in [
            row.replace("a b", "a <b"),
            row.replace("a b", " a b"),
            row.replace("a b", "<|im_end|>"),
            format!("{row} "),
            format!(" {row}"),
            row.replace("<|end_of_text|>", ""),
            row.replace("<|end_of_text|>", "\n as long <ta>"),
            row.replace("|>\n<|im", "|><|im"),
        ] {
            assert!(!scan(&other, false).1, "{other}");
        }
    }

    #[test]
    fn a_turn_that_is_never_closed_ends_the_search() {
        let row = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n<|im_end|><|end_of_text|>";
        assert_eq!(scan(row, true), (vec!["hi".into()], false));
        assert_eq!(scan("<|im_start|>user\nhi", false), (vec![], false));
    }

    #[test]
    fn an_empty_turn_swallows_only_in_parity() {
        let row = "<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\nok<|im_end|><|end_of_text|>";
        assert_eq!(scan(row, false).0, ["", "ok"]);
        assert_eq!(scan(row, true).0, ["<|im_end|>\n<|im_start|>assistant\nok"]);
    }
}
