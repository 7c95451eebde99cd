//! Finds the words in which pairs stand, for pairs whose words are not kept.

use super::counts::Pair;
use super::word_list::{Symbol, WordList};

const FREE: u64 = u64::MAX;

/// For each of the pairs the words that have it now, each once.
pub(super) fn look_up<S: Symbol>(words: &WordList<S>, pairs: &[(Pair, u32)]) -> Vec<Vec<u32>> {
    let mut table = vec![(FREE, 0_u32); (pairs.len() * 4).next_power_of_two()];
    for (number, (pair, _)) in pairs.iter().enumerate() {
        let at = find(&table, key(pair.0, pair.1));
        table[at] = (key(pair.0, pair.1), number as u32);
    }
    let mut found: Vec<Vec<u32>> =
        pairs.iter().map(|(_, words)| Vec::with_capacity(*words as usize)).collect();
    for number in 0..words.len() {
        for pair in words.word(number).windows(2) {
            let (known, place) = table[find(&table, key(pair[0].id(), pair[1].id()))];
            if known != FREE && found[place as usize].last() != Some(&number) {
                found[place as usize].push(number);
            }
        }
    }
    found
}

/// Counts of all pairs in words that nothing has been merged in, and in how many words each stands at most; `ids` are
/// the tokens of bytes.
pub(super) fn first_pairs<S: Symbol>(words: &WordList<S>, ids: &[u32; 256]) -> Vec<(Pair, u64, u32)> {
    let mut bytes = vec![0_usize; ids.iter().max().map_or(0, |id| *id as usize + 1)];
    for (byte, id) in ids.iter().enumerate() {
        bytes[*id as usize] = byte;
    }
    let mut counts = vec![(0_u64, 0_u32); 1 << 16];
    for number in 0..words.len() {
        let count = words.count(number);
        for pair in words.word(number).windows(2) {
            let entry = &mut counts[bytes[pair[0].id() as usize] << 8 | bytes[pair[1].id() as usize]];
            // A pair that stands twice in a word counts twice as its place too, which only makes room.
            *entry = (entry.0 + count, entry.1.saturating_add(1));
        }
    }
    let pairs = counts.into_iter().enumerate().filter(|(_, (count, _))| *count > 0);
    pairs.map(|(pair, (count, places))| ((ids[pair >> 8], ids[pair & 255]), count, places)).collect()
}

#[inline]
fn find(table: &[(u64, u32)], key: u64) -> usize {
    let mut at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize;
    loop {
        at &= table.len() - 1;
        if table[at].0 == key || table[at].0 == FREE {
            return at;
        }
        at += 1;
    }
}

fn key(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}
