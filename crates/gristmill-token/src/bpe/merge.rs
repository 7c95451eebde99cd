//! The merging itself: a linear scan while a piece is short, a heap over a linked list when it is long, so that a
//! hostile piece of a million bytes costs little more per byte than a word.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::pairs::{NEVER, Pairs};

/// Pieces of at most so many symbols are scanned.
pub(crate) const SHORT: usize = 48;

const END: u32 = u32::MAX;

/// Merges `symbols[..count]` in place and gives the number that remain. `count` is at most [`SHORT`].
pub(crate) fn merge_short(pairs: &Pairs, symbols: &mut [u32; SHORT], mut count: usize) -> usize {
    let mut ranks = [NEVER; SHORT];
    let mut results = [0_u32; SHORT];
    for at in 1..count {
        (ranks[at - 1], results[at - 1]) = pairs.get(symbols[at - 1], symbols[at]);
    }
    while count > 1 {
        let (mut best, mut rank) = (0, NEVER);
        for (at, &found) in ranks[..count - 1].iter().enumerate() {
            if found < rank {
                (best, rank) = (at, found);
            }
        }
        if rank == NEVER {
            break;
        }
        symbols[best] = results[best];
        symbols.copy_within(best + 2..count, best + 1);
        if best + 2 < count {
            ranks.copy_within(best + 2..count - 1, best + 1);
            results.copy_within(best + 2..count - 1, best + 1);
        }
        count -= 1;
        if best > 0 {
            (ranks[best - 1], results[best - 1]) = pairs.get(symbols[best - 1], symbols[best]);
        }
        if best + 1 < count {
            (ranks[best], results[best]) = pairs.get(symbols[best], symbols[best + 1]);
        }
    }
    count
}

/// Room for long pieces, kept between them.
#[derive(Default)]
pub(crate) struct LongMerge {
    /// Symbol, the one before and the one behind; a symbol merged away has itself as the one before.
    chain: Vec<Link>,
    heap: BinaryHeap<Reverse<u64>>,
}

#[derive(Clone, Copy)]
struct Link {
    symbol: u32,
    before: u32,
    behind: u32,
    gone: bool,
}

impl LongMerge {
    /// Merges `symbols` in place; the rest of the vector is cut off.
    pub(crate) fn merge(&mut self, pairs: &Pairs, symbols: &mut Vec<u32>) {
        self.chain.clear();
        self.heap.clear();
        let last = symbols.len().saturating_sub(1);
        self.chain.extend(symbols.iter().enumerate().map(|(at, &symbol)| Link {
            symbol,
            before: if at == 0 { END } else { at as u32 - 1 },
            behind: if at == last { END } else { at as u32 + 1 },
            gone: false,
        }));
        let mut first = Vec::with_capacity(symbols.len());
        for (at, pair) in symbols.windows(2).enumerate() {
            let rank = pairs.get(pair[0], pair[1]).0;
            if rank != NEVER {
                first.push(Reverse(entry(rank, at as u32)));
            }
        }
        self.heap = BinaryHeap::from(first);
        while let Some(Reverse(top)) = self.heap.pop() {
            self.step(pairs, (top >> 32) as u32, top as u32);
        }
        symbols.clear();
        symbols.extend(self.chain.iter().filter(|link| !link.gone).map(|link| link.symbol));
        self.release();
    }

    /// Merges the pair at `at` if it still has this rank; an entry whose neighbours have changed is old.
    fn step(&mut self, pairs: &Pairs, rank: u32, at: u32) {
        let left = self.chain[at as usize];
        if left.gone || left.behind == END {
            return;
        }
        let right = self.chain[left.behind as usize];
        let (found, result) = pairs.get(left.symbol, right.symbol);
        if found != rank {
            return;
        }
        self.chain[left.behind as usize].gone = true;
        self.chain[at as usize].symbol = result;
        self.chain[at as usize].behind = right.behind;
        if right.behind != END {
            self.chain[right.behind as usize].before = at;
            self.offer(pairs, result, self.chain[right.behind as usize].symbol, at);
        }
        if left.before != END {
            self.offer(pairs, self.chain[left.before as usize].symbol, result, left.before);
        }
    }

    fn offer(&mut self, pairs: &Pairs, left: u32, right: u32, at: u32) {
        let rank = pairs.get(left, right).0;
        if rank != NEVER {
            self.heap.push(Reverse(entry(rank, at)));
        }
    }

    /// One huge piece must not keep its memory for ever.
    fn release(&mut self) {
        const KEPT: usize = 1 << 16;
        if self.chain.capacity() > KEPT {
            self.chain = Vec::new();
            self.heap = BinaryHeap::new();
        }
    }
}

fn entry(rank: u32, at: u32) -> u64 {
    u64::from(rank) << 32 | u64::from(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LongMerge, NEVER, Pairs, SHORT, merge_short};

    /// The definition: find the lowest rank, merge its leftmost place, begin again.
    fn by_definition(pairs: &Pairs, mut symbols: Vec<u32>) -> Vec<u32> {
        loop {
            let best = (1..symbols.len())
                .map(|at| (pairs.get(symbols[at - 1], symbols[at]), at))
                .min_by_key(|((rank, _), at)| (*rank, *at));
            match best {
                Some(((rank, result), at)) if rank != NEVER => {
                    symbols[at - 1] = result;
                    symbols.remove(at);
                }
                _ => return symbols,
            }
        }
    }

    proptest! {
        #[test]
        fn both_ways_give_what_the_definition_gives(
            merges in prop::collection::vec((0..12_u32, 0..12_u32), 1..30),
            symbols in prop::collection::vec(0..4_u32, 0..SHORT),
        ) {
            let merges: Vec<_> =
                merges.iter().enumerate().map(|(n, (l, r))| (*l, *r, n as u32, 4 + n as u32)).collect();
            let pairs = Pairs::new(&merges);
            let want = by_definition(&pairs, symbols.clone());
            let mut short = [0; SHORT];
            short[..symbols.len()].copy_from_slice(&symbols);
            let left = merge_short(&pairs, &mut short, symbols.len());
            prop_assert_eq!(&short[..left], want.as_slice());
            let mut long = symbols.clone();
            LongMerge::default().merge(&pairs, &mut long);
            prop_assert_eq!(long, want);
        }
    }

    #[test]
    fn a_million_equal_symbols_are_merged() {
        let pairs = Pairs::new(&[(0, 0, 0, 1), (1, 1, 1, 2), (2, 1, 2, 3)]);
        let mut symbols = vec![0; 1_000_001];
        LongMerge::default().merge(&pairs, &mut symbols);
        assert_eq!(symbols.len(), 250_001);
        assert_eq!((symbols[0], symbols[250_000]), (2, 0));
    }
}
