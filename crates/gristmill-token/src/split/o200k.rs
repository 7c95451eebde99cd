//! The split of o200k: words break before a capital that follows a small letter, and keep their contraction.

use super::Cover;
use super::cl100k::{contraction, digit_starts, number};
use super::classes::{Classes, LETTER, LOWER, NEWLINE, NUMBER, SPACE, UPPER};
use super::space::space_with_lines;
use super::window::{WIDTH, Window, firsts, runs, space_starts};

/// `W1|W2|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+` with, for `U` = `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
/// and `l` = `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`, W1 = `[^\r\n\p{L}\p{N}]?U*l+C?`, W2 = `[^\r\n\p{L}\p{N}]?U+l*C?`, C a contraction.
pub(crate) struct O200k;

impl Cover for O200k {
    #[inline]
    fn end(&self, classes: &Classes, bytes: &[u8], at: usize) -> usize {
        let (class, length) = classes.at(bytes, at);
        let next = at + length;
        if class & NUMBER != 0 {
            return number(classes, bytes, next, 3);
        }
        if class & NEWLINE == 0
            && let Some(end) = word(classes, bytes, at, class, next)
        {
            return suffix(bytes, end);
        }
        if bytes[at] == b' ' && next < bytes.len() {
            let (class, length) = classes.at(bytes, next);
            if class & (SPACE | LETTER | NUMBER) == 0 {
                return signs(classes, bytes, next + length);
            }
        }
        if class & SPACE == 0 { signs(classes, bytes, next) } else { space_with_lines(classes, bytes, at) }
    }

    #[inline]
    fn starts(&self, window: &Window, chunk: &[u8; WIDTH]) -> u64 {
        let Window { letters, capitals, .. } = *window;
        let all_signs = window.signs();
        // Line breaks right behind signs belong to them, and slashes behind those.
        let within = window.newlines | window.slashes;
        let mut breaks = window.newlines & (all_signs << 1);
        let mut taken = 0;
        while breaks != 0 {
            taken |= runs(within, breaks & breaks.wrapping_neg());
            breaks &= !taken;
        }
        let (signs, spaces) = (all_signs & !taken, window.spaces & !taken);
        let sign_starts = firsts(signs) & !(window.blanks << 1);
        let leads = sign_starts & (letters >> 1) | spaces & !window.newlines;
        let mut starts = space_starts(window, spaces)
            | sign_starts
            | firsts(letters) & !(leads << 1)
            | capitals & (letters & !capitals) << 1
            | digit_starts(window.digits, 3);
        let mut quotes = window.apostrophes & letters << 1;
        let mut taken = WIDTH;
        while quotes != 0 {
            let quote = quotes.trailing_zeros() as usize;
            quotes &= quotes - 1;
            // A word has one contraction.
            if quote == taken {
                continue;
            }
            if quote + 2 >= window.length && !window.ends {
                return window.settled(starts & !(u64::MAX << quote), spaces);
            }
            let length = contraction(&chunk[..window.length], quote);
            if length > 0 {
                taken = quote + length;
                starts &= !(((1 << length) - 1) << quote);
                if taken < WIDTH {
                    starts |= 1 << taken & letters;
                }
            }
        }
        window.settled(starts, spaces)
    }
}

/// W1 and W2 without the contraction, in the order a backtracking engine tries them. A mark can be both the
/// character in front and part of the word.
#[inline]
fn word(classes: &Classes, bytes: &[u8], at: usize, class: u8, next: usize) -> Option<usize> {
    let leads = class & LETTER == 0 && next < bytes.len();
    let begins = class & (UPPER | LOWER) != 0;
    let led = leads.then(|| halves(classes, bytes, next));
    if let Some(Halves { lower: Some(end), .. }) = led {
        return Some(end);
    }
    let own = begins.then(|| halves(classes, bytes, at));
    if let Some(Halves { lower: Some(end), .. }) = own {
        return Some(end);
    }
    led.and_then(|halves| halves.upper).or_else(|| own.and_then(|halves| halves.upper))
}

/// Where `U*l+` and where `U+` end, if they match.
#[derive(Clone, Copy)]
struct Halves {
    lower: Option<usize>,
    upper: Option<usize>,
}

#[inline]
fn halves(classes: &Classes, bytes: &[u8], at: usize) -> Halves {
    let (mut end, mut caseless) = (at, None);
    while end < bytes.len() {
        let (class, length) = classes.at(bytes, end);
        if class & UPPER == 0 {
            if class & LOWER != 0 {
                let lower = Some(classes.run(bytes, end + length, LOWER));
                return Halves { lower, upper: (end > at).then_some(end) };
            }
            break;
        }
        end += length;
        if class & LOWER != 0 {
            caseless = Some(end);
        }
    }
    // `U*` took everything; it gives back up to the last character that `l+` can have.
    Halves { lower: caseless, upper: (end > at).then_some(end) }
}

#[inline]
fn suffix(bytes: &[u8], end: usize) -> usize {
    if bytes.get(end) == Some(&b'\'') { end + contraction(bytes, end) } else { end }
}

/// The rest of `[^\s\p{L}\p{N}]+[\r\n/]*`.
#[inline]
fn signs(classes: &Classes, bytes: &[u8], at: usize) -> usize {
    let mut end = classes.run_without(bytes, at, SPACE | LETTER | NUMBER);
    while matches!(bytes.get(end), Some(b'\r' | b'\n' | b'/')) {
        end += 1;
    }
    end
}
