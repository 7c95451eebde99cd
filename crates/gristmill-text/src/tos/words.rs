//! Beginnings of words that are looked for in a text as it stands.
//!
//! Wherever a term is written out, each of its words begins a word of the text. Of each pattern one word is kept, with
//! what follows it: the one that is least likely to be met by chance.

use super::letters::{BREAK, E, I, S, Z, chance, rarity};

/// Codes of one half of a run, five bits each.
const HALF: usize = 12;
/// Most codes that are compared.
const MOST: usize = 2 * HALF;
/// Codes that the first look takes in.
const FIRST: usize = 4;
/// Codes that the second look takes in.
const SECOND: usize = 8;
/// Bits of the hash of these.
const HASH: u32 = 16;

/// Runs of codes that begin with a word.
pub(super) struct Words {
    /// A bit for the hash of the first codes of every run.
    first: Bits,
    /// The same, of runs too short for the second look.
    short: Bits,
    /// A bit for the hash of the first eight codes of the other runs.
    second: Bits,
    runs: Vec<Run>,
    /// Where the runs of each pair of first codes begin.
    groups: Box<[u32; (1 << 10) + 1]>,
}

type Bits = Box<[u64; 1 << (HASH - 6)]>;

/// One run, each half from the highest of 60 bits down.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    halves: [u64; 2],
    length: u8,
    /// Whether only a plural may follow.
    ends: bool,
}

impl Words {
    pub(super) fn new() -> Self {
        let bits = || Box::new([0; 1 << (HASH - 6)]);
        Self {
            first: bits(),
            short: bits(),
            second: bits(),
            runs: Vec::new(),
            groups: Box::new([0; (1 << 10) + 1]),
        }
    }

    /// Adds a pattern: its codes, breaks in a row as one. `open`: whether the last word may go on.
    pub(super) fn add(&mut self, codes: &[u8], open: bool) {
        let codes = trimmed(codes);
        let rarities = rarity(codes);
        let starts = (0..codes.len()).filter(|&at| codes[at] != BREAK && (at == 0 || codes[at - 1] == BREAK));
        // A hit costs some two hundred times as much as a look.
        let cost = |start: usize| {
            chance(&rarities[start..(start + FIRST).min(codes.len())])
                + 200.0 * chance(&rarities[start..run_end(codes, start)])
        };
        let Some(start) = starts.min_by(|&one, &other| cost(one).total_cmp(&cost(other))) else { return };
        let end = run_end(codes, start);
        let ends = end == codes.len() && !open;
        self.insert(&codes[start..end], ends);
        // The last letter of a word may be written as `!`, which reads as a break.
        let word =
            start + codes[start..].iter().position(|&code| code == BREAK).unwrap_or(codes.len() - start);
        if word - start > 1 && codes[word - 1] == I {
            let short = start + codes[start..word].iter().rposition(|&code| code != I).map_or(1, |at| at + 1);
            self.insert(&codes[start..short], true);
        }
    }

    fn insert(&mut self, codes: &[u8], ends: bool) {
        let half = |codes: &[u8]| {
            let placed = codes.iter().take(HALF).enumerate();
            placed.fold(0, |key, (at, &code)| key | place(code, at))
        };
        let halves = [half(codes), half(codes.get(HALF..).unwrap_or_default())];
        self.runs.push(Run { halves, length: codes.len() as u8, ends });
        let known = codes.len().min(FIRST);
        let prefix = codes[..known].iter().rev().fold(0_u32, |first, &code| first << 8 | u32::from(code));
        for more in 0..1_u32 << (5 * (FIRST - known)) {
            let follows = [more & 31, more >> 5 & 31, more >> 10 & 31];
            if !ends || is_ending(follows[0] as u8, follows[1] as u8) {
                let behind = follows[0] | follows[1] << 8 | follows[2] << 16;
                let first = if known < FIRST { prefix | behind << (8 * known) } else { prefix };
                set(&mut self.first, hash(first));
                if codes.len() < SECOND {
                    set(&mut self.short, hash(first));
                }
            }
        }
        if let Some(second) = codes.first_chunk::<SECOND>() {
            set(&mut self.second, hash_of_eight(u64::from_le_bytes(*second)));
        }
    }

    /// To be called when all patterns are in.
    pub(super) fn finish(&mut self) {
        self.runs.sort_unstable();
        self.runs.dedup();
        for group in 0..=1_u64 << 10 {
            self.groups[group as usize] = self.runs.partition_point(|run| run.halves[0] < group << 50) as u32;
        }
    }

    /// Whether a run begins with these codes, where a word does. Behind the codes of the text are as many breaks.
    #[inline]
    pub(super) fn begin_at(&self, codes: &[u8]) -> bool {
        self.may_begin_at(codes) && self.has_run(codes)
    }

    /// Says yes as well where breaks in a row are in the way.
    #[inline]
    fn may_begin_at(&self, codes: &[u8]) -> bool {
        const ONES: u32 = 0x0101_0101;
        let Some(first) = codes.first_chunk() else { return false };
        let first = u32::from_le_bytes(*first);
        let breaks = !(first + 0x7F * ONES) & (ONES << 7);
        bit(&self.first, hash(first)) || breaks & (breaks >> 8) != 0
    }

    #[cold]
    fn has_run(&self, codes: &[u8]) -> bool {
        let known = |eight| bit(&self.short, hash(eight as u32)) || bit(&self.second, hash_of_eight(eight));
        if !eight_of(codes).is_none_or(known) {
            return false;
        }
        let (window, rest) = half_of(codes);
        let fits = |run: &Run| {
            run.begins(0, window) && {
                let (next, _) = if usize::from(run.length) + 2 > HALF { half_of(rest) } else { (0, rest) };
                run.begins(1, next) && run.may_end([window, next])
            }
        };
        // Runs of one code are in the first group of theirs.
        let pair = (window >> 50) as usize;
        let single = pair & !31;
        self.group(pair).iter().any(fits) || (pair != single && self.group(single).iter().any(fits))
    }

    fn group(&self, pair: usize) -> &[Run] {
        &self.runs[self.groups[pair] as usize..self.groups[pair + 1] as usize]
    }
}

impl Run {
    /// Whether half a text is what half of the run asks for.
    fn begins(&self, half: usize, window: u64) -> bool {
        let length = usize::from(self.length).saturating_sub(half * HALF).min(HALF);
        window & (((1 << (5 * HALF)) - 1) ^ ((1 << (5 * (HALF - length))) - 1)) == self.halves[half]
    }

    fn may_end(&self, windows: [u64; 2]) -> bool {
        let length = usize::from(self.length);
        let at = |place: usize| (windows[place / HALF] >> (5 * (HALF - 1 - place % HALF)) & 31) as u8;
        !self.ends || length + 2 > MOST || is_ending(at(length), at(length + 1))
    }
}

/// The first eight codes, breaks in a row as one. `None`: too many of them.
fn eight_of(codes: &[u8]) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut sixteen = u128::from_le_bytes(*codes.first_chunk()?);
    for _ in 0..SECOND {
        let eight = sixteen as u64;
        let breaks = !(eight + 0x7F * ONES) & (ONES << 7);
        let double = (breaks & (breaks >> 8)).trailing_zeros() & !7;
        if double >= u64::BITS {
            return Some(eight);
        }
        if sixteen >> double == 0 {
            let is_last = codes[16..].iter().all(|&code| code == BREAK);
            return is_last.then_some(eight);
        }
        // Takes one of them out.
        let before = (1_u128 << double) - 1;
        sixteen = sixteen & before | sixteen >> 8 & !before;
    }
    None
}

/// As many codes as there is room for, breaks in a row as one, and the codes behind them.
fn half_of(codes: &[u8]) -> (u64, &[u8]) {
    let (mut window, mut count) = (0, 0);
    for (at, &code) in codes.iter().enumerate() {
        if code != BREAK || codes.get(at + 1).is_some_and(|&next| next != BREAK) {
            window |= place(code, count);
            count += 1;
            if count == HALF {
                return (window, &codes[at + 1..]);
            }
        }
    }
    (window, &[])
}

/// Where the run that begins with a word must end: before the last letter of a later word if that may be written as
/// `!`.
fn run_end(codes: &[u8], start: usize) -> usize {
    let most = (start + MOST).min(codes.len());
    let mut first_word = true;
    for at in start..codes.len().min(most + 1) {
        if codes[at] == BREAK {
            first_word = false;
        }
        let last = codes.get(at + 1).is_none_or(|&next| next == BREAK);
        if codes[at] == I && last && at > start && codes[at - 1] != BREAK {
            if first_word {
                // Told by a run of its own, up to here.
                return (at + 1).min(most);
            }
            let letters = codes[..at].iter().rposition(|&code| code != I).map_or(at, |before| before + 1);
            return letters.min(most);
        }
    }
    most
}

fn trimmed(codes: &[u8]) -> &[u8] {
    let start = codes.iter().position(|&code| code != BREAK).unwrap_or(codes.len());
    let end = codes.iter().rposition(|&code| code != BREAK).map_or(start, |at| at + 1);
    &codes[start..end]
}

/// Whether two codes can follow a whole word: nothing, or a plural.
const fn is_ending(one: u8, two: u8) -> bool {
    const fn plural(code: u8) -> bool {
        matches!(code, S | Z)
    }
    one == BREAK
        || (plural(one) && (two == BREAK || two == one))
        || (one == E && (plural(two) || two == BREAK || two == E))
}

const fn place(code: u8, at: usize) -> u64 {
    (code as u64) << (5 * (HALF - 1 - at))
}

#[inline]
const fn hash(codes: u32) -> usize {
    (codes.wrapping_mul(0x9E37_79B1) >> (32 - HASH)) as usize
}

#[inline]
const fn hash_of_eight(codes: u64) -> usize {
    (codes.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - HASH)) as usize
}

#[inline]
fn bit(bits: &Bits, at: usize) -> bool {
    bits[at >> 6] >> (at & 63) & 1 != 0
}

fn set(bits: &mut Bits, at: usize) {
    bits[at >> 6] |= 1 << (at & 63);
}
