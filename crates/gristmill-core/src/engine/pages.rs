//! Bytes of a file in memory.

use std::io;

use super::shelf::{Room, Shelf};

/// Bytes of a page: large enough that there are few, small enough that a short file takes little.
const PAGE: usize = 1 << 18;

/// A growing row of pages.
pub struct Pages {
    held: Vec<Vec<u8>>,
    length: u64,
    room: Room,
}

impl Pages {
    pub fn new(shelf: &Shelf) -> Self {
        Self { held: Vec::new(), length: 0, room: shelf.place() }
    }

    pub const fn len(&self) -> u64 {
        self.length
    }

    /// Appends bytes; says whether there was room for them.
    pub fn push(&mut self, mut bytes: &[u8]) -> bool {
        if !self.room.grow(bytes.len() as u64) {
            return false;
        }
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.held.last().is_none_or(|page| page.len() == PAGE) {
                self.held.push(Vec::with_capacity(bytes.len().min(PAGE)));
            }
            if let Some(page) = self.held.last_mut() {
                let (now, later) = bytes.split_at(bytes.len().min(PAGE - page.len()));
                page.extend_from_slice(now);
                bytes = later;
            }
        }
        true
    }

    /// Fills the buffer from an offset on.
    pub fn read_at(&self, mut buffer: &mut [u8], offset: u64) -> io::Result<()> {
        if offset.checked_add(buffer.len() as u64).is_none_or(|end| end > self.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut at = offset as usize;
        while !buffer.is_empty() {
            let page = &self.held[at / PAGE][at % PAGE..];
            let count = page.len().min(buffer.len());
            let (now, later) = std::mem::take(&mut buffer).split_at_mut(count);
            now.copy_from_slice(&page[..count]);
            buffer = later;
            at += count;
        }
        Ok(())
    }

    /// Its pieces, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.held.iter().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{PAGE, Pages};
    use crate::engine::shelf::Shelf;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn pages_read_as_they_were_written(
            lengths in vec(prop_oneof![0..9_usize, PAGE - 3..PAGE + 3, 0..3 * PAGE], 1..6),
            (from, count) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        ) {
            let mut pages = Pages::new(&Shelf::new(u64::MAX));
            let mut all = Vec::new();
            for (n, length) in lengths.into_iter().enumerate() {
                let bytes: Vec<u8> = (0..length).map(|i| (i * 7 + n) as u8).collect();
                prop_assert!(pages.push(&bytes));
                all.extend(bytes);
            }
            prop_assert_eq!(pages.len(), all.len() as u64);
            prop_assert!(pages.pieces().flatten().eq(&all));
            let from = from.index(all.len() + 1);
            let count = count.index(all.len() - from + 1);
            let mut read = vec![0; count];
            pages.read_at(&mut read, from as u64).unwrap();
            prop_assert_eq!(&read, &all[from..from + count]);
            read.resize(all.len() - from + 1, 0);
            prop_assert!(pages.read_at(&mut read, from as u64).is_err());
        }
    }
}
