//! Up to 64 characters of ASCII at once: one bit a character for each kind. The ends of pieces follow from the bits
//! without a branch a character.

use wide::u8x16;

/// Characters of a window.
pub(crate) const WIDTH: usize = 64;

/// The kinds of characters at the beginning of a text or of what is left of it. Bit 0 is the first character, which
/// begins a piece. Bits from `length` on are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) letters: u64,
    pub(crate) capitals: u64,
    pub(crate) digits: u64,
    /// All white space.
    pub(crate) spaces: u64,
    /// The space itself.
    pub(crate) blanks: u64,
    /// Carriage return and line feed.
    pub(crate) newlines: u64,
    pub(crate) apostrophes: u64,
    pub(crate) slashes: u64,
    /// Characters known: up to the first beyond ASCII.
    pub(crate) length: usize,
    /// Whether the text ends behind them.
    pub(crate) ends: bool,
}

impl Window {
    /// The kinds of the first `given` characters, one to [`WIDTH`]; `ends` if the text ends with them.
    #[inline]
    pub(crate) fn new(chunk: &[u8; WIDTH], given: usize, ends: bool) -> Self {
        let parts: [u8x16; 4] = std::array::from_fn(|at| {
            let mut part = [0; 16];
            part.copy_from_slice(&chunk[at * 16..][..16]);
            u8x16::from(part)
        });
        let beyond = bits(&parts, |part| part) | if given < WIDTH { u64::MAX << given } else { 0 };
        let length = beyond.trailing_zeros() as usize;
        let all = u64::MAX >> (64 - length.max(1)) & if length == 0 { 0 } else { u64::MAX };
        let newline = |part: u8x16| part.simd_eq(splat(b'\n')) | part.simd_eq(splat(b'\r'));
        let blanks = bits(&parts, |part| part.simd_eq(splat(b' '))) & all;
        Self {
            letters: bits(&parts, |part| range(part | splat(0x20), b'a', b'z')) & all,
            capitals: bits(&parts, |part| range(part, b'A', b'Z')) & all,
            digits: bits(&parts, |part| range(part, b'0', b'9')) & all,
            spaces: bits(&parts, |part| range(part, b'\t', b'\r')) & all | blanks,
            blanks,
            newlines: bits(&parts, newline) & all,
            apostrophes: bits(&parts, |part| part.simd_eq(splat(b'\''))) & all,
            slashes: bits(&parts, |part| part.simd_eq(splat(b'/'))) & all,
            length,
            ends: ends && length == given,
        }
    }

    /// All known characters.
    #[inline]
    pub(crate) fn all(&self) -> u64 {
        if self.length == 0 { 0 } else { u64::MAX >> (WIDTH - self.length) }
    }

    /// Neither letters nor digits nor white space.
    #[inline]
    pub(crate) fn signs(&self) -> u64 {
        self.all() & !(self.letters | self.digits | self.spaces)
    }

    /// Leaves only starts that do not depend on what comes behind the window: the end of a run of white space is
    /// not known while it may go on.
    #[inline]
    pub(crate) fn settled(&self, starts: u64, spaces: u64) -> u64 {
        if self.ends {
            return starts;
        }
        let others = self.all() & !spaces;
        let run = WIDTH - others.leading_zeros() as usize;
        if run + 1 < self.length { starts & !(u64::MAX << (run + 1)) } else { starts }
    }
}

/// The first bit of every run.
#[inline]
pub(crate) fn firsts(bits: u64) -> u64 {
    bits & !(bits << 1)
}

/// The runs of `within` from the bits of `starts` on; of each run at most one bit starts.
#[inline]
pub(crate) fn runs(within: u64, starts: u64) -> u64 {
    within & !within.wrapping_add(starts)
}

/// Starts inside white space for splits in which `\s*[\r\n]+` goes before `\s+(?!\S)`: its first character, what
/// follows its last line break, and its last character before something else.
#[inline]
pub(crate) fn space_starts(window: &Window, spaces: u64) -> u64 {
    let others = window.all() & !window.spaces;
    let newlines = window.newlines & spaces;
    let plain = spaces & !newlines;
    let mut starts = firsts(spaces) | plain & (others >> 1);
    let mut behind = plain & (newlines << 1);
    if behind != 0 {
        let ends = plain.wrapping_add(behind) & !plain;
        if ends & newlines == 0 {
            starts |= behind;
        } else {
            while behind != 0 {
                let first = behind & behind.wrapping_neg();
                let end = plain.wrapping_add(first) & !plain & !(first - 1);
                if end & end.wrapping_neg() & newlines == 0 {
                    starts |= first;
                }
                behind &= behind - 1;
            }
        }
    }
    starts
}

#[inline]
fn bits(parts: &[u8x16; 4], kind: impl Fn(u8x16) -> u8x16) -> u64 {
    parts.iter().rev().fold(0, |bits, part| bits << 16 | u64::from(kind(*part).to_bitmask()))
}

#[inline]
fn splat(byte: u8) -> u8x16 {
    u8x16::splat(byte)
}

#[inline]
fn range(part: u8x16, first: u8, last: u8) -> u8x16 {
    let offset = part - splat(first);
    offset.simd_eq(offset.min(splat(last - first)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{WIDTH, Window};
    use crate::split::{Cl100k, Classes, Cover, Gpt2, O200k, Splitter};

    /// The kinds, byte by byte.
    fn plain(chunk: &[u8; WIDTH], given: usize, ends: bool) -> Window {
        let length = chunk[..given].iter().take_while(|byte| byte.is_ascii()).count();
        let bits = |kind: fn(u8) -> bool| {
            (0..length).filter(|at| kind(chunk[*at])).fold(0, |bits, at| bits | 1_u64 << at)
        };
        Window {
            letters: bits(|byte| byte.is_ascii_alphabetic()),
            capitals: bits(|byte| byte.is_ascii_uppercase()),
            digits: bits(|byte| byte.is_ascii_digit()),
            spaces: bits(|byte| char::from(byte).is_whitespace()),
            blanks: bits(|byte| byte == b' '),
            newlines: bits(|byte| byte == b'\r' || byte == b'\n'),
            apostrophes: bits(|byte| byte == b'\''),
            slashes: bits(|byte| byte == b'/'),
            length,
            ends: ends && length == given,
        }
    }

    /// Mostly ASCII, of a length around that of a window.
    fn texts() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            12 => prop::sample::select(
                [
                    " ", " ", "  ", "   ", "\n", "\r\n", "\n\n", "\t", "\n    ", " \n", "'", "'s", "'S", "'ll", "'Re", "'lL", "'v", "''", "a", "b", "Z", "AB",
                    "Hello", "the", "thequickbrownfox", "1", "23", "4567", "1234567", "!", "?", "/", "//", "\n/", "!\n", ");\n", "_", "\0", "\u{b}",
                ]
                .as_slice()
            ),
            1 => prop::sample::select(["é", "ſ", "中", "\u{a0}", "\u{3000}", "\u{301}", "😀"].as_slice()),
        ];
        prop::collection::vec(part, 0..90).prop_map(|parts| parts.concat())
    }

    fn cut_alike<C: Cover>(split: &C, text: &str) -> Result<(), TestCaseError> {
        let bytes = text.as_bytes();
        let (mut found, mut want) = (Vec::new(), Vec::new());
        Splitter::new(Vec::new()).cover(split, bytes, &mut |start, end| found.push((start, end)));
        let mut at = 0;
        while at < bytes.len() {
            let end = split.end(Classes::get(), bytes, at);
            want.push((at, end));
            at = end;
        }
        prop_assert_eq!(found, want, "{:?}", text);
        Ok(())
    }

    proptest! {
        #[test]
        fn kinds_are_those_of_the_bytes(
            chunk in prop::array::uniform32(any::<u8>()),
            ascii in prop::array::uniform32(0..128_u8),
            given in 1..=WIDTH,
            ends: bool,
        ) {
            for parts in [[ascii, chunk], [ascii, ascii]] {
                let mut whole = [0; WIDTH];
                whole.copy_from_slice(&parts.concat());
                prop_assert_eq!(Window::new(&whole, given, ends), plain(&whole, given, ends));
            }
        }

        #[test]
        fn windows_cut_where_characters_one_by_one_do(text in texts()) {
            cut_alike(&Gpt2, &text)?;
            cut_alike(&O200k, &text)?;
            for (digits, marks, whole_tail) in [(3, false, true), (3, false, false), (1, true, false)] {
                cut_alike(&Cl100k { digits, marks, whole_tail }, &text)?;
            }
        }
    }
}
