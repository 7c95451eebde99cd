//! Decides in one pass which rules can fire at all, since on most rows none does.
//!
//! Every rule names what a row must contain: short sequences of bytes, each out of a set. Of each sequence the rarest
//! four neighbours become one bit of a window; a row has the sequence only if for some four bytes in a row the bit
//! is set in the tables of all four places. So one pass tests all sequences at once, without a state that one byte
//! hands on to the next. A false alarm costs a rule's own scan, a miss would be a bug: each rule's table is also
//! run with the prefilter switched off.

/// A set of byte values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ByteSet([bool; 256]);

impl ByteSet {
    pub const ANY: Self = Self([true; 256]);
    pub const DIGIT: Self = Self::range(b'0', b'9');
    pub const LETTER: Self = Self::range(b'a', b'z').or(Self::range(b'A', b'Z'));
    /// First and following bytes of everything beyond ASCII.
    pub const HIGH: Self = Self::range(0x80, 0xff);
    /// Bytes a word may consist of, beyond ASCII included.
    pub const WORD: Self = Self::of(b"_").or(Self::DIGIT).or(Self::LETTER).or(Self::HIGH);
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

    /// A byte; a letter in either case.
    pub const fn letter(byte: u8) -> Self {
        Self::of(&[byte.to_ascii_lowercase(), byte.to_ascii_uppercase()])
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

/// What a rule needs; a rule without sequences may always fire.
#[derive(Clone, Default)]
pub struct Need {
    /// One of these sequences must be there; text ends count as line ends.
    pub any: Vec<Vec<ByteSet>>,
    /// Some turn must have at least so many line ends.
    pub turn_newlines: usize,
    /// Also fires on a row that is not in canonical form.
    pub odd_frame: bool,
}

impl Need {
    pub fn always() -> Self {
        Self::default()
    }

    pub fn sequence<const N: usize>(sets: [ByteSet; N]) -> Self {
        Self::default().or(sets)
    }

    pub fn or<const N: usize>(mut self, sets: [ByteSet; N]) -> Self {
        self.any.push(sets.to_vec());
        self
    }

    pub fn pair(first: ByteSet, second: ByteSet) -> Self {
        Self::sequence([first, second])
    }

    pub fn or_pair(self, first: ByteSet, second: ByteSet) -> Self {
        self.or([first, second])
    }

    /// A literal, ASCII letters in either case.
    pub fn literal(literal: &str) -> Self {
        Self { any: vec![literal.bytes().map(ByteSet::letter).collect()], ..Self::default() }
    }

    /// A literal between two other bytes.
    pub fn or_between(mut self, before: ByteSet, literal: &str, after: ByteSet) -> Self {
        let letters = literal.bytes().map(ByteSet::letter);
        self.any.push([before].into_iter().chain(letters).chain([after]).collect());
        self
    }

    pub fn newlines(count: usize) -> Self {
        Self { turn_newlines: count, ..Self::default() }
    }

    pub fn odd_frame(mut self) -> Self {
        self.odd_frame = true;
        self
    }
}

/// Neighbours looked at together.
const WIDTH: usize = 4;

/// Numbers of line ends told apart.
const NEWLINES: usize = 8;

/// The compiled needs of up to 64 rules; later rules are always asked.
pub struct Prefilter {
    /// Windows a byte belongs to, by its place in them: 32 bytes side by side for each byte.
    places: Box<[[u64; WIDTH]; 256]>,
    /// Rules a window stands for.
    rules: [u64; 64],
    /// Rules that are always asked.
    always: u64,
    /// Rules that are asked on rows that are not in canonical form.
    odd_frame: u64,
    /// Rules that so many line ends are enough for.
    newlines: [u64; NEWLINES + 1],
}

impl Prefilter {
    pub fn new<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Self {
        let mut windows: Vec<Window> = Vec::new();
        let (mut always, mut odd_frame, mut newlines) = (0, 0, [0; NEWLINES + 1]);
        for (index, need) in needs.into_iter().enumerate().take(64) {
            let bit = 1u64 << index;
            if need.odd_frame {
                odd_frame |= bit;
            } else if need.any.is_empty() {
                always |= bit;
            }
            newlines.iter_mut().skip(need.turn_newlines).for_each(|rules| *rules |= bit);
            newlines[NEWLINES] |= bit;
            for sequence in &need.any {
                match Window::rarest(sequence, bit) {
                    Some(window) => Window::add(&mut windows, window),
                    None => always |= bit,
                }
            }
        }
        while windows.len() > 64 {
            let Some((a, b)) = Window::cheapest_union(&windows) else {
                // More rules than windows: the last ones do without.
                windows.drain(64..).for_each(|window| always |= window.rules);
                break;
            };
            let other = windows.swap_remove(b);
            windows[a] = windows[a].union(&other);
        }
        let mut places = Box::new([[0; WIDTH]; 256]);
        let mut rules = [0; 64];
        for (number, window) in windows.iter().enumerate() {
            rules[number] = window.rules;
            for (at, set) in window.sets.iter().enumerate() {
                for (bits, _) in places.iter_mut().zip(set.0).filter(|(_, has)| *has) {
                    bits[at] |= 1 << number;
                }
            }
        }
        Self { places, rules, always, odd_frame, newlines }
    }

    /// Bits of the rules that may fire on this text.
    pub fn mask(&self, text: &str, plain: bool, newlines: usize) -> u64 {
        let bytes = text.as_bytes();
        let mut found = 0;
        // Each byte is looked up once; what its neighbours before allowed is carried along.
        let (mut one, mut two, mut three) = (0, 0, 0);
        for &byte in bytes {
            let [a, b, c, d] = self.places[usize::from(byte)];
            found |= three & d;
            three = two & c;
            two = one & b;
            one = a;
        }
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(b'\n');
        found |= self.at([b'\n', byte(0), byte(1), byte(2)]);
        for at in bytes.len().saturating_sub(WIDTH - 1)..bytes.len() {
            found |= self.at([byte(at), byte(at + 1), byte(at + 2), byte(at + 3)]);
        }
        let mut mask = self.always | if plain { 0 } else { self.odd_frame };
        while found != 0 {
            mask |= self.rules[found.trailing_zeros() as usize];
            found &= found - 1;
        }
        mask & self.newlines[newlines.min(NEWLINES)]
    }

    /// The windows that these bytes fit.
    fn at(&self, bytes: [u8; WIDTH]) -> u64 {
        let [a, b, c, d] = bytes;
        let place = |byte: u8, at: usize| self.places[usize::from(byte)][at];
        place(a, 0) & place(b, 1) & place(c, 2) & place(d, 3)
    }
}

/// Four neighbours of a sequence, and the rules that need it.
#[derive(Clone)]
struct Window {
    sets: [ByteSet; WIDTH],
    rules: u64,
}

impl Window {
    /// The window of a sequence that chat seldom has; `None` for an empty sequence.
    fn rarest(sequence: &[ByteSet], rules: u64) -> Option<Self> {
        if sequence.is_empty() {
            return None;
        }
        let at = |from: usize| Self {
            sets: std::array::from_fn(|i| sequence.get(from + i).copied().unwrap_or(ByteSet::ANY)),
            rules,
        };
        let last = sequence.len().saturating_sub(WIDTH);
        (0..=last).map(at).min_by(|a, b| a.weight().total_cmp(&b.weight()))
    }

    /// Adds a window, or its rules to one that is the same.
    fn add(windows: &mut Vec<Self>, new: Self) {
        match windows.iter_mut().find(|window| window.sets == new.sets) {
            Some(window) => window.rules |= new.rules,
            None => windows.push(new),
        }
    }

    fn union(&self, other: &Self) -> Self {
        let sets = std::array::from_fn(|i| self.sets[i].or(other.sets[i]));
        Self { sets, rules: self.rules | other.rules }
    }

    /// The two windows of the same rules whose union adds least to the false alarms.
    fn cheapest_union(windows: &[Self]) -> Option<(usize, usize)> {
        let weights: Vec<f64> = windows.iter().map(Self::weight).collect();
        let pairs = (0..windows.len()).flat_map(|a| (a + 1..windows.len()).map(move |b| (a, b)));
        pairs
            .filter(|&(a, b)| windows[a].rules == windows[b].rules)
            .map(|(a, b)| (windows[a].union(&windows[b]).weight() - weights[a] - weights[b], (a, b)))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, pair)| pair)
    }

    /// How often about the window is met.
    fn weight(&self) -> f64 {
        self.sets
            .iter()
            .map(|set| (0..=255).filter(|&b| set.0[usize::from(b)]).map(share).sum::<f64>())
            .product()
    }
}

/// Rough share of a byte in chat.
fn share(byte: u8) -> f64 {
    match byte {
        b' ' => 0.16,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'h' => 0.055,
        b'a'..=b'z' => 0.015,
        b'.' | b',' | b':' | b'\n' => 0.01,
        b'!'..=b'~' => 0.003,
        _ => 0.001,
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteSet, Need, Prefilter};

    #[test]
    fn bits_say_which_rules_may_fire() {
        let needs = [
            Need::pair(ByteSet::of(b"|"), ByteSet::of(b"|")),
            Need::literal("lf"),
            Need::always(),
            Need::pair(ByteSet::of(b":"), ByteSet::of(b"\n")),
            Need::literal("accepting").or_between(ByteSet::of(b" \n"), "u", ByteSet::of(b" \n")),
            Need::newlines(20),
            Need::sequence([ByteSet::of(b"#")]).odd_frame(),
        ];
        let filter = Prefilter::new(&needs);
        let mask = |text| filter.mask(text, true, 0);
        assert_eq!(mask(""), 0b100);
        assert_eq!(mask("plain"), 0b100);
        assert_eq!(mask("a||b"), 0b101);
        assert_eq!(mask("myseLF"), 0b110);
        assert_eq!(mask("end:"), 0b1100);
        assert_eq!(mask("u"), 0b1_0100);
        assert_eq!(mask("you, u"), 0b1_0100);
        assert_eq!(mask("we are ACCEPTING"), 0b1_0100);
        assert_eq!(mask("#"), 0b100_0100);
        assert_eq!(filter.mask("plain", false, 0), 0b100_0100);
        assert_eq!(filter.mask("plain", true, 20), 0b10_0100);
    }

    #[test]
    fn more_sequences_than_windows_are_merged_and_none_is_missed() {
        let words: Vec<String> = (0..300).map(|n| format!("w{n:03}x")).collect();
        let needs: Vec<Need> = (0..3)
            .map(|rule| {
                let own = words.iter().skip(rule).step_by(3);
                own.fold(Need::default(), |need, word| need.or_between(ByteSet::ANY, word, ByteSet::ANY))
            })
            .collect();
        let filter = Prefilter::new(&needs);
        for (number, word) in words.iter().enumerate() {
            assert!(filter.mask(&format!("a {word} b"), true, 0) & (1 << (number % 3)) != 0, "{word}");
        }
        assert_eq!(filter.mask("nothing of it", true, 0), 0);
    }
}
