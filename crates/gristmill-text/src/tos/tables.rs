//! Kinds and letters of eight characters at once, each looked up in a table: for every processor.

use super::kinds::{Kinds, LEET, LETTER, ROW, SIGN, SIGN_E, SIGNS};
use super::letters::{BREAK, letter_code};

const ONES: u64 = 0x0101_0101_0101_0101;

/// Of each byte: its kind in three bits, and beside them whether it is a colon, `@` or a bracket.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b' ' | b'\t' => 1,
            b'-' | b'_' | b'*' | b'.' | b'~' | b'|' | b'^' => 2,
            b'\'' => 3,
            b'0'..=b'9' => 5,
            b'a'..=b'z' | b'A'..=b'Z' => 4,
            b'!' => 6,
            b'@' => 7 | 16,
            b'$' | b'+' | SIGN_E => 7,
            b'(' | b'[' | b'{' => 32,
            b':' => 8,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// The code of each byte that is a letter or a digit.
const CODES: [u8; 256] = {
    let mut codes = [BREAK; 256];
    let mut byte = 0;
    while byte < 128 {
        codes[byte] = letter_code((byte as u8).to_ascii_lowercase());
        byte += 1;
    }
    let mut at = 0;
    while at < LEET.len() {
        codes[LEET[at].0 as usize] = letter_code(LEET[at].1);
        at += 1;
    }
    codes
};

/// The code of each byte that is a sign, with [`SIGN`] beside it.
const SIGN_CODES: [u8; 256] = {
    let mut codes = [BREAK; 256];
    let mut at = 0;
    while at < SIGNS.len() {
        codes[SIGNS[at].0 as usize] = letter_code(SIGNS[at].1) | SIGN;
        at += 1;
    }
    codes
};

/// The lowest bits of eight bytes, side by side.
#[inline]
const fn gathered(bits: u64) -> u64 {
    (bits & ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Whether each of eight bytes is zero: none is above 128, so that none carries into the next.
#[inline]
const fn zeros(bytes: u64) -> u64 {
    !(bytes + 0x7F * ONES) >> 7
}

/// See [`Kinds::of`].
#[inline]
pub(super) fn kinds(row: &[u8; ROW], used: usize, codes: &mut [u8; ROW]) -> Kinds {
    *codes = [BREAK; ROW];
    let mut planes = [0_u64; 4];
    let (mut seen, mut same, mut before) = (0, 0, 0);
    let eights = row.as_chunks::<8>().0.iter().zip(codes.as_chunks_mut::<8>().0);
    for (at, (eight, codes)) in eights.enumerate().take(used.div_ceil(8)) {
        let kinds = u64::from_le_bytes(eight.map(|byte| KINDS[byte as usize]));
        *codes = eight.map(|byte| CODES[byte as usize]);
        seen |= kinds;
        for (bit, plane) in planes.iter_mut().enumerate() {
            *plane |= gathered(kinds >> bit) << (8 * at);
        }
        let now = u64::from_le_bytes(*codes);
        same |= gathered(zeros(now ^ (now << 8 | before >> 56))) << (8 * at);
        before = now;
    }
    let [low, middle, word, colon] = planes;
    Kinds {
        colon,
        blank: low & !middle & !word,
        quote: low & middle & !word,
        marks: middle & !word,
        digit: low & !middle & word,
        plain: !middle & word,
        bang: !low & middle & word,
        signs: middle & word,
        word,
        repeated: same & !middle & word,
        at: seen & (ONES << 4) != 0,
        bracket: seen & (ONES << 5) != 0,
    }
}

/// See [`super::kinds::letters`].
#[inline]
pub(super) fn letters(text: &[u8; ROW], codes: &[u8; ROW], letters: &mut [u8; ROW]) -> (u64, u64) {
    const CODES: u64 = u64::from_le_bytes([LETTER; 8]);
    let (mut none, mut again, mut before) = (0, 0, 0);
    let eights = text.as_chunks::<8>().0.iter().zip(codes.as_chunks::<8>().0);
    for (at, ((text, codes), letters)) in eights.zip(letters.as_chunks_mut::<8>().0).enumerate() {
        let signs = u64::from_le_bytes(text.map(|byte| SIGN_CODES[byte as usize]));
        let entries = u64::from_le_bytes(*codes) | signs;
        *letters = entries.to_le_bytes();
        let codes = entries & CODES;
        none |= gathered(zeros(codes)) << (8 * at);
        again |= gathered(zeros(codes ^ (codes << 8 | before >> 56))) << (8 * at);
        before = codes;
    }
    (!none, again & !none)
}
