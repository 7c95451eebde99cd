//! Which lengths go together into blocks of one capacity.
//!
//! Best fit, longest first, after Ding et al., "Fewer Truncations Improve Language Modeling" (2024,
//! <https://arxiv.org/abs/2404.10830>). The rooms left in blocks are small numbers, so blocks are kept in one queue per
//! room, and a tree of bits finds the smallest room that is large enough: constant time for each length.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

/// How blocks are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackMethod {
    /// The longest first, each into the fullest block that takes it; of equally full ones the one that has been so
    /// full the longest.
    BestFit,
    /// In the order given; a block is closed by the first length it does not take.
    NextFit,
    /// All behind each other, cut wherever a block is full.
    Concat,
}

/// What [`pack`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Block of each length, from 0.
    pub blocks: Vec<u32>,
    /// Number of blocks.
    pub count: u32,
}

/// Gives each length a block; the sum of the lengths in a block is at most `capacity`. A length above `capacity` has a
/// block of its own, which is then too full: cut such pieces before. With [`PackMethod::Concat`] a length may go on in
/// the blocks that follow; its block is the one it begins in.
///
/// # Panics
/// Never for up to 2^32 - 2 lengths.
#[must_use]
pub fn pack(lengths: &[u32], capacity: u32, method: PackMethod) -> Packed {
    match method {
        PackMethod::BestFit => best_fit(lengths, capacity),
        PackMethod::NextFit => next_fit(lengths, capacity),
        PackMethod::Concat => concat(lengths, capacity),
    }
}

fn concat(lengths: &[u32], capacity: u32) -> Packed {
    let capacity = u64::from(capacity.max(1));
    let mut total = 0_u64;
    let mut blocks = Vec::with_capacity(lengths.len());
    for &length in lengths {
        blocks.push((total / capacity) as u32);
        total += u64::from(length);
    }
    Packed { blocks, count: total.div_ceil(capacity) as u32 }
}

fn next_fit(lengths: &[u32], capacity: u32) -> Packed {
    let mut packed = Packed { blocks: Vec::with_capacity(lengths.len()), count: 0 };
    let mut room = 0;
    for &length in lengths {
        if length > room || packed.count == 0 {
            packed.count += 1;
            room = capacity;
        }
        room = room.saturating_sub(length);
        packed.blocks.push(packed.count - 1);
    }
    packed
}

/// No block.
const NONE: u32 = u32::MAX;

/// Fewer lengths than this share of the capacity are sorted rather than counted: the tables have a place for every room.
const FEW: usize = 32;

fn best_fit(lengths: &[u32], capacity: u32) -> Packed {
    if lengths.len() < capacity as usize / FEW {
        let mut order: Vec<u32> = (0..lengths.len() as u32).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(lengths[at as usize]));
        fill(lengths, capacity, &order, &mut FewRooms::default())
    } else {
        fill(lengths, capacity, &longest_first(lengths, capacity), &mut Rooms::new(capacity, lengths.len()))
    }
}

/// Blocks by the room left in them; of equal rooms the first that was put there comes first.
trait ByRoom {
    fn put(&mut self, block: u32, room: u32);
    /// Takes out the first block of the smallest room that is at least `length`, with its room.
    fn take(&mut self, length: u32) -> Option<(u32, u32)>;
}

fn fill(lengths: &[u32], capacity: u32, order: &[u32], rooms: &mut impl ByRoom) -> Packed {
    let mut blocks = vec![0; lengths.len()];
    let mut count = 0;
    for &at in order {
        let length = lengths[at as usize].min(capacity);
        let (block, room) = rooms.take(length).unwrap_or_else(|| {
            count += 1;
            (count - 1, capacity)
        });
        blocks[at as usize] = block;
        rooms.put(block, room - length);
    }
    Packed { blocks, count }
}

/// For few blocks: work goes by them, not by the capacity.
#[derive(Default)]
struct FewRooms(BTreeMap<u32, VecDeque<u32>>);

impl ByRoom for FewRooms {
    fn put(&mut self, block: u32, room: u32) {
        self.0.entry(room).or_default().push_back(block);
    }

    fn take(&mut self, length: u32) -> Option<(u32, u32)> {
        let (&room, blocks) = self.0.range_mut(length..).next()?;
        let block = blocks.pop_front()?;
        if blocks.is_empty() {
            self.0.remove(&room);
        }
        Some((block, room))
    }
}

/// Numbers of the lengths, longest first, equal ones in their order; by counting.
fn longest_first(lengths: &[u32], capacity: u32) -> Vec<u32> {
    let of = |length: u32| (capacity - length.min(capacity)) as usize;
    let mut starts = vec![0_u32; capacity as usize + 2];
    for &length in lengths {
        starts[of(length) + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut order = vec![0; lengths.len()];
    for (at, &length) in lengths.iter().enumerate() {
        let place = &mut starts[of(length)];
        order[*place as usize] = at as u32;
        *place += 1;
    }
    order
}

/// For many blocks.
struct Rooms {
    /// First and last block of each room's queue.
    queues: Vec<(u32, u32)>,
    /// The block behind each block in its queue.
    next: Vec<u32>,
    /// Which queues have blocks; each level has a bit for each word of the one below.
    levels: Vec<Vec<u64>>,
}

impl Rooms {
    fn new(capacity: u32, most_blocks: usize) -> Self {
        let mut bits = capacity as usize + 1;
        let mut levels = Vec::new();
        while bits > 1 || levels.is_empty() {
            bits = bits.div_ceil(64);
            levels.push(vec![0; bits]);
        }
        Self { queues: vec![(NONE, NONE); capacity as usize + 1], next: vec![NONE; most_blocks], levels }
    }
}

impl ByRoom for Rooms {
    fn put(&mut self, block: u32, room: u32) {
        let (first, last) = &mut self.queues[room as usize];
        if *first == NONE {
            *first = block;
            let mut at = room as usize;
            for level in &mut self.levels {
                level[at / 64] |= 1 << (at % 64);
                at /= 64;
            }
        } else {
            self.next[*last as usize] = block;
        }
        *last = block;
        self.next[block as usize] = NONE;
    }

    fn take(&mut self, length: u32) -> Option<(u32, u32)> {
        let room = self.smallest(length as usize)?;
        let (first, _) = &mut self.queues[room];
        let block = *first;
        *first = self.next[block as usize];
        if *first == NONE {
            let mut at = room;
            for level in &mut self.levels {
                level[at / 64] &= !(1 << (at % 64));
                if level[at / 64] != 0 {
                    break;
                }
                at /= 64;
            }
        }
        Some((block, room as u32))
    }
}

impl Rooms {
    fn smallest(&self, from: usize) -> Option<usize> {
        let mut at = from;
        for (height, level) in self.levels.iter().enumerate() {
            let word = level.get(at / 64)? & (!0 << (at % 64));
            if word == 0 {
                at = at / 64 + 1;
                continue;
            }
            // Down again along the lowest bits.
            let mut found = at / 64 * 64 + word.trailing_zeros() as usize;
            for below in self.levels[..height].iter().rev() {
                found = found * 64 + below[found].trailing_zeros() as usize;
            }
            return Some(found);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FewRooms, PackMethod, Packed, Rooms, fill, longest_first, pack};

    /// Best fit as one would explain it, block by block.
    fn slowly(lengths: &[u32], capacity: u32) -> Packed {
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(lengths[at]));
        // Room and the time since when.
        let mut rooms: Vec<(u32, usize)> = Vec::new();
        let mut blocks = vec![0; lengths.len()];
        for (time, at) in order.into_iter().enumerate() {
            let fits = rooms.iter().enumerate().filter(|(_, (room, _))| *room >= lengths[at]);
            let block = fits.min_by_key(|(_, room)| **room).map_or(rooms.len(), |(block, _)| block);
            if block == rooms.len() {
                rooms.push((capacity, 0));
            }
            rooms[block] = (rooms[block].0 - lengths[at], time);
            blocks[at] = block as u32;
        }
        Packed { blocks, count: rooms.len() as u32 }
    }

    proptest! {
        #[test]
        fn best_fit_is_the_slow_one(
            capacity in prop_oneof![1_u32..70, 4_000_u32..5_000, Just(64), Just(63), Just(4_096)],
            shares in prop::collection::vec(0.0_f64..=1.0, 0..200),
        ) {
            let lengths: Vec<u32> = shares.iter().map(|s| (s * s * f64::from(capacity)) as u32).collect();
            let wanted = slowly(&lengths, capacity);
            prop_assert_eq!(&pack(&lengths, capacity, PackMethod::BestFit), &wanted);
            // Either way, whatever there is less of.
            let order = longest_first(&lengths, capacity);
            prop_assert_eq!(&fill(&lengths, capacity, &order, &mut FewRooms::default()), &wanted);
            prop_assert_eq!(fill(&lengths, capacity, &order, &mut Rooms::new(capacity, lengths.len())), wanted);
        }

        #[test]
        fn no_block_is_too_full(capacity in 1_u32..200, lengths in prop::collection::vec(0_u32..100, 0..300)) {
            for method in [PackMethod::BestFit, PackMethod::NextFit] {
                let lengths: Vec<u32> = lengths.iter().map(|&length| length.min(capacity)).collect();
                let packed = pack(&lengths, capacity, method);
                let mut sums = vec![0; packed.count as usize];
                for (&block, &length) in packed.blocks.iter().zip(&lengths) {
                    sums[block as usize] += length;
                }
                prop_assert!(sums.iter().all(|&sum| sum <= capacity));
            }
        }
    }

    #[test]
    fn blocks_of_next_fit_hold_runs() {
        let packed = pack(&[3, 3, 5, 1, 9, 1], 8, PackMethod::NextFit);
        assert_eq!(packed, Packed { blocks: vec![0, 0, 1, 1, 2, 3], count: 4 });
    }

    #[test]
    fn what_is_joined_begins_where_the_last_one_ended() {
        let packed = pack(&[3, 4, 1, 20, 4, 1], 8, PackMethod::Concat);
        assert_eq!(packed, Packed { blocks: vec![0, 0, 0, 1, 3, 4], count: 5 });
        assert_eq!(pack(&[], 8, PackMethod::Concat).count, 0);
    }
}
