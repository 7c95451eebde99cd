//! The most probable segmentation under a unigram model, with the reference's rounding.
//!
//! Scores are summed from the start of the text in single precision, so what came before decides ties and near
//! ties. A segmentation of a chunk can therefore be reused only where rounding cannot turn the choice:
//! [`Unigram::reusable_below`] says up to which sum that holds.

use super::model::PieceKind;
use super::vocabulary::Vocabulary;

/// How candidates are added and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arithmetic {
    /// In single precision, as current releases do, with a new zero now and then.
    #[default]
    Float,
    /// Added and compared in double, stored in single precision, as releases up to 0.2.1 do.
    Mixed,
}

/// A piece found in text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Token {
    pub(crate) id: u32,
    /// Bytes of normalised text.
    pub(crate) len: u32,
    pub(crate) score: f64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    score: f32,
    id: u32,
    /// Length of the piece that ends here; 0 where none does.
    len: u32,
}

/// A sum below this is taken as the new zero by current releases, so that sums of long texts stay precise.
const LOWEST: f32 = -100_000.0;

const UNREACHED: Node = Node { score: 0.0, id: 0, len: 0 };
/// How much worse than the worst piece an unknown character is.
const UNKNOWN_PENALTY: f32 = 10.0;

/// Scores of a unigram model.
#[derive(Debug, Clone)]
pub(crate) struct Unigram {
    mixed: bool,
    edges: Vec<f64>,
    unknown: f32,
    /// The largest size of an edge.
    widest: f64,
    /// Up to this size all sums are exact, because all edges are multiples of one power of two.
    exact: f64,
}

/// The power of two below which no bit of any edge lies; 0 where some edge has very small bits.
fn grain(edges: impl Iterator<Item = f64>) -> f64 {
    let mut grain = 1.0;
    for edge in edges {
        while edge % grain != 0.0 {
            grain /= 2.0;
            if grain < 1e-6 {
                return 0.0;
            }
        }
    }
    grain
}

/// The score of a user-defined symbol in current releases.
pub(crate) fn symbol_score(text: &str) -> f32 {
    (text.chars().count().saturating_sub(1) as f64 * 0.1) as f32
}

/// Length of the character that starts with `byte`.
#[inline]
pub(crate) fn char_len(byte: u8) -> usize {
    match byte {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

impl Unigram {
    /// `texts` gives the text of a piece.
    pub(crate) fn of<'m>(
        vocabulary: &Vocabulary,
        arithmetic: Arithmetic,
        texts: impl Fn(usize) -> &'m str,
    ) -> Self {
        let mixed = arithmetic == Arithmetic::Mixed;
        let normal = vocabulary.scores.iter().zip(&vocabulary.kinds);
        let normal = normal.filter(|(_, kind)| **kind == PieceKind::Normal).map(|(score, _)| *score);
        let lowest = normal.clone().reduce(f32::min).unwrap_or_default();
        // Scores are negative as a rule, so that this is next to nothing.
        let highest = normal.fold(f32::MIN_POSITIVE, f32::max);
        let edges: Vec<f64> = vocabulary
            .kinds
            .iter()
            .enumerate()
            .map(|(id, kind)| match kind {
                PieceKind::UserDefined if mixed => f64::from(texts(id).len() as f32 * highest) - 0.1,
                PieceKind::UserDefined => f64::from(symbol_score(texts(id))),
                _ => f64::from(vocabulary.scores[id]),
            })
            .collect();
        let unknown = lowest - UNKNOWN_PENALTY;
        let widest = edges.iter().fold(f64::from(unknown).abs(), |widest, edge| widest.max(edge.abs()));
        let exact =
            f64::from(1 << f32::MANTISSA_DIGITS) * grain(edges.iter().copied().chain([f64::from(unknown)]));
        Self { mixed, edges, unknown, widest, exact }
    }

    /// The sum before a chunk: what it was after the one before, or the new zero.
    #[inline]
    pub(crate) fn before(&self, score: f32) -> f32 {
        if !self.mixed && score < LOWEST { 0.0 } else { score }
    }

    /// Calls `edge` for every piece in `chunk` with its start, length, id and score, by start, then by length.
    #[inline]
    fn edges(&self, vocabulary: &Vocabulary, chunk: &[u8], mut edge: impl FnMut(usize, usize, u32, f64)) {
        let mut start = 0;
        while start < chunk.len() {
            let one = char_len(chunk[start]).min(chunk.len() - start);
            let mut single = false;
            let mut state = vocabulary.trie.root();
            for (at, &byte) in chunk[start..].iter().enumerate() {
                let Some((next, value)) = vocabulary.trie.step(state, byte) else { break };
                state = next;
                let Some(id) = value else { continue };
                if vocabulary.any_unused && vocabulary.kinds[id as usize] == PieceKind::Unused {
                    continue;
                }
                edge(start, at + 1, id, self.edges[id as usize]);
                single |= at + 1 == one;
            }
            if !single {
                edge(start, one, vocabulary.unk, f64::from(self.unknown));
            }
            start += one;
        }
    }

    /// Appends the best segmentation of `chunk`, when the text before it scored `start`; gives the score after it.
    pub(crate) fn segment(
        &self,
        vocabulary: &Vocabulary,
        chunk: &[u8],
        start: f32,
        nodes: &mut Vec<Node>,
        out: &mut Vec<Token>,
    ) -> f32 {
        nodes.clear();
        nodes.resize(chunk.len() + 1, UNREACHED);
        nodes[0].score = start;
        let (mut visited, mut reached) = (usize::MAX, 0);
        self.edges(vocabulary, chunk, |at, len, id, edge| {
            if at != visited {
                visited = at;
                let zero = nodes[at].score;
                if !self.mixed && zero < LOWEST {
                    nodes[at..=reached.max(at)].iter_mut().for_each(|node| node.score -= zero);
                }
            }
            reached = reached.max(at + len);
            let from = nodes[at].score;
            let candidate = if self.mixed && id != vocabulary.unk {
                f64::from(from) + edge
            } else {
                f64::from(from + edge as f32)
            };
            let target = &mut nodes[at + len];
            if target.len == 0 || candidate > f64::from(target.score) {
                *target = Node { score: candidate as f32, id, len: len as u32 };
            }
        });
        let first = out.len();
        let mut end = chunk.len();
        while end > 0 {
            let Node { id, len, .. } = nodes[end];
            let score = if id == vocabulary.unk { f64::from(self.unknown) } else { self.edges[id as usize] };
            out.push(Token { id, len, score });
            end -= len as usize;
        }
        out[first..].reverse();
        nodes[chunk.len()].score
    }

    /// The size of the sum before a chunk of `len` bytes up to which all sums in it are exact.
    pub(crate) fn exact_below(&self, len: usize) -> f32 {
        (self.exact.min(self.deepest()) - self.depth(len)) as f32
    }

    /// More than any sum in a chunk of `len` bytes is below the one before it.
    fn depth(&self, len: usize) -> f64 {
        (len as f64 + 1.0) * self.widest
    }

    /// The size of a sum up to which no new zero is taken.
    fn deepest(&self) -> f64 {
        if self.mixed { f64::INFINITY } else { -f64::from(LOWEST) }
    }

    /// The size of the sum before `chunk` up to which rounding cannot change its best segmentation.
    ///
    /// Every partial sum is off by at most half a unit in the last place of the largest sum a piece; two sums that
    /// differ by more than twice that keep their order.
    pub(crate) fn reusable_below(
        &self,
        vocabulary: &Vocabulary,
        chunk: &[u8],
        best: &mut Vec<[f64; 2]>,
    ) -> f32 {
        best.clear();
        best.resize(chunk.len() + 1, [f64::NEG_INFINITY; 2]);
        best[0][0] = 0.0;
        self.edges(vocabulary, chunk, |at, len, _, edge| {
            for from in best[at] {
                let candidate = from + edge;
                let target = &mut best[at + len];
                if candidate > target[0] {
                    *target = [candidate, target[0]];
                } else if candidate > target[1] {
                    target[1] = candidate;
                }
            }
        });
        let margin = best[chunk.len()][0] - best[chunk.len()][1];
        let count = chunk.len() as f64;
        let safe = margin / (count * f64::from(f32::EPSILON) * 1.01);
        if safe.is_nan() {
            f32::NEG_INFINITY
        } else {
            (safe.min(self.deepest()) - self.depth(chunk.len())) as f32
        }
    }
}
