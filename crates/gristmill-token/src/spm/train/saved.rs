//! Counts as bytes, for the state of a fold: the first level, then per level its words with their counts.

use gristmill_core::{Failure, SavedWriter};

use super::counts::WordCounts;
use crate::varint::{put, take};

/// Bytes gathered before they are written.
const GATHERED: usize = 1 << 16;

impl WordCounts {
    /// Writes all counts behind what is in `bytes`; equal counts give equal bytes.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    pub fn save(&self, mut bytes: Vec<u8>, out: &mut SavedWriter<'_>) -> Result<(), Failure> {
        put(&mut bytes, self.first() as u64);
        for level in 0..self.levels() {
            for (word, count) in self.level(level) {
                put(&mut bytes, level as u64);
                put(&mut bytes, word.len() as u64);
                bytes.extend_from_slice(word.as_bytes());
                put(&mut bytes, count);
                if bytes.len() > GATHERED {
                    out.put(&bytes)?;
                    bytes.clear();
                }
            }
        }
        out.put(&bytes)
    }

    /// Adds what [`WordCounts::save`] gave of the same training; nothing is given if it is none, and then some of it
    /// may have been added.
    pub fn restore(&mut self, mut rest: &[u8]) -> Option<()> {
        let most = u64::from(u64::BITS);
        let mut saved = self.fresh();
        saved.set_first(take(&mut rest).filter(|first| *first <= most)? as usize);
        while !rest.is_empty() {
            let level = take(&mut rest).filter(|level| *level <= most)? as usize;
            let len = usize::try_from(take(&mut rest)?).ok()?;
            let (word, after) = rest.split_at_checked(len)?;
            rest = after;
            saved.count(level, std::str::from_utf8(word).ok()?, take(&mut rest)?);
        }
        self.merge(saved);
        Some(())
    }
}
