//! The split of GPT-2 and most byte-level tokenizers since: English contractions, then runs of letters,
//! numbers or signs with one space in front, then white space.

use super::Cover;
use super::classes::{Classes, LETTER, NUMBER, SPACE, ascii_letters};
use super::space::{space_before_word, space_run};
use super::window::{WIDTH, Window, firsts};

/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
pub(crate) struct Gpt2;

impl Cover for Gpt2 {
    #[inline]
    fn end(&self, classes: &Classes, bytes: &[u8], at: usize) -> usize {
        // By far the commonest piece: a word of ASCII letters, with a space in front or without.
        let start = at + usize::from(bytes[at] == b' ');
        let plain = ascii_letters(bytes, start);
        if plain > start {
            return if bytes.get(plain).is_some_and(|byte| *byte >= 0x80) {
                classes.run(bytes, plain, LETTER)
            } else {
                plain
            };
        }
        if bytes[at] == b'\'' {
            let length = contraction(bytes, at);
            if length > 0 {
                return at + length;
            }
        }
        let word = if bytes[at] == b' ' && at + 1 < bytes.len() { at + 1 } else { at };
        let (class, length) = classes.at(bytes, word);
        let next = word + length;
        if class & LETTER != 0 {
            classes.run(bytes, next, LETTER)
        } else if class & NUMBER != 0 {
            classes.run(bytes, next, NUMBER)
        } else if class & SPACE == 0 {
            classes.run_without(bytes, next, SPACE | LETTER | NUMBER)
        } else {
            let (end, _) = space_run(classes, bytes, at);
            space_before_word(bytes, at, end)
        }
    }

    #[inline]
    fn starts(&self, window: &Window, chunk: &[u8; WIDTH]) -> u64 {
        let Window { letters, digits, spaces, blanks, .. } = *window;
        let signs = window.signs();
        let others = window.all() & !spaces;
        let words = (firsts(letters) | firsts(digits) | firsts(signs)) & !(blanks << 1);
        let mut starts = words | firsts(spaces) | spaces & (others >> 1);
        let mut quotes = window.apostrophes & firsts(signs) & words & (letters >> 1);
        while quotes != 0 {
            let quote = quotes.trailing_zeros() as usize;
            let end = quote + contraction(&chunk[..window.length], quote);
            if end > quote {
                starts &= !(2 << quote);
                if end < WIDTH {
                    starts |= 1 << end & letters;
                }
            } else if quote + 2 >= window.length && !window.ends {
                // It may still become one.
                starts &= !(2 << quote);
            }
            quotes &= quotes - 1;
        }
        window.settled(starts, spaces)
    }
}

/// Length of the contraction at an apostrophe; zero if there is none.
fn contraction(bytes: &[u8], at: usize) -> usize {
    match bytes[at + 1..] {
        [b's' | b't' | b'm' | b'd', ..] => 2,
        [b'r' | b'v', b'e', ..] | [b'l', b'l', ..] => 3,
        _ => 0,
    }
}
