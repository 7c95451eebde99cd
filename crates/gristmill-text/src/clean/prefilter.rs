//! Decides in one pass which rules can fire at all, since on most rows none does.
//!
//! Every rule names what a row must contain: a pair of neighbouring bytes out of two sets, or a literal. Bytes that
//! no set tells apart share a class, so all pairs of all rules become one small table of bit masks, looked up once
//! per byte; all literals become one automaton. A false alarm costs a rule's own scan, a miss would be a bug: each
//! rule's table is also run with the prefilter switched off.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::failure::TextFailure;

/// A set of byte values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ByteSet([bool; 256]);

impl ByteSet {
    pub const ANY: Self = Self([true; 256]);
    pub const DIGIT: Self = Self::range(b'0', b'9');
    /// First and following bytes of everything beyond ASCII.
    pub const HIGH: Self = Self::range(0x80, 0xff);
    /// Bytes a word may consist of, beyond ASCII included.
    pub const WORD: Self =
        Self::of(b"_").or(Self::DIGIT).or(Self::range(b'a', b'z')).or(Self::range(b'A', b'Z')).or(Self::HIGH);
    /// White space of one byte, and every byte that may be part of wider white space.
    pub const BLANK: Self = Self::of(b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f").or(Self::HIGH);

    pub const fn of(bytes: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut i = 0;
        while i < bytes.len() {
            set[bytes[i] as usize] = true;
            i += 1;
        }
        Self(set)
    }

    pub const fn range(first: u8, last: u8) -> Self {
        let mut set = [false; 256];
        let mut byte = first as usize;
        while byte <= last as usize {
            set[byte] = true;
            byte += 1;
        }
        Self(set)
    }

    pub const fn or(self, other: Self) -> Self {
        let mut set = self.0;
        let mut i = 0;
        while i < 256 {
            set[i] = set[i] || other.0[i];
            i += 1;
        }
        Self(set)
    }

    pub const fn not(self) -> Self {
        let mut set = self.0;
        let mut i = 0;
        while i < 256 {
            set[i] = !set[i];
            i += 1;
        }
        Self(set)
    }
}

/// Something a row must contain for a rule to fire.
#[derive(Clone)]
pub enum Trigger {
    /// A byte of the first set directly followed by one of the second; text ends count as line ends.
    Pair(Box<(ByteSet, ByteSet)>),
    /// A literal, ASCII letters in either case.
    Literal(String),
}

/// What a rule needs; a rule without triggers may always fire.
#[derive(Clone, Default)]
pub struct Need {
    /// One of these must be there.
    pub any: Vec<Trigger>,
    /// Some turn must have at least so many line ends.
    pub turn_newlines: usize,
    /// Also fires on a row that is not in canonical form.
    pub odd_frame: bool,
}

impl Need {
    pub fn always() -> Self {
        Self::default()
    }

    pub fn pair(first: ByteSet, second: ByteSet) -> Self {
        Self { any: vec![Trigger::Pair(Box::new((first, second)))], ..Self::default() }
    }

    pub fn literals<'a>(literals: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            any: literals.into_iter().map(|l| Trigger::Literal(l.to_owned())).collect(),
            ..Self::default()
        }
    }

    pub fn or_pair(mut self, first: ByteSet, second: ByteSet) -> Self {
        self.any.push(Trigger::Pair(Box::new((first, second))));
        self
    }

    pub fn newlines(count: usize) -> Self {
        Self { turn_newlines: count, ..Self::default() }
    }
}

/// The compiled triggers of up to 64 rules; later rules are always asked.
pub struct Prefilter {
    class: [u8; 256],
    classes: usize,
    pairs: Vec<u64>,
    words: Option<AhoCorasick>,
    word_masks: Vec<u64>,
    /// Bits of rules that are always asked.
    always: u64,
}

impl Prefilter {
    pub fn new<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Result<Self, TextFailure> {
        let mut pairs: Vec<(ByteSet, ByteSet, u64)> = Vec::new();
        let mut words: Vec<String> = Vec::new();
        let mut word_masks = Vec::new();
        let mut always = 0;
        for (index, need) in needs.into_iter().enumerate().take(64) {
            let bit = 1u64 << index;
            if need.any.is_empty() && !need.odd_frame {
                always |= bit;
            }
            for trigger in &need.any {
                match trigger {
                    Trigger::Pair(sets) => pairs.push((sets.0, sets.1, bit)),
                    Trigger::Literal(word) if word.is_ascii() && !word.is_empty() => {
                        words.push(word.clone());
                        word_masks.push(bit);
                    }
                    Trigger::Literal(_) => always |= bit,
                }
            }
        }
        let (class, members) = classes(&pairs);
        let mut table = vec![0u64; members.len() * members.len()];
        for (i, &first) in members.iter().enumerate() {
            for (j, &second) in members.iter().enumerate() {
                for (a, b, bit) in &pairs {
                    if a.0[first as usize] && b.0[second as usize] {
                        table[i * members.len() + j] |= bit;
                    }
                }
            }
        }
        let automaton = |words: &[String]| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(words)
                .map_err(|error| TextFailure::Automaton { message: error.to_string() })
        };
        let words = if words.is_empty() { None } else { Some(automaton(&words)?) };
        Ok(Self { class, classes: members.len(), pairs: table, words, word_masks, always })
    }

    /// Bits of the rules that may fire on this text.
    pub fn mask(&self, text: &str) -> u64 {
        let mut mask = self.always;
        let end = usize::from(self.class[usize::from(b'\n')]);
        let mut row = end * self.classes;
        for &byte in text.as_bytes() {
            let class = usize::from(self.class[usize::from(byte)]);
            mask |= self.pairs[row + class];
            row = class * self.classes;
        }
        mask |= self.pairs[row + end];
        if let Some(words) = &self.words {
            for found in words.find_overlapping_iter(text) {
                mask |= self.word_masks[found.pattern().as_usize()];
            }
        }
        mask
    }
}

/// Splits byte values into classes that no set tells apart: class per byte, and one member per class.
fn classes(pairs: &[(ByteSet, ByteSet, u64)]) -> ([u8; 256], Vec<u8>) {
    let mut class = [0u8; 256];
    let mut members: Vec<u8> = Vec::new();
    for byte in 0..=255u8 {
        let alike = |&member: &u8| {
            let (a, b) = (member as usize, byte as usize);
            pairs.iter().all(|(x, y, _)| x.0[a] == x.0[b] && y.0[a] == y.0[b])
        };
        let at = members.iter().position(alike).unwrap_or_else(|| {
            members.push(byte);
            members.len() - 1
        });
        class[byte as usize] = at as u8;
    }
    (class, members)
}

#[cfg(test)]
mod tests {
    use super::{ByteSet, Need, Prefilter};

    #[test]
    fn bits_say_which_rules_may_fire() {
        let needs = [
            Need::pair(ByteSet::of(b"|"), ByteSet::of(b"|")),
            Need::literals(["lf", "accepting"]),
            Need::always(),
            Need::pair(ByteSet::of(b":"), ByteSet::of(b"\n")),
        ];
        let filter = Prefilter::new(&needs).unwrap();
        assert_eq!(filter.mask("plain"), 0b100);
        assert_eq!(filter.mask("a||b"), 0b101);
        assert_eq!(filter.mask("myseLF"), 0b110);
        assert_eq!(filter.mask("end:"), 0b1100);
    }
}
