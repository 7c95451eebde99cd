//! Folds a text so that one automaton sees through disguises, and remembers where every folded byte came from.
//!
//! Compatibility forms, case, diacritics, look-alike letters of other scripts and leet digits become plain letters;
//! invisible characters vanish; every run of anything else becomes one space. A run of one letter becomes a single
//! letter with its length beside it. After the text itself stand, behind line ends, the words it spells out letter
//! by letter ("f e n t a") or broken by marks ("m.o.r.o.n").

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Between the text and the words spelled out.
pub const WALL: u8 = b'\n';

/// A folded text, reused from text to text.
#[derive(Default)]
pub struct Folded {
    pub bytes: Vec<u8>,
    /// Length of the run that a byte stands for.
    pub runs: Vec<u32>,
    /// Bytes of the original text that a byte stands for.
    pub spans: Vec<(u32, u32)>,
    /// Whether a byte comes from a letter, not a digit or sign.
    pub letters: Vec<bool>,
    /// Where the words spelled out begin.
    pub spelled: usize,
    /// Whether the last byte comes from a sign, which draws out no letter before it: "term!".
    pub sign: bool,
}

/// What one character becomes.
#[derive(Clone, Copy)]
enum Piece {
    /// A plain letter, from a letter.
    Letter(u8),
    /// A plain letter, from a digit that stands for it.
    Leet(u8),
    /// A plain letter, from a sign that may stand for it or for itself.
    Sign(u8),
    /// A digit that stands for no letter.
    Digit(u8),
    /// A letter of another script that resembles no plain one.
    Foreign(char),
    Nothing,
    Break,
}

impl Folded {
    /// Folds a text.
    pub fn fold(&mut self, text: &str) {
        self.bytes.clear();
        self.runs.clear();
        self.spans.clear();
        self.letters.clear();
        self.sign = false;
        for (at, c) in text.char_indices() {
            let (start, end) = (at as u32, (at + c.len_utf8()) as u32);
            if c.is_ascii() {
                self.push(ascii(c as u8), start, end);
            } else {
                match beyond(c) {
                    Piece::Nothing if !is_invisible(c) && !is_combining_mark(c) => {
                        let mut any = false;
                        for part in c.nfkd().filter(|&part| !is_combining_mark(part)) {
                            any = true;
                            for lower in part.to_lowercase() {
                                let piece = if lower.is_ascii() { ascii(lower as u8) } else { beyond(lower) };
                                let piece =
                                    if matches!(piece, Piece::Nothing) { foreign(lower) } else { piece };
                                self.push(piece, start, end);
                            }
                        }
                        if !any {
                            self.push(Piece::Break, start, end);
                        }
                    }
                    piece => self.push(piece, start, end),
                }
            }
        }
        self.spelled = self.bytes.len();
        self.spell_out(text);
    }

    fn push(&mut self, piece: Piece, start: u32, end: u32) {
        let (byte, letter, sign) = match piece {
            Piece::Letter(byte) => (byte, true, false),
            Piece::Leet(byte) | Piece::Digit(byte) => (byte, false, false),
            Piece::Sign(byte) => (byte, false, true),
            Piece::Break => (b' ', false, false),
            Piece::Nothing => return,
            Piece::Foreign(c) => {
                self.sign = false;
                for &byte in c.encode_utf8(&mut [0; 4]).as_bytes() {
                    self.push_run(byte, 1, true, (start, end), false);
                }
                return;
            }
        };
        let apart = std::mem::replace(&mut self.sign, sign) != sign;
        self.push_run(byte, 1, letter, (start, end), apart);
    }

    fn push_run(&mut self, byte: u8, run: u32, letter: bool, span: (u32, u32), apart: bool) {
        if byte != WALL && !apart && self.bytes.last() == Some(&byte) {
            let last = self.bytes.len() - 1;
            self.runs[last] += run;
            self.letters[last] |= letter;
            self.spans[last].1 = span.1;
            return;
        }
        self.bytes.push(byte);
        self.runs.push(run);
        self.letters.push(letter);
        self.spans.push(span);
    }

    /// Appends words whose letters are set apart in one even way.
    fn spell_out(&mut self, text: &str) {
        let mut words: Vec<(usize, usize)> = Vec::new();
        let mut start = 0;
        for at in 0..=self.spelled {
            if at == self.spelled || self.bytes[at] == b' ' {
                if at > start {
                    words.push((start, at));
                }
                start = at + 1;
            }
        }
        let mut from = 0;
        // Where the word before ends, if it was one broken by marks: the next may go on a phrase.
        let mut before = usize::MAX;
        while from < words.len() {
            let mut to = from + 1;
            while to < words.len() && self.joined_by_mark(text, words[to].0) {
                to += 1;
            }
            // A word broken by marks: the whole of it, between blanks, is one word.
            // "don't" is not: one letter behind an apostrophe.
            let singles = words[from..to].iter().filter(|&&(a, b)| b - a == 1).count();
            let quoted = || words[from + 1..to].iter().all(|&(at, _)| self.gap(text, at) == "'");
            if to - from >= 2 && (singles >= 2 || (singles == 1 && !quoted())) {
                let on = before == from && self.joined_by_blank(text, words[from].0);
                if self.append(&words[from..to], 3, on) {
                    before = to;
                }
            }
            from = to;
        }
        let single = |&(a, b): &(usize, usize)| b - a == 1;
        let mut from = 0;
        while from < words.len() {
            let mut to = from;
            while to < words.len()
                && single(&words[to])
                && (to == from || self.joined_by_blank(text, words[to].0))
            {
                to += 1;
            }
            if to - from >= 3 {
                self.append(&words[from..to], 2, false);
            }
            from = to.max(from + 1);
        }
    }

    /// Appends words as one, if at least one in `share` of the letters is one, not a digit or sign. `on`: as the next
    /// word of the phrase before.
    fn append(&mut self, words: &[(usize, usize)], share: usize, on: bool) -> bool {
        let letters = words.iter().flat_map(|&(a, b)| a..b).filter(|&i| self.letters[i]).count();
        let all: usize = words.iter().map(|&(a, b)| b - a).sum();
        if letters * share < all {
            return false;
        }
        let between = if on { self.spans[words[0].0 - 1] } else { (0, 0) };
        self.push_run(if on { b' ' } else { WALL }, 1, false, between, true);
        for &(from, to) in words {
            for i in from..to {
                self.push_run(self.bytes[i], self.runs[i], self.letters[i], self.spans[i], false);
            }
        }
        true
    }

    /// The original text of the break before a folded word.
    fn gap<'a>(&self, text: &'a str, word: usize) -> &'a str {
        match word.checked_sub(1) {
            Some(at) => &text[self.spans[at].0 as usize..self.spans[at].1 as usize],
            None => "",
        }
    }

    fn joined_by_mark(&self, text: &str, word: usize) -> bool {
        let gap = self.gap(text, word);
        !gap.is_empty() && gap.len() <= 3 && gap.bytes().all(|b| b"-_*.~|'^".contains(&b))
    }

    fn joined_by_blank(&self, text: &str, word: usize) -> bool {
        matches!(self.gap(text, word), " " | "\t" | "\u{a0}")
    }
}

fn ascii(byte: u8) -> Piece {
    match byte {
        b'a'..=b'z' => Piece::Letter(byte),
        b'A'..=b'Z' => Piece::Letter(byte.to_ascii_lowercase()),
        b'0' => Piece::Leet(b'o'),
        b'1' => Piece::Leet(b'i'),
        b'!' => Piece::Sign(b'i'),
        b'3' => Piece::Leet(b'e'),
        b'4' => Piece::Leet(b'a'),
        b'@' => Piece::Sign(b'a'),
        b'5' => Piece::Leet(b's'),
        b'$' => Piece::Sign(b's'),
        b'7' => Piece::Leet(b't'),
        b'+' => Piece::Sign(b't'),
        b'2' | b'6' | b'8' | b'9' => Piece::Digit(byte),
        _ => Piece::Break,
    }
}

/// Look-alikes of other scripts that compatibility forms do not cover; small letters and those capitals that look
/// unlike their small ones.
fn beyond(c: char) -> Piece {
    Piece::Letter(match c {
        'а' | 'А' | 'α' | 'Α' => b'a',
        'в' | 'В' | 'β' | 'Β' | 'ь' | 'Ь' => b'b',
        'с' | 'С' | 'ϲ' => b'c',
        'ԁ' => b'd',
        'е' | 'Е' | 'ё' | 'Ё' | 'є' | 'ε' | 'Ε' => b'e',
        'ɡ' => b'g',
        'һ' | 'Н' | 'Η' => b'h',
        'і' | 'І' | 'ї' | 'ι' | 'Ι' | 'ı' | 'ӏ' => b'i',
        'ј' | 'Ј' => b'j',
        'к' | 'К' | 'κ' | 'Κ' => b'k',
        'ł' | 'Ł' => b'l',
        'м' | 'М' | 'Μ' => b'm',
        'ո' | 'Ν' | 'η' => b'n',
        'о' | 'О' | 'ο' | 'Ο' | 'ø' | 'Ø' | 'σ' => b'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => b'p',
        'ԛ' => b'q',
        'г' | 'ʀ' => b'r',
        'ѕ' | 'Ѕ' => b's',
        'т' | 'Т' | 'τ' | 'Τ' => b't',
        'υ' => b'u',
        'ν' | 'ѵ' => b'v',
        'ԝ' | 'ω' => b'w',
        'х' | 'Х' | 'χ' | 'Χ' => b'x',
        'у' | 'У' | 'γ' | 'Υ' => b'y',
        'Ζ' => b'z',
        '€' => return Piece::Sign(b'e'),
        _ => return Piece::Nothing,
    })
}

/// A letter of another script stands for itself; anything else is a break.
fn foreign(c: char) -> Piece {
    if is_invisible(c) {
        Piece::Nothing
    } else if c.is_alphanumeric() {
        Piece::Foreign(c)
    } else {
        Piece::Break
    }
}

/// Characters without width that disguise words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}
