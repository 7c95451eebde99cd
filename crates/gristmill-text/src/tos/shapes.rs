//! Shapes of words that may be a disguise, told by what kinds of characters stand side by side: 64 characters at once,
//! one bit each.

/// Kinds of characters, in the low three bits of what [`super::sieve`] keeps of each.
pub(super) const OTHER: u8 = 0;
pub(super) const BLANK: u8 = 1;
/// Marks that may stand between the letters of a word that is spelled out.
pub(super) const MARK: u8 = 2;
pub(super) const QUOTE: u8 = 3;
pub(super) const LETTER: u8 = 4;
pub(super) const DIGIT: u8 = 5;
/// `!`, which most often is what it seems.
pub(super) const BANG: u8 = 6;
/// Other signs that may stand for letters.
pub(super) const SIGN: u8 = 7;

/// Beside the kind.
pub(super) const COLON: u8 = 8;

/// Letters may be set apart or drawn out, or signs stand for letters.
const APART: u16 = 1;
/// A word of two letters stands where letters may be set apart; matters only beside [`DOUBLE`].
const PAIR: u16 = 2;
/// Digits stand as they do in numbers that tell who somebody is.
const NUMBER: u16 = 4;
/// A word begins with a letter twice.
const DOUBLE: u16 = 8;
/// A letter and a digit are in one word, or beside one mark.
const MIXED: u16 = 16;
/// A digit stands alone beside a mark and another; matters only beside [`MIXED`].
const DOTTED: u16 = 32;
const DIGITS: u16 = 64;
const QUOTES: u16 = 128;
/// Two colons stand as close as in an address.
const COLONS: u16 = 256;
/// Half of a word of 26 letters and digits, which is in one row or the next.
const LONG: u16 = 512;

/// How many characters each row of 64 shares with the one before, for shapes have up to six.
pub(super) const LAG: usize = 5;
pub(super) const ROW: usize = 64;
/// Characters that are new in a row.
pub(super) const STEP: usize = ROW - LAG;

/// All shapes met in a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shapes {
    met: u16,
    digits: u32,
    /// Marks and blanks between two digits.
    joints: u32,
}

impl Shapes {
    /// Whether letters may be set apart, or signs stand for letters.
    pub(super) const fn is_disguise(self) -> bool {
        const DOUBLED: u16 = PAIR | DOUBLE;
        const VERSION: u16 = MIXED | DOTTED;
        self.met & APART != 0 || self.met & DOUBLED == DOUBLED || self.met & VERSION == VERSION
    }

    /// Whether digits stand as in a number of somebody.
    pub(super) const fn has_number(self) -> bool {
        // The shortest numbers have seven digits, or four with dots between.
        self.met & NUMBER != 0 && (self.digits >= 7 || self.joints >= 3)
    }

    pub(super) const fn has_digit(self) -> bool {
        self.met & DIGITS != 0
    }

    pub(super) const fn has_colons(self) -> bool {
        self.met & COLONS != 0
    }

    pub(super) const fn has_long_word(self) -> bool {
        self.met & LONG != 0
    }

    pub(super) const fn has_quote(self) -> bool {
        self.met & QUOTES != 0
    }

    /// Takes in a row; gives the places where words begin. Each shape is told by its last character, and rather too
    /// often than not often enough. `codes`: of the same characters, behind the one before. Behind `used` characters
    /// there is nothing. `tiny`: whether two letters with an apostrophe between may be a whole hit.
    #[inline]
    pub(super) fn row(&mut self, kinds: &[u8; ROW], codes: &[u8; ROW + 1], used: usize, tiny: bool) -> u64 {
        const NEW: u64 = !0 << LAG;
        let eights = used.div_ceil(8);
        let now = &Kinds::of(kinds, eights);
        let (one, two) = (now.later(1), now.later(2));
        let (three, four) = (now.later(3), now.later(4));
        let starts = now.plain & !one.plain & NEW;

        let repeated = repeats(codes, eights) & now.plain;
        let drawn = repeated & (repeated << 1);
        let double = repeated & ((now.plain & !one.plain) << 1);

        // A sign before a letter, between signs, or at the beginning of a word. After a word `!` counts as a break.
        let signed = (one.signs & now.plain)
            | (one.signs & now.signs & !(one.bang & now.bang))
            | (now.signs & !one.word)
            | (now.signs & !now.bang);
        // One letter beside a mark that is not the end of a sentence.
        let before = !three.word & two.plain & one.marks & (now.marks | now.word) & !(one.quote & now.word);
        let after =
            (three.marks | three.word) & two.marks & one.plain & !now.word & !(two.quote & three.word);
        let mut marked = (before & !(two.digit & now.digit))
            | (after & !(three.digit & one.digit))
            | (two.quote & one.plain & now.quote);
        if tiny {
            marked |= !four.word & three.plain & two.quote & one.plain & !now.word;
        }
        let dotted = (before & two.digit & now.digit) | (after & three.digit & one.digit);
        let unlike = |some: &Kinds, other: &Kinds| some.plain & other.plain & (some.digit ^ other.digit);
        let mixed = unlike(&one, now)
            | (one.marks
                & (unlike(&two, now)
                    | (two.marks & (unlike(&three, now) | (three.marks & unlike(&four, now))))));
        // Two letters that stand alone, one blank apart.
        let spaced = !four.word & three.plain & two.blank & one.plain & !now.word;
        let joint =
            |kinds: &Kinds| kinds.blank | (kinds.marks & !kinds.quote) | if tiny { kinds.quote } else { 0 };
        let pair = (!three.word & two.plain & one.plain & joint(now))
            | (joint(&three) & two.plain & one.plain & !now.word);
        let joint_digits = two.digit & ((one.marks & !one.quote) | one.blank) & now.digit;
        let number =
            (three.digit & two.digit & one.digit & now.digit) | joint_digits | (one.signs & now.digit);
        if now.digit != 0 {
            self.digits += (now.digit & NEW).count_ones();
            self.joints += (joint_digits & NEW).count_ones();
        }
        let colons = (1..=5).fold(0, |near, by| near | now.colon << by) & now.colon;
        let long = [1, 2, 4, 5].into_iter().fold(now.plain, |runs, by| runs & (runs << by));
        for (shape, bit) in [
            (signed | marked | spaced | drawn, APART),
            (pair, PAIR),
            (number, NUMBER),
            (double, DOUBLE),
            (mixed, MIXED),
            (dotted, DOTTED),
            (now.digit, DIGITS),
            (now.quote, QUOTES),
            (colons, COLONS),
            (long, LONG),
        ] {
            self.met |= u16::from(shape & NEW != 0) * bit;
        }
        starts
    }
}

/// Where which kinds are.
struct Kinds {
    colon: u64,
    blank: u64,
    quote: u64,
    /// Marks and quotes.
    marks: u64,
    digit: u64,
    /// Letters and digits.
    plain: u64,
    bang: u64,
    /// All signs.
    signs: u64,
    /// Letters, digits, signs.
    word: u64,
}

impl Kinds {
    #[inline]
    fn of(kinds: &[u8; ROW], eights: usize) -> Self {
        let mut planes = [0_u64; 4];
        for (at, eight) in kinds.as_chunks::<8>().0.iter().take(eights).enumerate() {
            let eight = u64::from_le_bytes(*eight);
            for (bit, plane) in planes.iter_mut().enumerate() {
                *plane |= gathered(eight >> bit & ONES) << (8 * at);
            }
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
        }
    }

    /// The same, seen from so many characters later.
    #[inline]
    const fn later(&self, by: u32) -> Self {
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
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// The lowest bits of eight bytes, side by side.
#[inline]
const fn gathered(bits: u64) -> u64 {
    bits.wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Where a code is the same as the one before.
#[inline]
fn repeats(codes: &[u8; ROW + 1], eights: usize) -> u64 {
    let (before, now) = (codes[..ROW].as_chunks::<8>().0, codes[1..].as_chunks::<8>().0);
    let mut same = 0;
    for (at, (before, now)) in before.iter().zip(now).take(eights).enumerate() {
        let unlike = u64::from_le_bytes(*before) ^ u64::from_le_bytes(*now);
        // Codes are below 128: no byte carries into the next.
        let equal = !(unlike + 0x7F * ONES) >> 7 & ONES;
        same |= gathered(equal) << (8 * at);
    }
    same
}

#[cfg(test)]
mod tests {
    use super::{BANG, DIGIT, Kinds, LAG, LETTER, MARK, ROW, Shapes, repeats};

    #[test]
    fn every_character_has_its_bit() {
        for at in 0..ROW {
            let mut kinds = [0; ROW];
            kinds[at] = DIGIT;
            let found = Kinds::of(&kinds, 8);
            assert_eq!((found.digit, found.plain, found.word), (1 << at, 1 << at, 1 << at));
            assert_eq!((found.blank, found.marks, found.signs), (0, 0, 0));
            let mut codes = [0; ROW + 1];
            (codes[at], codes[at + 1]) = (7, 7);
            assert_eq!(repeats(&codes, 8) >> at & 1, 1);
        }
    }

    #[test]
    fn shapes_are_told_where_they_end() {
        let shapes = |kinds: &[u8]| {
            let mut row = [0; ROW];
            row[LAG..LAG + kinds.len()].copy_from_slice(kinds);
            let mut shapes = Shapes::default();
            let codes = std::array::from_fn(|at| at as u8);
            let starts = shapes.row(&row, &codes, LAG + kinds.len(), false);
            (shapes.is_disguise(), shapes.has_number(), starts >> LAG)
        };
        assert_eq!(shapes(&[LETTER, LETTER, 1, LETTER]), (false, false, 0b1001));
        assert_eq!(shapes(&[LETTER, MARK, LETTER, MARK]), (true, false, 0b101));
        assert!(shapes(&[LETTER, BANG, LETTER]).0);
        assert!(!shapes(&[LETTER, LETTER, BANG]).0);
        assert_eq!(shapes(&[DIGIT; 7]), (false, true, 1));
        assert_eq!(shapes(&[DIGIT; 6]), (false, false, 1));
    }
}
