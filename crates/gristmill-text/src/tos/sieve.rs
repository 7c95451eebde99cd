//! Proves for most texts, in one pass over their bytes, that no term can be in them.
//!
//! Every pattern of the matcher has a run of a few folded letters that is written out wherever it hits. Those runs
//! are kept in bitmaps: of four letters, and, for patterns that are long enough, of six or ten, which are far rarer. A text
//! is folded byte by byte into a sliding window of five-bit codes and looked up as it goes; a text in which nothing
//! is found has no hit. A second pass does the same with blanks and marks left out and signs read as letters, where a
//! text has signs or letters that stand alone. Both let too many texts through, never too few.

use super::fold::Folded;

const BREAK: u8 = 0;
const DIGIT: u8 = 27;
/// A sign that may stand for a letter, which only the second pass believes.
const SIGN: u8 = 28;
/// Not there at all: characters without width.
const SKIP: u8 = 254;
/// What cannot be told in one code: the text is given to the matcher.
const UNKNOWN: u8 = 255;

const SHORT: usize = 4;
const LONG: usize = 6;
const PHRASE: usize = 10;
const SHORT_BITS: u32 = 5 * SHORT as u32;
const LONG_MASK: u64 = (1 << (5 * LONG)) - 1;
const PHRASE_MASK: u64 = (1 << (5 * PHRASE)) - 1;
/// Bits of each of the two hashes of a long run.
const HASH: u32 = 17;

/// Bytes that tell which shapes of personal data a text may have.
pub const AT: u8 = 1;
pub const BRACKET: u8 = 2;
pub const NUMBER: u8 = 4;
pub const COLON: u8 = 8;
/// Signs that may stand for letters.
const SIGNED: u8 = 16;
/// Marks between the letters of a word that is spelled out.
const MARK: u8 = 32;
const QUOTE: u8 = 64;

/// What one pass has found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sifted {
    /// Whether a term may be in the text.
    pub suspect: bool,
    /// Which of the telling bytes are there.
    pub classes: u8,
}

/// Runs of codes to look for.
struct Runs {
    /// A bit for the last three codes of every run: small enough to stay in the fastest cache.
    ends: Box<[u64; 512]>,
    /// A bit for every run of four.
    short: Box<[u64]>,
    /// Bits for two hashes of every longer run.
    first: Box<[u64]>,
    second: Box<[u64]>,
}

/// All that is known about the patterns.
pub struct Sieve {
    /// Code of each ASCII byte; [`UNKNOWN`] above.
    codes: [u8; 256],
    /// Telling bytes.
    classes: [u8; 256],
    /// Codes of the characters of [`PAGES`].
    pages: Box<[u8]>,
    /// Runs of a text as it stands.
    plain: Runs,
    /// Runs without blanks and borders of words.
    bare: Runs,
    /// Whether a term has no plain letters to look for.
    foreign: bool,
}

/// Blocks that hold letters, and forms of letters, like plain ones; marks that vanish.
const PAGES: [(u32, u32); 4] = [(0x80, 0x3400), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F100, 0x1F200)];

/// Blocks in which every character keeps words apart: ideographs, syllables, pictures.
const APART: [(u32, u32); 4] = [(0x3400, 0xA000), (0xAC00, 0xD7A4), (0x1F300, 0x1F700), (0x20000, 0x2F800)];

impl Sieve {
    /// A sieve that lets nothing through but what it cannot read.
    pub fn new() -> Self {
        let mut folded = Folded::default();
        let mut code = |c: char| code_of(c, &mut folded);
        let mut codes = [UNKNOWN; 256];
        let mut classes = [0; 256];
        for byte in 0..128_u8 {
            // A sign is a letter in the second pass only.
            codes[byte as usize] = Some(code(char::from(byte))).filter(|&code| code != SIGN).unwrap_or(BREAK);
            classes[byte as usize] = match byte {
                b'@' => AT | SIGNED,
                b'(' | b'[' | b'{' => BRACKET,
                b'0'..=b'9' => NUMBER,
                b':' => COLON,
                b'!' | b'$' | b'+' => SIGNED,
                b'-' | b'_' | b'*' | b'.' | b'~' | b'|' | b'^' => MARK,
                b'\'' => QUOTE,
                _ => 0,
            };
        }
        let all = PAGES.iter().flat_map(|&(from, to)| from..to);
        let pages = all.map(|at| char::from_u32(at).map_or(BREAK, &mut code)).collect();
        Self { codes, classes, pages, plain: Runs::new(), bare: Runs::new(), foreign: false }
    }

    /// Lets a folded pattern through, in whatever follows it.
    pub fn add(&mut self, key: &[u8], runs: &[u32]) {
        let codes = |twice: bool| {
            let run = move |&run: &u32| if twice && run == 2 { 2 } else { 1 };
            key.iter().zip(runs).flat_map(move |(&byte, length)| {
                let code = letter_code(byte);
                std::iter::repeat_n(code, if code == BREAK { 1 } else { run(length) })
            })
        };
        let plain: Vec<u8> = std::iter::once(BREAK).chain(codes(true)).collect();
        let bare: Vec<u8> = collapse(codes(false).filter(|&code| code != BREAK));
        if bare.len() < 2 && plain.iter().filter(|&&code| code != BREAK).count() < 2 {
            self.foreign = true;
            return;
        }
        self.plain.add(&plain);
        // A border of words is no part of a word that is spelled out, and blanks are left out there.
        self.bare.add(&bare);
    }

    /// Looks at a text.
    pub fn sift(&self, text: &str) -> Sifted {
        let mut unknown = false;
        let pass = if text.is_ascii() {
            let codes = text.bytes().map(|byte| (self.codes[byte as usize], self.classes[byte as usize]));
            self.plain.pass(codes)
        } else {
            self.plain.pass(text.chars().filter_map(|c| {
                if c.is_ascii() {
                    return Some((self.codes[c as usize], self.classes[c as usize]));
                }
                let code = self.beyond(c);
                unknown |= code == UNKNOWN;
                match code {
                    SKIP => None,
                    SIGN => Some((BREAK, SIGNED)),
                    UNKNOWN => Some((BREAK, 0)),
                    code => Some((code, 0)),
                }
            }))
        };
        let again = pass.alone || pass.quoted >= 2 || pass.classes & SIGNED != 0;
        Sifted { suspect: unknown || pass.found || (again && self.sift_bare(text)), classes: pass.classes }
    }

    /// Looks at the letters alone.
    fn sift_bare(&self, text: &str) -> bool {
        let (mut window, mut last) = (0_u64, BREAK);
        for c in text.chars() {
            let code = match c {
                '@' => letter_code(b'a'),
                '!' => letter_code(b'i'),
                '$' => letter_code(b's'),
                '+' => letter_code(b't'),
                '\0'..='\x7f' => self.codes[c as usize],
                _ => self.beyond(c),
            };
            match code {
                BREAK | SKIP => continue,
                SIGN | UNKNOWN => return true,
                _ => {}
            }
            if code == last {
                continue;
            }
            window = window << 5 | u64::from(code);
            last = code;
            if self.bare.has(window) {
                return true;
            }
        }
        false
    }

    /// The code of a character beyond ASCII. A letter of another script counts as a break: it can only let more
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
        if APART.iter().any(|&(from, to)| (from..to).contains(&(c as u32))) { BREAK } else { UNKNOWN }
    }
}

/// What the first pass has seen.
struct Pass {
    classes: u8,
    /// Single letters beside apostrophes.
    quoted: u32,
    /// Whether a letter stands alone beside a mark, three stand in a row, or one is drawn out.
    alone: bool,
    found: bool,
}

impl Runs {
    fn new() -> Self {
        let bits = |log: u32| vec![0; 1 << (log - 6)].into_boxed_slice();
        Self { ends: Box::new([0; 512]), short: bits(SHORT_BITS), first: bits(HASH), second: bits(HASH) }
    }

    /// Adds the run of a pattern that is least likely to be met by chance.
    fn add(&mut self, codes: &[u8]) {
        let length = match codes.len() {
            PHRASE.. => PHRASE,
            LONG.. => LONG,
            few => few.min(SHORT),
        };
        let costs = costs(codes);
        let runs = codes.windows(length).zip(costs.windows(length));
        let Some((run, _)) = runs.min_by_key(|(_, costs)| costs.iter().sum::<u32>()) else { return };
        let window = run.iter().fold(0_u64, |window, &code| window << 5 | u64::from(code));
        let known = 5 * length as u32;
        (0..1_u64 << 15_u32.saturating_sub(known))
            .for_each(|before| set(self.ends.as_mut_slice(), ((before << known | window) & 0x7FFF) as usize));
        if length >= LONG {
            let (first, second) = hashes(window);
            set(&mut self.first, first);
            set(&mut self.second, second);
        } else {
            // What stands before a run that is too short may be anything.
            (0..1_u64 << (SHORT_BITS - known))
                .for_each(|before| set(&mut self.short, (before << known | window) as usize));
        }
    }

    /// Goes over the codes of a text. Everything is kept in registers, nothing but a rare find branches.
    fn pass(&self, codes: impl Iterator<Item = (u8, u8)>) -> Pass {
        const AROUND: u64 = 31 << 10 | 31;
        const ROW: u64 = AROUND | AROUND << 20;
        let (mut classes, mut quoted, mut alone, mut found) = (0_u8, 0_u32, false, false);
        // The last twelve codes, and for each whether marks are in the break it stands for.
        let (mut window, mut marks) = (0_u64, 0_u64);
        for (code, class) in codes.chain(std::iter::once((BREAK, 0))) {
            classes |= class;
            let code = u64::from(code);
            alone |= code != 0 && window & 1023 == code * 33;
            // Breaks in a row are one.
            let on = u32::from(window & 31 | code != 0);
            window = window << (5 * on) | code;
            marks = marks << on | u64::from(class & MARK != 0);
            if window & AROUND == 0 && window & 31 << 5 != 0 {
                alone |= marks & 5 != 0 || window & ROW == 0;
                quoted += u32::from(classes & QUOTE != 0);
            }
            let end = (window & 0x7FFF) as usize;
            if self.ends[end >> 6] >> (end & 63) & 1 != 0 {
                found |= self.has_run(window);
            }
        }
        Pass { classes, quoted, alone, found }
    }

    #[inline]
    fn has(&self, window: u64) -> bool {
        let end = (window & 0x7FFF) as usize;
        self.ends[end >> 6] >> (end & 63) & 1 != 0 && self.has_run(window)
    }

    fn has_run(&self, window: u64) -> bool {
        let long = |mask: u64| {
            let (first, second) = hashes(window & mask);
            bit(&self.first, first) & bit(&self.second, second)
        };
        bit(&self.short, (window & ((1 << SHORT_BITS) - 1)) as usize) | long(LONG_MASK) | long(PHRASE_MASK)
    }
}

/// The code of a folded byte of a pattern.
fn letter_code(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => byte - b'a' + 1,
        b'2' | b'6' | b'8' | b'9' => DIGIT,
        _ => BREAK,
    }
}

/// The code of a character: what the folding makes of it.
fn code_of(c: char, folded: &mut Folded) -> u8 {
    folded.fold(c.encode_utf8(&mut [0; 4]));
    let main = &folded.bytes[..folded.spelled];
    match main {
        [] => SKIP,
        [_] if folded.sign => SIGN,
        &[byte] if folded.runs[0] == 1 && (byte == b' ' || c.is_alphanumeric()) => letter_code(byte),
        many if many.iter().all(|&byte| letter_code(byte) == BREAK) => BREAK,
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

/// Words so common that a run of letters in them tells nothing.
const COMMON: &str = " a about account address all any anymore are audio be browser build can cant card cd computer \
    connect crack do dont download drop file find for from found get go going good got hack have he help here him his \
    hit how i if in info is it its just know like link linux location login make making me message my myself new no \
    not now number of off on one or our page password people phone please post power private r real run s school see \
    self sell sending server she so some someone someones somebody support t test that the their them then there they \
    think this to token trading try u up use user wall want wanted was we web what when where which white who will \
    with without work working world would year you your yourself ";

/// How common each code of a pattern is.
fn costs(codes: &[u8]) -> Vec<u32> {
    let mut costs: Vec<u32> = codes.iter().map(|&code| commonness(code)).collect();
    let letter = |code: u8| if code == BREAK { ' ' } else { char::from(b'a' + code - 1) };
    let mut start = 0;
    for word in codes.split(|&code| code == BREAK) {
        let text: String = word.iter().map(|&code| letter(code)).collect();
        if COMMON.contains(&format!(" {text} ")) {
            costs[start..start + word.len()].fill(12);
        }
        start += word.len() + 1;
    }
    costs
}

/// How common a letter is in English, on a scale of its own.
fn commonness(code: u8) -> u32 {
    const OF: [u32; 26] = [8, 4, 5, 5, 9, 4, 4, 6, 8, 1, 3, 5, 5, 8, 8, 4, 1, 7, 7, 9, 5, 3, 4, 1, 4, 1];
    match code {
        BREAK => 9,
        1..=26 => OF[code as usize - 1],
        _ => 3,
    }
}

#[inline]
fn hashes(window: u64) -> (usize, usize) {
    let mixed = window.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed >> (64 - HASH)) as usize, (mixed >> (64 - 2 * HASH)) as usize & ((1 << HASH) - 1))
}

#[inline]
fn bit(bits: &[u64], at: usize) -> bool {
    bits[at >> 6] >> (at & 63) & 1 != 0
}

fn set(bits: &mut [u64], at: usize) {
    bits[at >> 6] |= 1 << (at & 63);
}
