//! What kind of character stands where: 64 characters at once, one bit each for every kind.

use super::letters::{BREAK, letter_code};

/// Characters of a row.
pub(super) const ROW: usize = 64;

/// Stands for a sign beyond ASCII that may stand for `e`.
pub(super) const SIGN_E: u8 = 0x80;
/// Stands for a character that keeps words apart.
pub(super) const APART: u8 = 0x81;

/// Beside the code of a letter: a sign stands for it.
pub(super) const SIGN: u8 = 64;

/// Signs that may stand for letters.
const SIGNS: [(u8, u8); 5] = [(b'!', b'i'), (b'@', b'a'), (b'$', b's'), (b'+', b't'), (SIGN_E, b'e')];

/// Where which kinds are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    pub colon: u64,
    pub blank: u64,
    pub quote: u64,
    /// Marks that may stand between the letters of a word that is spelled out, and quotes.
    pub marks: u64,
    pub digit: u64,
    /// Letters and digits.
    pub plain: u64,
    /// `!`, which most often is what it seems.
    pub bang: u64,
    /// All signs that may stand for letters.
    pub signs: u64,
    /// Letters, digits, signs.
    pub word: u64,
    /// Letters and digits that are folded like the one before.
    pub repeated: u64,
    pub at: bool,
    pub bracket: bool,
}

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
        codes[byte] = letter_code(match byte as u8 {
            b'0' => b'o',
            b'1' => b'i',
            b'3' => b'e',
            b'4' => b'a',
            b'5' => b's',
            b'7' => b't',
            byte => byte.to_ascii_lowercase(),
        });
        byte += 1;
    }
    codes
};

/// The code of each byte that may stand for a letter, with [`SIGN`] beside those of signs.
pub(super) const LETTERS: [u8; 256] = {
    let mut letters = CODES;
    let mut at = 0;
    while at < SIGNS.len() {
        letters[SIGNS[at].0 as usize] = letter_code(SIGNS[at].1) | SIGN;
        at += 1;
    }
    letters
};

/// The lowest bits of eight bytes, side by side.
#[inline]
pub(super) const fn gathered(bits: u64) -> u64 {
    (bits & ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Whether each of eight bytes is zero: none is above 128, so that none carries into the next.
#[inline]
pub(super) const fn zeros(bytes: u64) -> u64 {
    !(bytes + 0x7F * ONES) >> 7
}

impl Kinds {
    /// Looks at a row, of which `used` characters are there and zeros behind; writes the codes of its letters and
    /// digits. The first never counts as repeated.
    #[inline]
    pub(super) fn of(row: &[u8; ROW], used: usize, codes: &mut [u8; ROW]) -> Self {
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
        Self {
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

    /// The same, seen from so many characters later.
    #[inline]
    pub(super) const fn later(&self, by: u32) -> Self {
        Self {
            colon: self.colon << by,
            blank: self.blank << by,
            quote: self.quote << by,
            marks: self.marks << by,
            digit: self.digit << by,
            plain: self.plain << by,
            bang: self.bang << by,
            signs: self.signs << by,
            word: self.word << by,
            repeated: self.repeated << by,
            at: self.at,
            bracket: self.bracket,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{APART, Kinds, LETTERS, ROW, SIGN, SIGN_E};
    use crate::tos::fold::Folded;
    use crate::tos::letters::{BREAK, letter_code};

    /// Kinds and codes are what folding says of each byte, in every place.
    #[test]
    fn every_byte_is_what_it_is_folded_to() {
        let mut folded = Folded::default();
        for byte in (0..128).chain([SIGN_E, APART]) {
            let (code, sign) = if byte < 128 {
                folded.fold(char::from(byte).encode_utf8(&mut [0; 4]));
                (folded.bytes[..folded.spelled].first().map_or(BREAK, |&byte| letter_code(byte)), folded.sign)
            } else {
                (if byte == SIGN_E { letter_code(b'e') } else { BREAK }, byte == SIGN_E)
            };
            for at in 0..ROW {
                let (mut row, mut codes) = ([0; ROW], [9; ROW]);
                row[at] = byte;
                let kinds = Kinds::of(&row, at + 1, &mut codes);
                let one = |is: bool| u64::from(is) << at;
                let plain = code != BREAK && !sign;
                let expected = Kinds {
                    colon: one(byte == b':'),
                    blank: one(matches!(byte, b' ' | b'\t')),
                    quote: one(byte == b'\''),
                    marks: one(b"-_*.~|^'".contains(&byte)),
                    digit: one(byte.is_ascii_digit()),
                    plain: one(plain),
                    bang: one(byte == b'!'),
                    signs: one(sign),
                    word: one(code != BREAK),
                    repeated: 0,
                    at: byte == b'@',
                    bracket: b"([{".contains(&byte),
                };
                assert_eq!(kinds, expected, "{byte} at {at}");
                let mut wanted = [BREAK; ROW];
                wanted[at] = if plain { code } else { BREAK };
                assert_eq!(codes, wanted, "{byte} at {at}");
            }
            assert_eq!(LETTERS[byte as usize], if sign { code | SIGN } else { code }, "{byte}");
        }
    }

    #[test]
    fn a_letter_is_repeated_whatever_its_form() {
        for at in 1..ROW {
            for pair in [*b"aA", *b"o0", *b"69", *b"zz"] {
                let mut row = [b' '; ROW];
                row[at - 1..=at].copy_from_slice(&pair);
                assert_eq!(Kinds::of(&row, at + 1, &mut [0; ROW]).repeated, 1 << at);
            }
        }
    }
}
