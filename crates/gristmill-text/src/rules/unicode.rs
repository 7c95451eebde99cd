//! Sets of code points, taken from the Unicode tables of the regex engine.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

use crate::clean::prefilter::{ByteSet, Need};

/// A sorted set of ranges of code points.
pub struct CodeSet(Vec<(char, char)>);

impl CodeSet {
    /// The set a bracket class such as `[\p{M}\p{Cf}]` stands for.
    pub fn of(class: &str) -> Option<Self> {
        let hir = regex_syntax::parse(class).ok()?;
        let HirKind::Class(Class::Unicode(set)) = hir.kind() else { return None };
        Some(Self(set.ranges().iter().map(|r| (r.start(), r.end())).collect()))
    }

    /// Whether the set has this code point.
    pub fn has(&self, c: char) -> bool {
        let at = self.0.partition_point(|&(_, last)| last < c);
        self.0.get(at).is_some_and(|&(first, _)| first <= c)
    }
}

/// Emoji beyond ASCII.
static EMOJI: LazyLock<Option<CodeSet>> = LazyLock::new(|| CodeSet::of(r"[\p{Emoji}--\x00-\x7F]"));

/// Whether a character is an emoji by itself.
pub fn is_emoji(c: char) -> bool {
    c >= '\u{80}' && EMOJI.as_ref().is_some_and(|set| set.has(c))
}

/// How the bytes of emoji begin, and those of what is left of one.
pub fn emoji_need() -> Need {
    let of = ByteSet::of;
    Need::pair(of(b"\xc2"), of(b"\xa9\xae"))
        .or([of(b"\xe2"), of(b"\x80"), of(b"\xbc")])
        .or_pair(of(b"\xe2"), ByteSet::range(0x81, 0xbf))
        .or([of(b"\xe3"), of(b"\x80\x8a"), of(b"\xb0\xbd\x97\x99")])
        .or([of(b"\xef"), of(b"\xb8"), of(b"\x8f")])
        .or_pair(of(b"\xf0"), of(b"\x9f"))
}

const VARIATION: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
const JOINER: char = '\u{200D}';

/// Bytes of the emoji at the start of a text, with its modifiers and joined parts; 0 if there is none.
pub fn emoji_len(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let Some((_, first)) = chars.next() else { return 0 };
    if matches!(first, '0'..='9' | '#' | '*') {
        let marks = text[1..].strip_prefix(VARIATION).unwrap_or(&text[1..]);
        return marks.strip_prefix(KEYCAP).map_or(0, |rest| text.len() - rest.len());
    }
    if !is_emoji(first) {
        return 0;
    }
    if regional(first) {
        if let Some(&(at, next)) = chars.peek() {
            return if regional(next) { at + next.len_utf8() } else { at };
        }
        return text.len();
    }
    while let Some(&(at, c)) = chars.peek() {
        match c {
            VARIATION | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}' | KEYCAP => {
                chars.next();
            }
            JOINER => {
                chars.next();
                match chars.peek() {
                    Some(&(_, joined)) if is_emoji(joined) => {
                        chars.next();
                    }
                    _ => return at,
                }
            }
            _ => return at,
        }
    }
    text.len()
}

fn regional(c: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::{CodeSet, KEYCAP, VARIATION, emoji_len, emoji_need, is_emoji};
    use crate::clean::prefilter::Prefilter;

    #[test]
    fn the_prefilter_knows_every_emoji() {
        let filter = Prefilter::new([&emoji_need()]);
        for c in ('\u{80}'..=char::MAX).filter(|&c| is_emoji(c) || matches!(c, KEYCAP | VARIATION)) {
            assert_eq!(filter.mask(&c.to_string(), true, 0), 1, "{c:?}");
        }
        assert_eq!(filter.mask("“é” – 1 日", true, 0), 0);
    }

    #[test]
    fn emoji_are_taken_whole() {
        for emoji in ["😀", "👍🏽", "👨‍👩‍👧", "🇩🇪", "#️⃣", "1⃣", "❤️", "©", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
        {
            assert_eq!(emoji_len(&format!("{emoji}x")), emoji.len(), "{emoji}");
        }
        for other in ["", "a", "1", "é", "日"] {
            assert_eq!(emoji_len(other), 0, "{other}");
        }
    }

    #[test]
    fn classes_parse() {
        let set = CodeSet::of(r"[\p{M}\p{Cf}\p{Cn}\P{age=14.0}]").unwrap();
        assert!(set.has('\u{303}') && set.has('\u{200B}') && set.has('\u{10FFFF}'));
        assert!(!set.has('a') && !set.has('é'));
    }
}
