//! The merging itself: a linear scan while a piece is short, a heap over a linked list when it is long, so that a
//! hostile piece of a million bytes costs little more per byte than a word.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::pairs::{NEVER, Pairs};

/// Pieces of at most so many bytes are scanned.
pub(crate) const SHORT: usize = 64;

const END: u32 = u32::MAX;
/// Bits of a place in an order.
const PLACE: u32 = 6;
/// Order of a place where nothing merges.
const NOTHING: i32 = i32::MAX;
/// Orders are compared so many at once.
const STEP: usize = 8;

/// A piece on its way through the merges. What has been merged into its left neighbour stays where it was, so that
/// nothing has to move.
pub(crate) struct ShortMerge {
    symbols: [u32; SHORT],
    /// For every symbol the rank of the pair it begins and then its place: the least is the one that goes next.
    orders: [i32; SHORT],
}

impl Default for ShortMerge {
    fn default() -> Self {
        Self { symbols: [0; SHORT], orders: [NOTHING; SHORT] }
    }
}

impl ShortMerge {
    /// Merges a piece of one to [`SHORT`] bytes, all of which have ids, and gives the symbols that remain.
    pub(crate) fn merge<'a>(
        &'a mut self,
        pairs: &Pairs,
        bytes: &[u32; 256],
        piece: &[u8],
    ) -> impl Iterator<Item = u32> + use<'a> {
        for (symbol, byte) in self.symbols.iter_mut().zip(piece) {
            *symbol = bytes[usize::from(*byte)];
        }
        for (at, (order, pair)) in self.orders.iter_mut().zip(piece.windows(2)).enumerate() {
            *order = order_of(pairs.of_bytes(pair[0], pair[1]), at);
        }
        self.run(pairs, piece.len())
    }

    /// As [`ShortMerge::merge`] for symbols, of which there are one to [`SHORT`].
    pub(crate) fn merge_symbols<'a>(
        &'a mut self,
        pairs: &Pairs,
        symbols: &[u32],
    ) -> impl Iterator<Item = u32> + use<'a> {
        self.symbols[..symbols.len()].copy_from_slice(symbols);
        for (at, (order, pair)) in self.orders.iter_mut().zip(symbols.windows(2)).enumerate() {
            *order = order_of(pairs.get(pair[0], pair[1]), at);
        }
        self.run(pairs, symbols.len())
    }

    /// Merges the first `count` symbols, whose orders are set but for the last.
    #[inline]
    fn run<'a>(&'a mut self, pairs: &Pairs, count: usize) -> impl Iterator<Item = u32> + use<'a> {
        let (symbols, orders) = (&mut self.symbols, &mut self.orders);
        let end = count.next_multiple_of(STEP).min(SHORT);
        orders[count - 1..end].fill(NOTHING);
        // Symbols that are still there.
        let mut left = u64::MAX >> (64 - count);
        loop {
            let order = least(&orders[..end]);
            if order == NOTHING {
                break;
            }
            let at = order as usize & (SHORT - 1);
            let result = pairs.result((order >> PLACE) as u32);
            let behind = left & !1 << at;
            let gone = behind.trailing_zeros() as usize & (SHORT - 1);
            left &= !(1 << gone);
            symbols[at] = result;
            orders[gone] = NOTHING;
            let behind = behind & (behind - 1);
            orders[at] = if behind == 0 {
                NOTHING
            } else {
                order_of(pairs.get(result, symbols[behind.trailing_zeros() as usize]), at)
            };
            let before = left & ((1 << at) - 1);
            if before != 0 {
                let before = 63 - before.leading_zeros() as usize;
                orders[before] = order_of(pairs.get(symbols[before], result), before);
            }
        }
        std::iter::from_fn(move || {
            let at = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            symbols.get(at).copied()
        })
    }
}

#[inline]
fn order_of(rank: u32, at: usize) -> i32 {
    if rank == NEVER { NOTHING } else { (rank << PLACE) as i32 | at as i32 }
}

#[inline]
fn least(orders: &[i32]) -> i32 {
    let mut lanes = [NOTHING; STEP];
    for chunk in orders.chunks_exact(STEP) {
        for (lane, order) in lanes.iter_mut().zip(chunk) {
            *lane = (*lane).min(*order);
        }
    }
    lanes.into_iter().fold(NOTHING, i32::min)
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
            let rank = pairs.get(pair[0], pair[1]);
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
        if pairs.get(left.symbol, right.symbol) != rank {
            return;
        }
        let result = pairs.result(rank);
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
        let rank = pairs.get(left, right);
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

    use super::{LongMerge, NEVER, Pairs, SHORT, ShortMerge};

    /// The definition: find the lowest rank, merge its leftmost place, begin again.
    fn by_definition(pairs: &Pairs, mut symbols: Vec<u32>) -> Vec<u32> {
        loop {
            let best = (1..symbols.len()).map(|at| (pairs.get(symbols[at - 1], symbols[at]), at)).min();
            match best {
                Some((rank, at)) if rank != NEVER => {
                    symbols[at - 1] = pairs.result(rank);
                    symbols.remove(at);
                }
                _ => return symbols,
            }
        }
    }

    /// The bytes 0 to 3 have ids, all others have none.
    fn bytes() -> [u32; 256] {
        std::array::from_fn(|byte| if byte < 4 { byte as u32 } else { NEVER })
    }

    proptest! {
        #[test]
        fn all_ways_give_what_the_definition_gives(
            merges in prop::collection::vec((0..12_u32, 0..12_u32), 1..30),
            pieces in prop::collection::vec(prop::collection::vec(0..4_u8, 1..=SHORT), 1..4),
        ) {
            let merges: Vec<_> =
                merges.iter().enumerate().map(|(n, (l, r))| (*l, *r, n as u32, 4 + n as u32)).collect();
            let pairs = Pairs::new(&merges, &bytes());
            let mut short = ShortMerge::default();
            for piece in pieces {
                let symbols: Vec<u32> = piece.iter().map(|byte| u32::from(*byte)).collect();
                let want = by_definition(&pairs, symbols.clone());
                prop_assert_eq!(short.merge(&pairs, &bytes(), &piece).collect::<Vec<_>>(), want.clone());
                prop_assert_eq!(short.merge_symbols(&pairs, &symbols).collect::<Vec<_>>(), want.clone());
                let mut long = symbols;
                LongMerge::default().merge(&pairs, &mut long);
                prop_assert_eq!(long, want);
            }
        }
    }

    #[test]
    fn a_million_equal_symbols_are_merged() {
        let pairs = Pairs::new(&[(0, 0, 0, 1), (1, 1, 1, 2), (2, 1, 2, 3)], &bytes());
        let mut symbols = vec![0; 1_000_001];
        LongMerge::default().merge(&pairs, &mut symbols);
        assert_eq!(symbols.len(), 250_001);
        assert_eq!((symbols[0], symbols[250_000]), (2, 0));
    }
}
