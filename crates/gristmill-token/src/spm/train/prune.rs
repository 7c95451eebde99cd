//! One round of pruning: pieces go whose loss would cost the text the least.

use super::super::failure::SpmFailure;
use super::super::trie::Trie;
use super::Pieces;
use super::estimate::{added, edges, of_shards, on_threads, trie};
use super::options::TrainOptions;

/// Best segmentation of `word`, last piece first, leaving out the piece `without`.
fn best(
    trie: &Trie,
    scores: &[f64],
    word: &[u8],
    without: Option<u32>,
    nodes: &mut Vec<(f64, u32, u32)>,
    ids: &mut Vec<u32>,
) {
    nodes.clear();
    nodes.resize(word.len() + 1, (f64::NEG_INFINITY, 0, 0));
    nodes[0].0 = 0.0;
    edges(trie, word, |start, end, id| {
        let score = nodes[start].0 + scores[id as usize];
        if score > nodes[end].0 && Some(id) != without {
            nodes[end] = (score, id, start as u32);
        }
    });
    ids.clear();
    let mut end = word.len();
    while end > 0 && nodes[end].0 > f64::NEG_INFINITY {
        ids.push(nodes[end].1);
        end = nodes[end].2 as usize;
    }
}

/// Drops pieces until `enough` or the wanted share is left.
pub(super) fn step(
    pieces: &mut Pieces,
    words: &[(Box<str>, u64)],
    enough: usize,
    options: &TrainOptions,
) -> Result<(), SpmFailure> {
    let trie = trie(pieces)?;
    let counts = added(on_threads(options.threads, |shards| {
        let mut counts = vec![0u64; pieces.texts.len()];
        let (mut nodes, mut ids) = (Vec::new(), Vec::new());
        for (word, count) in of_shards(words, shards) {
            best(&trie, &pieces.scores, word.as_bytes(), None, &mut nodes, &mut ids);
            for &id in &ids {
                counts[id as usize] += count;
            }
        }
        counts
    }));
    let sum = counts.iter().map(|&count| u128::from(count)).sum::<u128>() as f64;
    let learned: Vec<usize> = (pieces.chars..pieces.texts.len()).filter(|&id| counts[id] > 0).collect();
    let losses = on_threads(options.threads, |shards| {
        let (mut nodes, mut ids) = (Vec::new(), Vec::new());
        let mut losses = Vec::new();
        for &id in of_shards(&learned, shards) {
            let word = pieces.texts[id].as_bytes();
            best(&trie, &pieces.scores, word, Some(id as u32), &mut nodes, &mut ids);
            let own = counts[id] as f64;
            let others = (sum + own * (ids.len() as f64 - 1.0)).ln();
            let instead: f64 =
                ids.iter().map(|&part| (counts[part as usize] as f64 + own).ln() - others).sum();
            losses.push((own / sum * (own.ln() - sum.ln() - instead), id));
        }
        losses
    });
    let mut losses: Vec<(f64, usize)> = losses.into_iter().flatten().collect();
    losses.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let keep = enough.max((options.shrinking_factor * pieces.texts.len() as f64) as usize);
    losses.truncate(keep.saturating_sub(pieces.chars));
    let mut kept = vec![false; pieces.texts.len()];
    kept[..pieces.chars].fill(true);
    for (_, id) in losses {
        kept[id] = true;
    }
    pieces.keep(&kept);
    Ok(())
}
