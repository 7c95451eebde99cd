//! Shapes of words that may be a disguise, told by what kinds of characters stand side by side: 64 characters at once,
//! one bit each.

use super::kinds::{Kinds, ROW};

/// How many characters each row of 64 shares with the one before, for shapes have up to six.
pub(super) const LAG: usize = 5;
/// Characters that are new in a row.
pub(super) const STEP: usize = ROW - LAG;

/// All shapes met in a text: for each, whether a bit is left.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shapes {
    /// Letters may be set apart or drawn out, or signs stand for letters.
    apart: u64,
    /// A word of two letters stands where letters may be set apart; matters only beside `double`.
    pair: u64,
    /// A word begins with a letter twice.
    double: u64,
    /// A letter and a digit are in one word, or beside one mark.
    mixed: u64,
    /// A digit stands alone beside a mark and another; matters only beside `mixed`.
    dotted: u64,
    /// Digits stand as they do in numbers that tell who somebody is.
    number: u64,
    digit: u64,
    quote: u64,
    /// Two colons stand as close as in an address.
    colons: u64,
    /// Half of a word of 26 letters and digits, which is in one row or the next.
    long: u64,
    at: bool,
    bracket: bool,
    digits: u32,
    /// Marks and blanks between two digits.
    joints: u32,
}

impl Shapes {
    /// Whether letters may be set apart, or signs stand for letters.
    pub(super) const fn is_disguise(&self) -> bool {
        self.apart != 0 || (self.pair != 0 && self.double != 0) || (self.mixed != 0 && self.dotted != 0)
    }

    /// Whether digits stand as in a number of somebody.
    pub(super) const fn has_number(&self) -> bool {
        // The shortest numbers have seven digits, or four with dots between.
        self.number != 0 && (self.digits >= 7 || self.joints >= 3)
    }

    pub(super) const fn has_digit(&self) -> bool {
        self.digit != 0
    }

    pub(super) const fn has_colons(&self) -> bool {
        self.colons != 0
    }

    pub(super) const fn has_long_word(&self) -> bool {
        self.long != 0
    }

    pub(super) const fn has_quote(&self) -> bool {
        self.quote != 0
    }

    pub(super) const fn has_at(&self) -> bool {
        self.at
    }

    pub(super) const fn has_bracket(&self) -> bool {
        self.bracket
    }

    /// Takes in a row; gives the places where words begin. Each shape is told by its last character, and rather too
    /// often than not often enough. `new`: the characters that no row has told of. `tiny`: whether two letters with an
    /// apostrophe between may be a whole hit.
    #[inline]
    pub(super) fn row(&mut self, now: &Kinds, new: u64, tiny: bool) -> u64 {
        let (one, two) = (now.later(1), now.later(2));
        let (three, four) = (now.later(3), now.later(4));
        let starts = now.plain & !one.plain;
        let drawn = now.repeated & one.repeated;
        let double = now.repeated & (starts << 1);

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
            self.digits += (now.digit & new).count_ones();
            self.joints += (joint_digits & new).count_ones();
        }
        if now.colon != 0 {
            self.colons |= (1..=5).fold(0, |near, by| near | now.colon << by) & now.colon & new;
        }
        let long = [1, 2, 4, 5].into_iter().fold(now.plain, |runs, by| runs & (runs << by));
        self.apart |= (signed | marked | spaced | drawn) & new;
        self.pair |= pair & new;
        self.double |= double & new;
        self.mixed |= mixed & new;
        self.dotted |= dotted & new;
        self.number |= number & new;
        self.digit |= now.digit;
        self.quote |= now.quote;
        self.long |= long & new;
        self.at |= now.at;
        self.bracket |= now.bracket;
        starts & new
    }
}

#[cfg(test)]
mod tests {
    use super::{Kinds, ROW, Shapes};

    #[test]
    fn shapes_are_told_where_they_end() {
        let shapes = |text: &str| {
            let mut row = [0; ROW];
            row[..text.len()].copy_from_slice(text.as_bytes());
            let mut shapes = Shapes::default();
            let starts = shapes.row(&Kinds::of(&row, text.len(), &mut [0; ROW]), !0, false);
            (shapes.is_disguise(), shapes.has_number(), starts)
        };
        assert_eq!(shapes("ab c"), (false, false, 0b1001));
        assert_eq!(shapes("a.b."), (true, false, 0b101));
        assert!(shapes("a!b").0);
        assert!(!shapes("ab!").0);
        assert_eq!(shapes("1234567"), (false, true, 1));
        assert_eq!(shapes("123456"), (false, false, 1));
    }
}
