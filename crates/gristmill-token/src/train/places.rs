//! Words in which pairs stand, kept for pairs that wait to be merged.
//!
//! Lists are written once, one behind the other in blocks; a block goes when all of its lists are taken. What has
//! been merged in other ways meanwhile is swept out when the lists have grown much.

/// Words of a block, unless one list alone has more.
const BLOCK: usize = if cfg!(test) { 1 << 4 } else { 1 << 18 };
/// Lists are swept when they have at least so many words. Few in tests, so that it happens.
const LEAST: usize = if cfg!(test) { 1 << 6 } else { 1 << 25 };

/// Where a list lies. Older lists have smaller places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlaceList {
    block: u32,
    at: u32,
    length: u32,
}

/// The lists.
pub(super) struct Places {
    blocks: Vec<Block>,
    held: usize,
    sweep_at: usize,
}

#[derive(Default)]
struct Block {
    words: Vec<u32>,
    /// Words of lists that have not been taken.
    left: usize,
}

impl Places {
    pub(super) fn new() -> Self {
        Self { blocks: Vec::new(), held: 0, sweep_at: LEAST }
    }

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

    /// Whether so much is kept that it should be swept.
    pub(super) fn is_full(&self) -> bool {
        self.held >= self.sweep_at
    }

    /// Keeps of each list what `stays`. The lists come in the order of their places, all that are kept.
    pub(super) fn sweep(
        &mut self,
        lists: impl Iterator<Item = PlaceList>,
        mut stays: impl FnMut(usize, u32) -> bool,
    ) -> Vec<PlaceList> {
        let mut swept = Self::new();
        let mut words = Vec::new();
        let mut moved = Vec::new();
        let mut freed = 0;
        for (number, list) in lists.enumerate() {
            // Blocks before this one have been copied.
            while freed < list.block as usize {
                self.blocks[freed].words = Vec::new();
                freed += 1;
            }
            words.clear();
            let all = &self.blocks[list.block as usize].words[list.at as usize..];
            words.extend(all[..list.length as usize].iter().copied().filter(|word| stays(number, *word)));
            moved.push(swept.keep(&words));
        }
        swept.sweep_at = LEAST.max(swept.held * 2);
        *self = swept;
        moved
    }
}
