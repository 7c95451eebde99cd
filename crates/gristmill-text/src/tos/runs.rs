//! Runs of letters that are looked for where words may be spelled out or written with signs: in the letters alone.

use super::letters::{BREAK, chance, rarity};

/// Letters that the first look takes in.
const SHORT: usize = 4;
/// Most letters of a run.
const MOST: usize = 12;
/// A letter, and beside it: whether something stands before it, whether it is a sign, and whether the letter before it
/// is repeated.
const CODE: u8 = 31;
const GAP: u8 = 32;
pub(super) const SIGN: u8 = 64;
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
}

impl Runs {
    pub(super) fn new() -> Self {
        Self {
            starts: Box::new([0; 1 << (START - 6)]),
            first: Box::new([0; 1 << (HASH - 6)]),
            second: Box::new([0; 1 << (HASH - 6)]),
            lengths: 0,
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
        let (first, second) = hashes(run.iter().fold(0, |window, &code| window << 5 | u64::from(code)));
        set(self.first.as_mut_slice(), first);
        set(self.second.as_mut_slice(), second);
        self.lengths |= 1 << length;
        // What follows a run that is too short may be anything.
        let known = length.min(SHORT);
        for more in 0..1_u32 << (5 * (SHORT - known)) {
            let mut four = [0, 5, 10, 15].map(|by| (more >> by & 31) as u8);
            four.rotate_right(known);
            four[..known].copy_from_slice(&run[..known]);
            set(self.starts.as_mut_slice(), start_of(four));
        }
    }

    /// Whether a run is in a text, given for each character the letter it may stand for, with [`SIGN`] beside it if it
    /// is a sign. `room` is written over.
    pub(super) fn are_in(&self, entries: impl ExactSizeIterator<Item = u8>, room: &mut Vec<u8>) -> bool {
        let needed = entries.len() + SHORT;
        if room.len() < needed {
            room.resize(needed, BREAK);
        }
        let (mut count, mut last, mut before) = (0, BREAK, 0);
        // Without branches: nobody can guess where words end.
        for entry in entries {
            let code = entry & CODE;
            let (some, new) = (u8::from(code != BREAK), u8::from(code != last));
            let kept = some & new;
            room[count] = entry | before;
            count += usize::from(kept);
            before |= ((1 - some) * GAP) | ((some & (1 - new)) * AGAIN);
            before &= kept.wrapping_sub(1);
            last = if some == 0 { last } else { code };
        }
        // What stands behind the last letter, and nothing behind that.
        room[count..count + SHORT].fill(BREAK);
        room[count] = before;
        let letters = &room[..count + SHORT];
        letters.windows(SHORT).enumerate().any(|(at, four)| {
            let Some(four) = four.first_chunk() else { return false };
            bit(self.starts.as_slice(), start_of(*four)) && self.begins_with_run(&letters[at..])
        })
    }

    /// Whether letters begin with a run that is not written out plainly: that is told by [`super::words`].
    #[cold]
    fn begins_with_run(&self, letters: &[u8]) -> bool {
        let (mut window, mut disguised) = (0, false);
        letters.windows(2).take(MOST).enumerate().any(|(at, pair)| {
            disguised |= (at > 0 && pair[0] & (GAP | AGAIN) != 0) || pair[0] & SIGN != 0;
            window = window << 5 | u64::from(pair[0] & CODE);
            let is_run = || {
                let (first, second) = hashes(window);
                bit(self.first.as_slice(), first) && bit(self.second.as_slice(), second)
            };
            self.lengths >> (at + 1) & 1 != 0
                && (disguised || pair[1] & AGAIN != 0 || at + 1 == MOST)
                && is_run()
        })
    }
}

/// A hash of four codes, whatever stands beside them.
#[inline]
const fn start_of(four: [u8; SHORT]) -> usize {
    let codes = u32::from_le_bytes(four) & 0x1F1F_1F1F;
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
