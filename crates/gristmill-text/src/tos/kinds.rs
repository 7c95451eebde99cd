//! What kind of character stands where: 64 characters at once, one bit each for every kind.

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use super::lanes as ways;
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
use super::tables as ways;

/// Characters of a row.
pub(super) const ROW: usize = 64;

/// Stands for a sign beyond ASCII that may stand for `e`.
pub(super) const SIGN_E: u8 = 0x80;
/// Stands for a character that keeps words apart.
pub(super) const APART: u8 = 0x81;

/// The bits of the code of a letter.
pub(super) const LETTER: u8 = 31;
/// Beside the code of a letter: a sign stands for it.
pub(super) const SIGN: u8 = 64;

/// Digits that stand for letters; the others stand for themselves.
pub(super) const LEET: [(u8, u8); 6] =
    [(b'0', b'o'), (b'1', b'i'), (b'3', b'e'), (b'4', b'a'), (b'5', b's'), (b'7', b't')];

/// Signs that may stand for letters.
pub(super) const SIGNS: [(u8, u8); 5] =
    [(b'!', b'i'), (b'@', b'a'), (b'$', b's'), (b'+', b't'), (SIGN_E, b'e')];

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

impl Kinds {
    /// Looks at a row, of which `used` characters are there and zeros behind; writes the codes of its letters and
    /// digits. The first never counts as repeated.
    #[inline]
    pub(super) fn of(row: &[u8; ROW], used: usize, codes: &mut [u8; ROW]) -> Self {
        ways::kinds(row, used, codes)
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

/// Where letters are, and where one is like the one before in the row; writes for each character the letter it may
/// stand for, with [`SIGN`] beside it if it is a sign. `codes`: those of the letters and digits of the row.
#[inline]
pub(super) fn letters(text: &[u8; ROW], codes: &[u8; ROW], letters: &mut [u8; ROW]) -> (u64, u64) {
    ways::letters(text, codes, letters)
}

#[cfg(test)]
mod tests {
    use super::{APART, Kinds, ROW, SIGN, SIGN_E, letters};
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
                let mut written = [9; ROW];
                assert_eq!(letters(&row, &codes, &mut written), (one(code != BREAK), 0), "{byte} at {at}");
                wanted[at] = if sign { code | SIGN } else { code };
                assert_eq!(written, wanted, "{byte} at {at}");
            }
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
