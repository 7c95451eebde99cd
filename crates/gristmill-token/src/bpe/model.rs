//! A byte-level model: its tokens, its merges, and what single bytes are.

use super::merge::{LongMerge, SHORT, ShortMerge};
use super::pairs::Pairs;
use super::vocab::Vocab;

/// Symbol of a byte the vocabulary does not know; such bytes get no token.
const UNKNOWN: u32 = u32::MAX;

/// A byte-level byte-pair model.
pub(crate) struct Bpe {
    vocab: Vocab,
    pairs: Pairs,
    bytes: [u32; 256],
    /// Every byte has a token.
    complete: bool,
    /// A piece that is a token is that token, whatever the merges say.
    whole: bool,
    /// Merging the bytes of a token gives that token, for all of them.
    arrives: bool,
}

impl Bpe {
    /// `merges` are left, right, rank, result; `whole` is `ignore_merges` of a `tokenizer.json`.
    pub(crate) fn new(vocab: Vocab, merges: &[(u32, u32, u32, u32)], whole: bool) -> Self {
        let bytes = single_bytes(&vocab);
        let complete = !bytes.contains(&UNKNOWN);
        Self { pairs: Pairs::new(merges, &bytes), bytes, complete, whole, arrives: false, vocab }
    }

    /// A vocabulary whose ids are ranks: any two neighbours whose bytes together are a token merge to it.
    ///
    /// Of all ways to cut a token in two, only the one matters in which merging its bytes arrives at it. Two
    /// neighbours cut in another way never meet: merging inside them goes the same way as when their bytes stand
    /// alone, and there it does not pass through them. This holds if every token is arrived at, which is checked.
    pub(crate) fn ranked(vocab: Vocab) -> Self {
        let bytes = single_bytes(&vocab);
        match own_pairs(&vocab, &bytes) {
            Some(pairs) => {
                let complete = !bytes.contains(&UNKNOWN);
                Self { pairs, bytes, complete, whole: true, arrives: true, vocab }
            }
            None => Self::with_all_cuts(vocab),
        }
    }

    fn with_all_cuts(vocab: Vocab) -> Self {
        let mut merges = Vec::with_capacity(vocab.ids() * 4);
        for id in 0..vocab.ids() as u32 {
            let Some(token) = vocab.token(id) else { continue };
            for cut in 1..token.len() {
                if let Some(left) = vocab.id(&token[..cut])
                    && let Some(right) = vocab.id(&token[cut..])
                {
                    merges.push((left, right, id, id));
                }
            }
        }
        Self::new(vocab, &merges, true)
    }

    pub(crate) fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// Left, right and result of all merges, the first first; nothing if they have no single order.
    pub(crate) fn merges(&self) -> Option<Vec<(u32, u32, u32)>> {
        self.pairs.in_order()
    }

    /// Whether a piece that is a token is that token, whatever the merges say.
    pub(crate) fn takes_whole(&self) -> bool {
        self.whole
    }

    /// Whether every byte has a token.
    pub(crate) fn knows_all_bytes(&self) -> bool {
        self.complete
    }

    /// Whether a byte has a token.
    pub(crate) fn knows(&self, byte: u8) -> bool {
        self.bytes[usize::from(byte)] != UNKNOWN
    }

    /// Appends the ids of one piece, without looking at what was seen before.
    pub(crate) fn encode(&self, piece: &[u8], room: &mut Room, ids: &mut Vec<u32>) {
        if let Some(id) = self.whole(piece) {
            ids.push(id);
            return;
        }
        self.merge(piece, room, ids);
    }

    /// The token that a piece is as a whole, if that goes before the merges.
    #[inline]
    pub(crate) fn whole(&self, piece: &[u8]) -> Option<u32> {
        if self.whole && !self.arrives && piece.len() <= self.vocab.longest() {
            self.vocab.id(piece)
        } else {
            None
        }
    }

    /// As [`Bpe::encode`] for a piece that is no token as a whole.
    pub(crate) fn merge(&self, piece: &[u8], room: &mut Room, ids: &mut Vec<u32>) {
        if self.complete && piece.len() <= SHORT {
            ids.extend(room.short.merge(&self.pairs, &self.bytes, piece));
            return;
        }
        let known = piece.iter().map(|byte| self.bytes[usize::from(*byte)]).filter(|id| *id != UNKNOWN);
        room.symbols.clear();
        room.symbols.extend(known);
        if room.symbols.len() > SHORT {
            room.long.merge(&self.pairs, &mut room.symbols);
            ids.extend_from_slice(&room.symbols);
        } else if !room.symbols.is_empty() {
            ids.extend(room.short.merge_symbols(&self.pairs, &room.symbols));
        }
    }
}

fn single_bytes(vocab: &Vocab) -> [u32; 256] {
    std::array::from_fn(|byte| vocab.id(&[byte as u8]).unwrap_or(UNKNOWN))
}

/// The last merge of every token; nothing if merging does not arrive at some token.
fn own_pairs(vocab: &Vocab, bytes: &[u32; 256]) -> Option<Pairs> {
    let mut pairs = Pairs::with_room(vocab.ids());
    let mut room = Room::default();
    for id in 0..vocab.ids() as u32 {
        let Some(token) = vocab.token(id).filter(|token| token.len() > 1) else { continue };
        room.symbols.clear();
        if token.len() <= SHORT {
            room.symbols.extend(room.short.merge(&pairs, bytes, token));
        } else {
            room.symbols.extend(token.iter().map(|byte| bytes[usize::from(*byte)]));
            room.long.merge(&pairs, &mut room.symbols);
        }
        let [left, right] = room.symbols[..] else { return None };
        pairs.put(left, right, id);
        if let [left, right] = token {
            pairs.put_bytes(*left, *right, id);
        }
    }
    Some(pairs)
}

/// Room for long pieces, kept between them.
#[derive(Default)]
pub(crate) struct Room {
    symbols: Vec<u32>,
    short: ShortMerge,
    long: LongMerge,
}

#[cfg(test)]
mod tests {
    use super::{Bpe, Room, Vocab};

    /// What the definition says: merge the neighbours whose bytes together have the lowest rank, the leftmost first.
    fn by_definition(tokens: &[&str], piece: &str) -> Vec<u32> {
        let rank = |bytes: &[u8]| tokens.iter().position(|token| token.as_bytes() == bytes);
        if let Some(id) = rank(piece.as_bytes()) {
            return vec![id as u32];
        }
        let mut parts: Vec<Vec<u8>> = piece.bytes().map(|byte| vec![byte]).collect();
        loop {
            let best =
                (1..parts.len()).filter_map(|at| Some((rank(&parts[at - 1..=at].concat())?, at))).min();
            let Some((_, at)) = best else { break };
            let right = parts.remove(at);
            parts[at - 1].extend(right);
        }
        parts.iter().map(|part| rank(part).unwrap() as u32).collect()
    }

    #[test]
    fn ranks_alone_give_what_the_definition_gives() {
        let plain = ["a", "b", "c", "ab", "bc", "abc", "aa", "aab", "ca", "abca"];
        // Merging never arrives at `cb` + `a`: `ba` goes first.
        let odd = ["a", "b", "c", "ba", "cba", "cb", "acb", "acba", "bacba"];
        for tokens in [&plain[..], &odd[..]] {
            let spelled: Vec<_> =
                tokens.iter().zip(0..).map(|(token, id)| (token.as_bytes().to_vec(), id)).collect();
            let bpe = Bpe::ranked(Vocab::new(&spelled));
            for number in 0..3_usize.pow(8) {
                let piece: String = (0..number % 9)
                    .map(|place| ['a', 'b', 'c'][number / 3_usize.pow(place as u32) % 3])
                    .collect();
                let mut ids = Vec::new();
                if !piece.is_empty() {
                    bpe.encode(piece.as_bytes(), &mut Room::default(), &mut ids);
                    assert_eq!(ids, by_definition(tokens, &piece), "{piece}");
                }
            }
        }
    }
}
