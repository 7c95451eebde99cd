//! Distinct words as symbols, one after the other in one piece of memory.

use std::collections::HashMap;

/// A token id in as few bytes as the vocabulary needs.
pub(super) trait Symbol: Copy + Eq {
    /// Stands behind the symbols of a word that has become shorter.
    const END: Self;
    fn of(id: u32) -> Self;
    fn id(self) -> u32;
}

impl Symbol for u16 {
    const END: Self = Self::MAX;

    fn of(id: u32) -> Self {
        id as Self
    }

    fn id(self) -> u32 {
        Self::into(self)
    }
}

impl Symbol for u32 {
    const END: Self = Self::MAX;

    fn of(id: u32) -> Self {
        id
    }

    fn id(self) -> u32 {
        self
    }
}

/// Words and their counts.
pub(super) struct WordList<S> {
    symbols: Vec<S>,
    starts: Vec<u32>,
    counts: Vec<u32>,
    /// Counts too large for their place.
    large: HashMap<u32, u64>,
}

impl<S: Symbol> WordList<S> {
    /// Room for so many words of so many bytes in all, which number less than 2^32.
    pub(super) fn with_room(words: usize, bytes: usize) -> Self {
        let mut starts = Vec::with_capacity(words + 1);
        starts.push(0);
        Self {
            symbols: Vec::with_capacity(bytes),
            starts,
            counts: Vec::with_capacity(words),
            large: HashMap::new(),
        }
    }

    pub(super) fn push(&mut self, symbols: impl Iterator<Item = S>, count: u64) {
        self.symbols.extend(symbols);
        self.starts.push(self.symbols.len() as u32);
        let small = u32::try_from(count).unwrap_or(u32::MAX);
        if small == u32::MAX {
            self.large.insert(self.counts.len() as u32, count);
        }
        self.counts.push(small);
    }

    pub(super) fn len(&self) -> u32 {
        self.counts.len() as u32
    }

    pub(super) fn count(&self, word: u32) -> u64 {
        match self.counts[word as usize] {
            u32::MAX => self.large[&word],
            small => u64::from(small),
        }
    }

    pub(super) fn word(&self, word: u32) -> &[S] {
        let range = self.starts[word as usize] as usize..self.starts[word as usize + 1] as usize;
        let symbols = &self.symbols[range];
        &symbols[..length(symbols)]
    }

    pub(super) fn word_mut(&mut self, word: u32) -> &mut [S] {
        let range = self.starts[word as usize] as usize..self.starts[word as usize + 1] as usize;
        let symbols = &mut self.symbols[range];
        let length = length(symbols);
        &mut symbols[..length]
    }
}

fn length<S: Symbol>(symbols: &[S]) -> usize {
    symbols.iter().position(|symbol| *symbol == S::END).unwrap_or(symbols.len())
}
