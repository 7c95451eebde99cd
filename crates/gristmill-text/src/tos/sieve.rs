//! Proves for most texts, in one quick pass, that no term can be in them.
//!
//! Wherever a term is written out, it begins with a word; few words of a text begin as one of a term does. Where the
//! shape of a text allows that words are spelled out, drawn out or written with signs, a second pass looks for runs of
//! letters without regard to borders and marks. Both let too many texts through, never too few.

use super::fold::Folded;
use super::letters::{BREAK, letter_code};
use super::runs::{self, Runs};
use super::shapes::{self, LAG, ROW, STEP, Shapes};
use super::words::Words;

/// Bytes that tell which shapes of personal data a text may have. The low bits are the kind of the byte.
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

/// Stands for a sign beyond ASCII that may stand for `e`.
const SIGN_E: u8 = 0x80;
/// Stands for a character that keeps words apart.
const APART: u8 = 0x81;
/// Not there at all: characters without width.
const SKIP: u8 = 0xFE;
/// What cannot be told in one byte: the text is given to the matcher.
const UNKNOWN: u8 = 0xFF;

/// Breaks before a text: as many as a shape can reach back, and one.
const START: usize = LAG + 1;

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
    /// Code of each byte.
    codes: [u8; 256],
    /// Kind and class of each byte.
    kinds: [u8; 256],
    /// Code of each byte where signs are letters, with [`runs::SIGN`] beside it.
    letters: [u8; 256],
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
    /// The text as ASCII.
    plain: Vec<u8>,
    codes: Vec<u8>,
    kinds: Vec<u8>,
    letters: Vec<u8>,
}

/// Blocks that hold letters, and forms of letters, like plain ones; marks that vanish.
const PAGES: [(u32, u32); 4] = [(0x80, 0x3400), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F100, 0x1F200)];

/// Blocks in which every character keeps words apart: ideographs, syllables, pictures.
const WALLS: [(u32, u32); 4] = [(0x3400, 0xA000), (0xAC00, 0xD7A4), (0x1F300, 0x1F700), (0x20000, 0x2F800)];

impl Sieve {
    /// A sieve that lets nothing through but what it cannot read.
    pub fn new() -> Self {
        let mut folded = Folded::default();
        let (mut codes, mut letters, mut kinds) = ([BREAK; 256], [BREAK; 256], [shapes::OTHER; 256]);
        for byte in 0..128_u8 {
            folded.fold(char::from(byte).encode_utf8(&mut [0; 4]));
            let code = folded.bytes[..folded.spelled].first().map_or(BREAK, |&byte| letter_code(byte));
            letters[byte as usize] = code | if folded.sign { runs::SIGN } else { 0 };
            // A sign is a letter in the second pass only.
            codes[byte as usize] = if folded.sign { BREAK } else { code };
            kinds[byte as usize] = match byte {
                b' ' | b'\t' => shapes::BLANK,
                b'-' | b'_' | b'*' | b'.' | b'~' | b'|' | b'^' => shapes::MARK,
                b'\'' => shapes::QUOTE,
                b'0'..=b'9' => shapes::DIGIT,
                b'!' => shapes::BANG,
                b'@' => shapes::SIGN | AT,
                b'(' | b'[' | b'{' => shapes::OTHER | BRACKET,
                b':' => shapes::OTHER | shapes::COLON,
                _ if folded.sign => shapes::SIGN,
                _ if code != BREAK => shapes::LETTER,
                _ => shapes::OTHER,
            };
        }
        letters[SIGN_E as usize] = letter_code(b'e') | runs::SIGN;
        kinds[SIGN_E as usize] = shapes::SIGN;
        let all = PAGES.iter().flat_map(|&(from, to)| from..to);
        let pages = all.map(|at| char::from_u32(at).map_or(APART, |c| byte_of(c, &mut folded))).collect();
        Self {
            codes,
            kinds,
            letters,
            pages,
            words: Words::new(),
            runs: Runs::new(),
            tiny: false,
            foreign: false,
        }
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
    }

    /// Looks at a text.
    pub fn sift(&self, text: &str, room: &mut Sifting) -> Sifted {
        let Sifting { plain, codes, kinds, letters } = room;
        let mut unknown = false;
        let bytes = if text.is_ascii() {
            text.as_bytes()
        } else {
            unknown = self.transliterate(text, plain);
            plain
        };
        // Behind the text stand enough breaks for a row.
        let end = START + bytes.len();
        let rows = (bytes.len() + LAG).div_ceil(STEP);
        let room = rows * STEP + ROW + 1;
        for buffer in [&mut *codes, &mut *kinds] {
            if buffer.len() < room {
                buffer.resize(room, 0);
            }
            buffer[end..room].fill(0);
        }
        let mut seen = 0;
        let places = codes[START..end].iter_mut().zip(&mut kinds[START..end]);
        for (&byte, (code, kind)) in bytes.iter().zip(places) {
            *code = self.codes[byte as usize];
            *kind = self.kinds[byte as usize];
            seen |= *kind;
        }
        let codes = &codes[..room];
        let (mut shapes, mut found) = (Shapes::default(), false);
        for row in 0..rows {
            let from = row * STEP;
            let (Some(kinds), Some(codes_before)) =
                (kinds[from + 1..].first_chunk::<ROW>(), codes[from..].first_chunk())
            else {
                break;
            };
            let mut starts = shapes.row(kinds, codes_before, end - from, self.tiny);
            while starts != 0 && !found {
                found = self.words.begin_at(&codes[from + 1 + starts.trailing_zeros() as usize..]);
                starts &= starts - 1;
            }
        }
        let tells = [
            (shapes.has_digit(), DIGITS),
            (shapes.has_number(), NUMBER),
            (shapes.has_colons(), COLONS),
            (shapes.has_long_word(), LONG),
        ];
        let classes = tells
            .iter()
            .fold(seen & (AT | BRACKET), |classes, &(is, class)| classes | if is { class } else { 0 });
        let again = || shapes.is_disguise() || (shapes.has_quote() && is_quoted_twice(text));
        let mut in_letters =
            || self.runs.are_in(bytes.iter().map(|&byte| self.letters[byte as usize]), letters);
        Sifted { suspect: unknown || found || (again() && in_letters()), classes }
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
