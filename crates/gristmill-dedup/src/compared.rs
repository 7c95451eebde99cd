//! What of a text counts when it is compared with others: all, all but white space, or letters and digits alone.

use gristmill_core::hash128;
use serde::Deserialize;

use crate::near::lower::{Lower, utf8};

/// What counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// Every byte.
    #[default]
    Exact,
    /// All but white space.
    WithoutWhitespace,
    /// Letters and digits of any script, in lower case.
    Normalised,
}

/// In front of a text of which nothing counts: it is compared without white space instead, and is like no other text.
const NOTHING_COUNTS: u8 = 0xff;

/// Makes keys of texts.
pub struct Comparer {
    compare: Compare,
    any_digit: bool,
    table: &'static [u32],
    /// What stands for an ASCII byte, and whether it counts at all.
    ascii: [(u8, bool); 128],
    /// What of a text counts; longer than that.
    room: Vec<u8>,
}

impl Comparer {
    /// With `any_digit`, all digits are one.
    pub fn new(compare: Compare, any_digit: bool) -> Self {
        let mut ascii = [(0, false); 128];
        for (entry, byte) in ascii.iter_mut().zip(0_u8..) {
            let counts = match compare {
                Compare::Exact => true,
                Compare::WithoutWhitespace => !char::from(byte).is_whitespace(),
                Compare::Normalised => byte.is_ascii_alphanumeric(),
            };
            let stands = match compare {
                Compare::Normalised if any_digit && byte.is_ascii_digit() => b'0',
                Compare::Normalised => byte.to_ascii_lowercase(),
                _ => byte,
            };
            *entry = (stands, counts);
        }
        Self { compare, any_digit, table: Lower::table(), ascii, room: Vec::new() }
    }

    /// The key of a text.
    pub fn key(&mut self, text: &str) -> u128 {
        self.key_from(text, 0).unwrap_or_default()
    }

    /// The key of a text of which at least so many characters count.
    pub fn key_from(&mut self, text: &str, least: usize) -> Option<u128> {
        if self.compare == Compare::Exact {
            return (text.len() >= least && text.chars().count() >= least).then(|| hash128(text.as_bytes()));
        }
        let length = self.gather(text);
        let counts = &self.room[..length];
        // Most texts are far longer or shorter, so that their bytes say it.
        if length < least || (length < 4 * least && characters(counts) < least) {
            return None;
        }
        if length == 0 && self.compare == Compare::Normalised {
            let mut rest = vec![NOTHING_COUNTS];
            rest.extend(text.split_whitespace().flat_map(str::bytes));
            return Some(hash128(&rest));
        }
        Some(hash128(counts))
    }

    /// Puts what counts into the room; gives its length.
    fn gather(&mut self, text: &str) -> usize {
        // A lower case letter takes at most half as many bytes more.
        let most = text.len() * 2 + 4;
        if self.room.len() < most {
            self.room.resize(most, 0);
        }
        let (bytes, mut at, mut end) = (text.as_bytes(), 0, 0);
        while let Some(&byte) = bytes.get(at) {
            if let Some(&(stands, counts)) = self.ascii.get(usize::from(byte)) {
                self.room[end] = stands;
                end += usize::from(counts);
                at += 1;
                continue;
            }
            let Some(char) = text[at..].chars().next() else { break };
            at += char.len_utf8();
            end = self.put(char, end);
        }
        end
    }

    /// Puts a character beyond ASCII behind `end`; gives the new end.
    fn put(&mut self, char: char, end: usize) -> usize {
        let (bytes, length) = match self.compare {
            Compare::WithoutWhitespace if char.is_whitespace() => return end,
            Compare::Exact | Compare::WithoutWhitespace => utf8(char),
            Compare::Normalised => match Lower::of(self.table, char) {
                Lower::None => return end,
                Lower::One(..) if self.any_digit && char.is_numeric() => (u64::from(b'0'), 1),
                Lower::One(bytes, length) => (bytes, length),
                Lower::Several => {
                    return char.to_lowercase().fold(end, |end, char| self.write(utf8(char), end));
                }
            },
        };
        self.write((bytes, length), end)
    }

    fn write(&mut self, (bytes, length): (u64, u32), end: usize) -> usize {
        let to = end + length as usize;
        if self.room.len() < to {
            self.room.resize(to, 0);
        }
        self.room[end..to].copy_from_slice(&bytes.to_le_bytes()[..length as usize]);
        to
    }
}

/// Characters of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::{Compare, Comparer};

    fn same(compare: Compare, any_digit: bool, a: &str, b: &str) -> bool {
        let mut comparer = Comparer::new(compare, any_digit);
        comparer.key(a) == comparer.key(b)
    }

    #[test]
    fn only_what_counts_is_compared() {
        use Compare::{Exact, Normalised, WithoutWhitespace};
        for (compare, any_digit, a, b, wanted) in [
            (Exact, false, "a b", "a b", true),
            (Exact, false, "a b", "a  b", false),
            (WithoutWhitespace, false, " a\tb\u{a0}c\n", "abc", true),
            (WithoutWhitespace, false, "a, b", "ab", false),
            (WithoutWhitespace, false, "A", "a", false),
            (WithoutWhitespace, false, "ä ö", "äö", true),
            (Normalised, false, "Read — more… (ÄRGER)", "read more ärger", true),
            (Normalised, false, "May 12", "May 13", false),
            (Normalised, true, "May 12", "May 13", true),
            (Normalised, true, "May ١٢", "May 13", true),
            (Normalised, true, "May 12", "May 123", false),
            (Normalised, false, "İstanbul", "i\u{307}stanbul", false),
            (Normalised, false, "ⱥȺ", "ⱥⱥ", true),
            // Of these nothing counts, but they are not one.
            (Normalised, false, "👍", "😂", false),
            (Normalised, false, "- -", "--", true),
            (Normalised, false, "", "👍", false),
        ] {
            assert_eq!(same(compare, any_digit, a, b), wanted, "{compare:?} {a:?} {b:?}");
        }
    }

    #[test]
    fn short_texts_have_no_key() {
        let mut comparer = Comparer::new(Compare::Normalised, false);
        assert!(comparer.key_from("a - b - c", 4).is_none());
        assert!(comparer.key_from("a - b - c - d", 4).is_some());
        assert!(comparer.key_from("ää - ää", 5).is_none());
        assert!(comparer.key_from("ääää", 4).is_some());
        let mut exact = Comparer::new(Compare::Exact, false);
        assert!(exact.key_from("äää", 4).is_none());
        assert!(exact.key_from("a b ", 4).is_some());
    }
}
