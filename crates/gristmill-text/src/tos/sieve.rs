//! Proves for most texts, in one quick pass, that no term can be in them.
//!
//! Wherever a term is written out, it begins with a word; few words of a text begin as one of a term does. Where the
//! shape of a text allows that words are spelled out, drawn out or written with signs, a second pass looks for runs of
//! letters without regard to borders and marks. Both let too many texts through, never too few.

use super::fold::Folded;
use super::kinds::{APART, Kinds, ROW, SIGN_E};
use super::letters::{BREAK, letter_code};
use super::runs::{self, Runs};
use super::shapes::{LAG, STEP, Shapes};
use super::words::Words;

/// Bytes that tell which shapes of personal data a text may have.
pub const AT: u8 = 16;
pub const BRACKET: u8 = 32;
/// Two colons as close as in an address.
pub const COLONS: u8 = 8;
/// A word that may be as long as the address of a wallet.
pub const LONG: u8 = 4;
/// A digit.
pub const DIGITS: u8 = 64;
/// Digits in such a place that they may be a number of somebody.
pub const NUMBER: u8 = 128;

/// Not there at all: characters without width.
const SKIP: u8 = 0xFE;
/// What cannot be told in one byte: the text is given to the matcher.
const UNKNOWN: u8 = 0xFF;

/// What one pass has found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sifted {
    /// Whether a term may be in the text.
    pub suspect: bool,
    /// Which of the telling bytes are there.
    pub classes: u8,
}

/// All that is known about the patterns.
pub struct Sieve {
    /// The bytes that stand for the characters of [`PAGES`].
    pages: Box<[u8]>,
    words: Words,
    runs: Runs,
    /// Whether a pattern has words of one and two letters only.
    tiny: bool,
    /// Whether a term has no plain letters to look for.
    foreign: bool,
}

/// Room for one text at a time.
#[derive(Default)]
pub struct Sifting {
    /// The text as ASCII, with at least a row of zeros behind it.
    plain: Vec<u8>,
    codes: Vec<u8>,
    /// Where words begin in each row.
    starts: Vec<u64>,
    letters: runs::Letters,
}

/// Bytes that are copied at once.
const WIDTH: usize = 16;

/// Breaks that are to be read behind a text.
const BEHIND: usize = 4 * WIDTH;

/// Blocks that hold letters, and forms of letters, like plain ones; marks that vanish.
const PAGES: [(u32, u32); 4] = [(0x80, 0x3400), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F100, 0x1F200)];

/// Blocks in which every character keeps words apart: ideographs, syllables, pictures.
const WALLS: [(u32, u32); 4] = [(0x3400, 0xA000), (0xAC00, 0xD7A4), (0x1F300, 0x1F700), (0x20000, 0x2F800)];

impl Sieve {
    /// A sieve that lets nothing through but what it cannot read.
    pub fn new() -> Self {
        let mut folded = Folded::default();
        let all = PAGES.iter().flat_map(|&(from, to)| from..to);
        let pages = all.map(|at| char::from_u32(at).map_or(APART, |c| byte_of(c, &mut folded))).collect();
        Self { pages, words: Words::new(), runs: Runs::new(), tiny: false, foreign: false }
    }

    /// Lets a folded pattern through, in whatever follows it. `open`: whether its last word may go on.
    pub fn add(&mut self, key: &[u8], runs: &[u32], open: bool) {
        let written = key.iter().zip(runs).flat_map(|(&byte, &run)| {
            let code = letter_code(byte);
            // A letter that is drawn out is told by its shape.
            std::iter::repeat_n(code, if run == 2 && code != BREAK { 2 } else { 1 })
        });
        let mut codes: Vec<u8> = Vec::new();
        for code in written {
            if code != BREAK || codes.last() != Some(&BREAK) {
                codes.push(code);
            }
        }
        let letters = collapse(codes.iter().copied().filter(|&code| code != BREAK));
        self.foreign |= letters.is_empty();
        self.tiny |= key.split(|&byte| byte == b' ').all(|word| word.len() <= 2);
        self.words.add(&codes, open);
        // A border of words is no part of a word that is spelled out, and blanks are left out there.
        self.runs.add(&letters);
    }

    /// To be called when all patterns are in.
    pub fn finish(&mut self) {
        self.words.finish();
        self.runs.finish();
    }

    /// Looks at a text.
    pub fn sift(&self, text: &str, room: &mut Sifting) -> Sifted {
        let Sifting { plain, codes, starts, letters } = room;
        let mut unknown = false;
        let length = if copy_ascii(text.as_bytes(), plain) {
            text.len()
        } else {
            unknown = self.transliterate(text, plain);
            let length = plain.len();
            plain.resize(length + 2 * ROW, 0);
            length
        };
        // The shapes at the end of a text are told by the character behind it.
        let rows = 1 + (length + 1).saturating_sub(ROW).div_ceil(STEP);
        let end = (rows - 1) * STEP + ROW;
        if codes.len() < end + BEHIND {
            codes.resize(end + BEHIND, BREAK);
        }
        codes[end..end + BEHIND].fill(BREAK);
        starts.clear();
        let mut shapes = Shapes::default();
        let mut new = !0;
        for row in 0..rows {
            let from = row * STEP;
            let (Some(bytes), Some(codes)) =
                (plain[from..].first_chunk::<ROW>(), codes[from..].first_chunk_mut::<ROW>())
            else {
                break;
            };
            starts.push(shapes.row(&Kinds::of(bytes, length - from, codes), new, self.tiny));
            new = !0 << LAG;
        }
        let codes = &codes[..end + BEHIND];
        let found = starts.iter().enumerate().any(|(row, &starts)| {
            let codes = &codes[row * STEP..];
            let mut left = starts;
            while left != 0 {
                if self.words.begin_at(&codes[left.trailing_zeros() as usize..]) {
                    return true;
                }
                left &= left - 1;
            }
            false
        });
        let tells = [
            (shapes.has_at(), AT),
            (shapes.has_bracket(), BRACKET),
            (shapes.has_digit(), DIGITS),
            (shapes.has_number(), NUMBER),
            (shapes.has_colons(), COLONS),
            (shapes.has_long_word(), LONG),
        ];
        let classes = tells.iter().fold(0, |classes, &(is, class)| classes | if is { class } else { 0 });
        let again = || shapes.is_disguise() || (shapes.has_quote() && is_quoted_twice(text));
        let suspect = unknown || found || (again() && self.runs.are_in(plain, codes, length, letters));
        Sifted { suspect, classes }
    }

    /// Writes one byte for each character; gives whether there is one for which none can stand.
    fn transliterate(&self, text: &str, plain: &mut Vec<u8>) -> bool {
        plain.clear();
        let mut unknown = false;
        for c in text.chars() {
            match if c.is_ascii() { c as u8 } else { self.beyond(c) } {
                SKIP => {}
                UNKNOWN => {
                    unknown = true;
                    plain.push(APART);
                }
                byte => plain.push(byte),
            }
        }
        unknown
    }

    /// What stands for a character beyond ASCII. A letter of another script counts as a break: it can only let more
    /// through.
    fn beyond(&self, c: char) -> u8 {
        if self.foreign {
            return UNKNOWN;
        }
        let mut before = 0;
        for (from, to) in PAGES {
            if (from..to).contains(&(c as u32)) {
                return self.pages[(before + c as u32 - from) as usize];
            }
            before += to - from;
        }
        if WALLS.iter().any(|&(from, to)| (from..to).contains(&(c as u32))) { APART } else { UNKNOWN }
    }
}

/// Copies a text with two rows of zeros behind it; gives whether all of it is ASCII.
fn copy_ascii(text: &[u8], plain: &mut Vec<u8>) -> bool {
    let length = text.len();
    if plain.len() < length + 2 * ROW {
        plain.resize(length + 2 * ROW, 0);
    }
    let mut seen = 0;
    // The last sixteen bytes are copied by themselves, some of them twice.
    if let Some(last) = text.last_chunk::<WIDTH>() {
        for (from, to) in text.as_chunks::<WIDTH>().0.iter().zip(plain.as_chunks_mut::<WIDTH>().0) {
            *to = *from;
            seen |= u128::from_le_bytes(*from);
        }
        plain[length - WIDTH..length].copy_from_slice(last);
        seen |= u128::from_le_bytes(*last);
    } else {
        plain[..length].copy_from_slice(text);
        seen = u128::from(text.iter().fold(0, |seen, byte| seen | byte));
    }
    plain[length..length + 2 * ROW].fill(0);
    seen & (u128::MAX / 255 * 128) == 0
}

/// Whether a word stands between two apostrophes that stand in words.
fn is_quoted_twice(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inside = |at: usize| bytes.get(at).is_some_and(|byte| !byte.is_ascii_whitespace());
    let mut last = 0;
    memchr::memchr_iter(b'\'', bytes).any(|at| {
        let from = std::mem::replace(&mut last, at);
        from > 0
            && inside(from - 1)
            && inside(at + 1)
            && !bytes[from + 1..at].iter().any(u8::is_ascii_whitespace)
    })
}

/// The byte that stands for a character beyond ASCII: one that is folded alike.
fn byte_of(c: char, folded: &mut Folded) -> u8 {
    folded.fold(c.encode_utf8(&mut [0; 4]));
    let main = &folded.bytes[..folded.spelled];
    match *main {
        [] => SKIP,
        [b' '] => {
            if c == '\u{a0}' {
                b' '
            } else {
                APART
            }
        }
        [byte] if folded.sign => match byte {
            b'a' => b'@',
            b'i' => b'!',
            b's' => b'$',
            b't' => b'+',
            b'e' => SIGN_E,
            _ => UNKNOWN,
        },
        [byte] if folded.runs[0] == 1 && c.is_alphanumeric() && letter_code(byte) != BREAK => byte,
        _ if main.iter().all(|&byte| letter_code(byte) == BREAK) => APART,
        _ => UNKNOWN,
    }
}

fn collapse(codes: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    for code in codes {
        if out.last() != Some(&code) {
            out.push(code);
        }
    }
    out
}
