//! The split of cl100k and its many relatives: Llama 3 and Qwen 2 differ from it in how digits are grouped and in
//! what a word is made of, tiktoken's own present form in white space at the end of the text.

use super::Cover;
use super::classes::{Classes, LETTER, MARK, NEWLINE, NUMBER, SPACE, ascii_letters};
use super::space::{space_before_word, space_run};
use super::window::{WIDTH, Window, firsts, runs, space_starts};

/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
/// and its variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cl100k {
    /// At most so many digits in one piece: `\p{N}{1,3}` or `\p{N}`.
    pub(crate) digits: usize,
    /// `[\p{L}\p{M}]+` instead of `\p{L}+`, and no marks among the signs.
    pub(crate) marks: bool,
    /// `\s++$` before the other rules for white space: all that ends the text is one piece.
    pub(crate) whole_tail: bool,
}

impl Cover for Cl100k {
    #[inline]
    fn end(&self, classes: &Classes, bytes: &[u8], at: usize) -> usize {
        let word = if self.marks { LETTER | MARK } else { LETTER };
        // By far the commonest piece: a word of ASCII letters, with a space in front or without.
        let start = at + usize::from(bytes[at] == b' ');
        let plain = ascii_letters(bytes, start);
        if plain > start {
            return if bytes.get(plain).is_some_and(|byte| *byte >= 0x80) {
                classes.run(bytes, plain, word)
            } else {
                plain
            };
        }
        let first = bytes[at];
        if first == b'\'' {
            let length = contraction(bytes, at);
            if length > 0 {
                return at + length;
            }
        }
        let (class, length) = classes.at(bytes, at);
        let next = at + length;
        if class & word != 0 {
            return classes.run(bytes, next, word);
        }
        if class & NUMBER != 0 {
            return number(classes, bytes, next, self.digits);
        }
        if class & NEWLINE == 0 && next < bytes.len() {
            let (class, length) = classes.at(bytes, next);
            if class & word != 0 {
                return classes.run(bytes, next + length, word);
            }
            if first == b' ' && class & (SPACE | NUMBER) == 0 {
                return signs(classes, bytes, next + length, word);
            }
        }
        if class & SPACE == 0 {
            return signs(classes, bytes, next, word);
        }
        let (end, line_end) = space_run(classes, bytes, at);
        if line_end == 0 || self.whole_tail && end == bytes.len() {
            space_before_word(bytes, at, end)
        } else {
            line_end
        }
    }

    #[inline]
    fn starts(&self, window: &Window, chunk: &[u8; WIDTH]) -> u64 {
        let signs = window.signs();
        // Line breaks right behind signs belong to them.
        let taken = runs(window.newlines, window.newlines & (signs << 1));
        let spaces = window.spaces & !taken;
        let mut starts = space_starts(window, spaces);
        if self.whole_tail && window.ends {
            starts &= !inner_tail(window, spaces);
        }
        // A space goes with the signs behind it; a single sign without one goes with the letters behind it.
        let sign_starts = firsts(signs) & !(window.blanks << 1);
        let leads = sign_starts & (window.letters >> 1) | spaces & !window.newlines;
        starts |= sign_starts | firsts(window.letters) & !(leads << 1);
        starts |= digit_starts(window.digits, self.digits);
        let mut quotes = window.apostrophes & leads;
        while quotes != 0 {
            let quote = quotes.trailing_zeros() as usize;
            let end = quote + contraction(&chunk[..window.length], quote);
            if end > quote && end < WIDTH {
                starts |= 1 << end & window.letters;
            }
            quotes &= quotes - 1;
        }
        window.settled(starts, spaces)
    }
}

/// Of white space at the end of the text all but its first character.
#[inline]
fn inner_tail(window: &Window, spaces: u64) -> u64 {
    let others = window.all() & !spaces;
    u64::MAX.checked_shl(WIDTH as u32 - others.leading_zeros() + 1).unwrap_or(0)
}

/// Every `most`th digit of each run, from the first on.
#[inline]
pub(crate) fn digit_starts(digits: u64, most: usize) -> u64 {
    if most == 1 {
        return digits;
    }
    let mut starts = firsts(digits);
    let fourth = digits & digits << 1 & digits << 2 & digits << 3;
    if fourth != 0 {
        let mut new = starts;
        while new != 0 {
            new = new << 3 & fourth;
            starts |= new;
        }
    }
    starts
}

/// The rest of `[^\s\p{L}\p{N}]+[\r\n]*`.
#[inline]
fn signs(classes: &Classes, bytes: &[u8], at: usize, word: u8) -> usize {
    let end = classes.run_without(bytes, at, SPACE | NUMBER | word);
    line_breaks(bytes, end)
}

/// `[\r\n]*`
#[inline]
pub(crate) fn line_breaks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// The rest of `\p{N}{1,most}` behind its first digit.
#[inline]
pub(crate) fn number(classes: &Classes, bytes: &[u8], mut at: usize, most: usize) -> usize {
    for _ in 1..most {
        if at == bytes.len() {
            break;
        }
        let (class, length) = classes.at(bytes, at);
        if class & NUMBER == 0 {
            break;
        }
        at += length;
    }
    at
}

/// Length of `(?i:'s|'t|'re|'ve|'m|'ll|'d)` at an apostrophe, zero if it is none. The long s folds to s.
#[inline]
pub(crate) fn contraction(bytes: &[u8], at: usize) -> usize {
    match bytes[at + 1..] {
        [b's' | b't' | b'm' | b'd' | b'S' | b'T' | b'M' | b'D', ..] => 2,
        [b'r' | b'R' | b'v' | b'V', b'e' | b'E', ..] | [b'l' | b'L', b'l' | b'L', ..] | [0xC5, 0xBF, ..] => 3,
        _ => 0,
    }
}
