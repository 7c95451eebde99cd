//! Words in which pairs stand, kept for pairs that wait to be merged.
//!
//! Lists are written once, one behind the other in blocks; a block goes when all of its lists are taken.

/// Words of a block, unless one list alone has more.
const BLOCK: usize = if cfg!(test) { 1 << 4 } else { 1 << 18 };
/// Words that are kept for all pairs together. Few in tests, so that they do not suffice.
pub(super) const ROOM: usize = if cfg!(test) { 1 << 6 } else { 1 << 24 };

/// Where a list lies. Older lists have smaller places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlaceList {
    block: u32,
    at: u32,
    length: u32,
}

impl PlaceList {
    /// How many words it has.
    pub(super) const fn len(self) -> u32 {
        self.length
    }
}

/// The lists.
pub(super) struct Places {
    blocks: Vec<Block>,
    held: usize,
    full: usize,
}

#[derive(Default)]
struct Block {
    words: Vec<u32>,
    /// Words of lists that have not been taken.
    left: usize,
}

impl Places {
    pub(super) fn new() -> Self {
        Self { blocks: Vec::new(), held: 0, full: ROOM }
    }

    /// Keeps a list.
    pub(super) fn keep(&mut self, words: &[u32]) -> PlaceList {
        let full = |block: &Block| block.words.len() + words.len() > block.words.capacity();
        if self.blocks.last().is_none_or(full) {
            let room = BLOCK.max(words.len());
            self.blocks.push(Block { words: Vec::with_capacity(room), left: 0 });
        }
        let number = self.blocks.len() - 1;
        let block = &mut self.blocks[number];
        let at = block.words.len() as u32;
        block.words.extend_from_slice(words);
        block.left += words.len();
        self.held += words.len();
        PlaceList { block: number as u32, at, length: words.len() as u32 }
    }

    /// Gives a list to `into`, in place of what is there; it is no longer kept.
    pub(super) fn take(&mut self, list: PlaceList, into: &mut Vec<u32>) {
        let block = &mut self.blocks[list.block as usize];
        let length = list.length as usize;
        into.clear();
        into.extend_from_slice(&block.words[list.at as usize..list.at as usize + length]);
        block.left -= length;
        self.held -= length;
        if block.left == 0 && list.block as usize + 1 < self.blocks.len() {
            self.blocks[list.block as usize].words = Vec::new();
        }
    }

    /// Whether so much is kept that some of it should be let go.
    pub(super) fn is_full(&self) -> bool {
        self.held > self.full
    }

    /// Moves the lists that stay, given in the order of their places, to new ones; the others are gone.
    pub(super) fn keep_only<'a>(&mut self, stay: impl Iterator<Item = &'a mut PlaceList>) {
        let mut kept = Self::new();
        let mut freed = 0;
        for list in stay {
            // Blocks before this one have been copied.
            while freed < list.block as usize {
                self.blocks[freed].words = Vec::new();
                freed += 1;
            }
            let all = &self.blocks[list.block as usize].words[list.at as usize..];
            *list = kept.keep(&all[..list.length as usize]);
        }
        kept.full = ROOM.max(kept.held * 2);
        *self = kept;
    }
}
