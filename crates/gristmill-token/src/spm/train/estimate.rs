//! One estimation: how often each piece is expected under the current probabilities, and new probabilities from that.

use super::super::failure::SpmFailure;
use super::super::trie::Trie;
use super::super::unigram::char_len;
use super::Pieces;
use super::threads::on_each;

/// Work is dealt out to threads in so many parts.
const SHARDS: usize = 16;
/// Sums are kept as whole numbers of this part of one, so that they are the same in any order of adding.
const UNIT: f64 = (1 << 24) as f64;
/// Pieces expected less often are dropped.
const RARE: f64 = 0.5;

/// Runs `work` on all threads, each with its shards.
pub(super) fn on_threads<T: Send>(threads: usize, work: impl Fn(&[usize]) -> T + Sync) -> Vec<T> {
    let threads = threads.clamp(1, SHARDS);
    on_each(threads, |first| work(&(first..SHARDS).step_by(threads).collect::<Vec<_>>()))
}

/// Adds up what the threads have counted.
pub(super) fn added(parts: Vec<Vec<u64>>) -> Vec<u64> {
    let mut parts = parts.into_iter();
    let mut sums = parts.next().unwrap_or_default();
    for part in parts {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum = sum.saturating_add(value);
        }
    }
    sums
}

/// What of `all` belongs to some shards.
pub(super) fn of_shards<'a, T>(all: &'a [T], shards: &'a [usize]) -> impl Iterator<Item = &'a T> {
    shards.iter().flat_map(|&shard| {
        let len = all.len().div_ceil(SHARDS).max(1);
        all.chunks(len).nth(shard).unwrap_or_default()
    })
}

/// The trie of all pieces.
pub(super) fn trie(pieces: &Pieces) -> Result<Trie, SpmFailure> {
    let keys: Vec<(&[u8], u32)> =
        pieces.sorted.iter().map(|&id| (pieces.texts[id as usize].as_bytes(), id)).collect();
    Trie::build(&keys)
}

/// Calls `edge` with start, end and id of every piece in `word`, by start.
pub(super) fn edges(trie: &Trie, word: &[u8], mut edge: impl FnMut(usize, usize, u32)) {
    let mut start = 0;
    while start < word.len() {
        let mut state = trie.root();
        for (at, &byte) in word[start..].iter().enumerate() {
            let Some((next, value)) = trie.step(state, byte) else { break };
            state = next;
            if let Some(id) = value {
                edge(start, start + at + 1, id);
            }
        }
        start += char_len(word[start]);
    }
}

#[derive(Default)]
struct Scratch {
    edges: Vec<(u32, u32, u32)>,
    forward: Vec<f64>,
    backward: Vec<f64>,
}

/// Adds the expected counts of the pieces of `word`; gives nothing where the numbers leave the range of doubles.
fn expect(
    trie: &Trie,
    odds: &[f64],
    word: &[u8],
    count: f64,
    room: &mut Scratch,
    sums: &mut [u64],
) -> Option<()> {
    let Scratch { edges: found, forward, backward } = room;
    found.clear();
    forward.clear();
    forward.resize(word.len() + 1, 0.0);
    forward[0] = 1.0;
    edges(trie, word, |start, end, id| {
        found.push((start as u32, end as u32, id));
        forward[end] += forward[start] * odds[id as usize];
    });
    let total = forward[word.len()];
    if !(1e-280..1e280).contains(&total) {
        return None;
    }
    backward.clear();
    backward.resize(word.len() + 1, 0.0);
    backward[word.len()] = count / total;
    for &(start, end, id) in found.iter().rev() {
        let after = odds[id as usize] * backward[end as usize];
        backward[start as usize] += after;
        let expected = (forward[start as usize] * after * UNIT + 0.5) as u64;
        sums[id as usize] = sums[id as usize].saturating_add(expected);
    }
    Some(())
}

/// As [`expect`]; a word too long for doubles is halved.
fn expect_all(trie: &Trie, odds: &[f64], word: &str, count: f64, room: &mut Scratch, sums: &mut [u64]) {
    if expect(trie, odds, word.as_bytes(), count, room, sums).is_some() {
        return;
    }
    let middle = (word.len() / 2..word.len()).find(|&at| word.is_char_boundary(at)).unwrap_or(word.len());
    if middle > 0 && middle < word.len() {
        expect_all(trie, odds, &word[..middle], count, room, sums);
        expect_all(trie, odds, &word[middle..], count, room, sums);
    }
}

/// Re-estimates the probabilities; drops rare pieces, but no character.
pub(super) fn step(pieces: &mut Pieces, words: &[(Box<str>, u64)], threads: usize) -> Result<(), SpmFailure> {
    let trie = trie(pieces)?;
    // A factor per byte is the same for all segmentations of a word; it keeps the products near 1.
    let odds: Vec<f64> = pieces
        .scores
        .iter()
        .zip(&pieces.texts)
        .map(|(score, text)| (score + 1.5 * text.len() as f64).exp())
        .collect();
    let sums = added(on_threads(threads, |shards| {
        let mut sums = vec![0u64; odds.len()];
        let mut room = Scratch::default();
        for (word, count) in of_shards(words, shards) {
            expect_all(&trie, &odds, word, *count as f64, &mut room, &mut sums);
        }
        sums
    }));
    let kept: Vec<bool> =
        (0..sums.len()).map(|id| id < pieces.chars || sums[id] as f64 / UNIT >= RARE).collect();
    for (score, &sum) in pieces.scores.iter_mut().zip(&sums) {
        *score = (sum as f64 / UNIT).max(RARE);
    }
    pieces.keep(&kept);
    let all = digamma(pieces.scores.iter().sum());
    for score in &mut pieces.scores {
        *score = digamma(*score) - all;
    }
    Ok(())
}

/// The derivative of the logarithm of the gamma function, by recurrence and its asymptotic series.
fn digamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < 7.0 {
        shift -= 1.0 / x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = inverse * (1.0 / 12.0 - inverse * (1.0 / 120.0 - inverse * (1.0 / 252.0 - inverse / 240.0)));
    shift + x.ln() - 0.5 / x - series
}

#[cfg(test)]
mod tests {
    use super::digamma;

    #[test]
    fn digamma_at_known_points() {
        for (x, value) in
            [(0.5, -1.963_510_026_021_423_5), (1.0, -0.577_215_664_901_532_9), (10.0, 2.251_752_589_066_721)]
        {
            assert!((digamma(x) - value).abs() < 1e-9, "{x}");
        }
    }
}
