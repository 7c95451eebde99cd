//! Runs of letters that are looked for where words may be spelled out or written with signs: in the letters alone.

use super::kinds::{self, LETTER, ROW, SIGN};
use super::letters::{BREAK, chance, rarity};

/// Letters that are copied at once.
const WIDTH: usize = 16;
/// Letters that the first look takes in.
const SHORT: usize = 4;
/// Most letters of a run.
const MOST: usize = 12;
/// Beside a letter: whether something stands before it, whether the letter before it is repeated, and [`SIGN`].
const GAP: u8 = 32;
const AGAIN: u8 = 128;
/// Bits of each of the two hashes of a run.
const HASH: u32 = 17;
/// Bits of the hash of the first four letters.
const START: u32 = 17;

/// Runs of codes to look for.
pub(super) struct Runs {
    /// A bit for a hash of the first four letters of every run: small enough to stay in the fastest cache.
    starts: Box<[u64; 1 << (START - 6)]>,
    /// Bits for two hashes of every run.
    first: Box<[u64; 1 << (HASH - 6)]>,
    second: Box<[u64; 1 << (HASH - 6)]>,
    /// Lengths of runs, as bits.
    lengths: u32,
    /// Every run, five bits a code.
    all: Vec<u64>,
}

/// Room for the letters of one text at a time.
pub(super) struct Letters {
    /// The entries of a row, and room behind them.
    row: [u8; ROW + WIDTH],
    /// Letters alone, each once in a row of the same.
    kept: Vec<u8>,
}

impl Default for Letters {
    fn default() -> Self {
        Self { row: [BREAK; ROW + WIDTH], kept: Vec::new() }
    }
}

/// What has been kept so far.
struct Joined {
    count: usize,
    last: u8,
    /// What stands before the next letter.
    before: u8,
}

impl Joined {
    /// Takes in `used` characters: what is kept of one stretch of unlike letters after the other.
    #[inline]
    fn take(&mut self, row: &[u8; ROW + WIDTH], (some, again): (u64, u64), used: usize, kept: &mut [u8]) {
        let keep = some & !again;
        let mut at = 0;
        while at < used {
            let skipped = ((keep >> at).trailing_zeros() as usize).min(used - at);
            if skipped > 0 {
                let between = (u64::MAX >> (ROW - skipped)) << at;
                self.before |= if !some & between != 0 { GAP } else { 0 };
                self.before |= if some & between != 0 { AGAIN } else { 0 };
                at += skipped;
                if at == used {
                    break;
                }
            }
            let end = at + (!(keep >> at)).trailing_zeros() as usize;
            if row[at] & LETTER == self.last {
                self.before |= AGAIN;
                at += 1;
            }
            if at == end {
                continue;
            }
            let first = self.count;
            self.count += end - at;
            self.last = row[end - 1] & LETTER;
            while at < end {
                let to = self.count - (end - at);
                kept[to..to + WIDTH].copy_from_slice(&row[at..at + WIDTH]);
                at += WIDTH;
            }
            kept[first] |= std::mem::take(&mut self.before);
            at = end;
        }
    }
}

impl Runs {
    pub(super) fn new() -> Self {
        Self {
            starts: Box::new([0; 1 << (START - 6)]),
            first: Box::new([0; 1 << (HASH - 6)]),
            second: Box::new([0; 1 << (HASH - 6)]),
            lengths: 0,
            all: Vec::new(),
        }
    }

    /// Adds the letters of a pattern: all of them, or the run that is least likely to be met by chance.
    pub(super) fn add(&mut self, letters: &[u8]) {
        let length = letters.len().min(MOST);
        if length == 0 {
            return;
        }
        let rarity = rarity(letters);
        let cost = |at: usize| chance(&rarity[at..at + length.min(SHORT)]);
        let at = (0..=letters.len() - length).min_by(|&one, &other| cost(one).total_cmp(&cost(other)));
        let run = &letters[at.unwrap_or_default()..][..length];
        let window = run.iter().fold(0, |window, &code| window << 5 | u64::from(code));
        self.all.push(window);
        let (first, second) = hashes(window);
        set(self.first.as_mut_slice(), first);
        set(self.second.as_mut_slice(), second);
        self.lengths |= 1 << length;
        // What follows a run that is too short may be anything.
        let known = length.min(SHORT);
        for more in 0..1_u32 << (5 * (SHORT - known)) {
            let mut four = [0, 5, 10, 15].map(|by| (more >> by & 31) as u8);
            four.rotate_right(known);
            four[..known].copy_from_slice(&run[..known]);
            set(self.starts.as_mut_slice(), start_of(u32::from_le_bytes(four)));
        }
    }

    /// To be called when all patterns are in.
    pub(super) fn finish(&mut self) {
        self.all.sort_unstable();
        self.all.dedup();
    }

    /// Whether a run is in the letters of a text of a given length. `codes`: those of its letters and digits. Behind
    /// both is at least a row of zeros.
    pub(super) fn are_in(&self, text: &[u8], codes: &[u8], length: usize, room: &mut Letters) -> bool {
        let kept = &mut room.kept;
        if kept.len() < length + 2 * WIDTH {
            kept.resize(length + 2 * WIDTH, BREAK);
        }
        let mut joined = Joined { count: 0, last: BREAK, before: 0 };
        let rows = text.as_chunks::<ROW>().0.iter().zip(codes.as_chunks::<ROW>().0);
        for (row, (text, codes)) in rows.take(length.div_ceil(ROW)).enumerate() {
            let letters = room.row.first_chunk_mut::<ROW>();
            let Some(letters) = letters else { break };
            let planes = kinds::letters(text, codes, letters);
            joined.take(&room.row, planes, (length - row * ROW).min(ROW), kept);
        }
        let count = joined.count;
        // What stands behind the last letter, and nothing behind that.
        kept[count..count + SHORT].fill(BREAK);
        kept[count] = joined.before;
        let letters = &kept[..count + SHORT];
        // Four places at once, and most often on to the next four.
        (0..count).step_by(4).any(|from| {
            let Some(eight) = kept[from..].first_chunk() else { return false };
            let eight = u64::from_le_bytes(*eight);
            let starts =
                [0, 1, 2, 3].map(|by| bit(self.starts.as_slice(), start_of((eight >> (8 * by)) as u32)));
            starts.contains(&true)
                && (0..4)
                    .any(|by| starts[by] && from + by < count && self.begins_with_run(&letters[from + by..]))
        })
    }

    /// Whether letters begin with a run that is not written out plainly: that is told by [`super::words`].
    #[cold]
    fn begins_with_run(&self, letters: &[u8]) -> bool {
        let (mut window, mut disguised) = (0, false);
        letters.windows(2).take(MOST).enumerate().any(|(at, pair)| {
            disguised |= (at > 0 && pair[0] & (GAP | AGAIN) != 0) || pair[0] & SIGN != 0;
            window = window << 5 | u64::from(pair[0] & LETTER);
            let is_run = || {
                let (first, second) = hashes(window);
                bit(self.first.as_slice(), first)
                    && bit(self.second.as_slice(), second)
                    && self.all.binary_search(&window).is_ok()
            };
            self.lengths >> (at + 1) & 1 != 0
                && (disguised || pair[1] & AGAIN != 0 || at + 1 == MOST)
                && is_run()
        })
    }
}

/// A hash of four codes, whatever stands beside them.
#[inline]
const fn start_of(four: u32) -> usize {
    let codes = four & 0x1F1F_1F1F;
    (codes.wrapping_mul(0x9E37_79B1) >> (32 - START)) as usize
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
