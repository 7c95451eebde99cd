//! Counts as text, for the state of a fold: the first level, then per level its words with their counts, in base64.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

use super::counts::WordCounts;
use crate::varint::{put, take};

impl WordCounts {
    /// All counts as text; equal counts give equal text.
    #[must_use]
    pub fn save(&self) -> String {
        let mut bytes = Vec::new();
        put(&mut bytes, self.first() as u64);
        for level in 0..self.levels() {
            for (word, count) in self.level(level) {
                put(&mut bytes, level as u64);
                put(&mut bytes, word.len() as u64);
                bytes.extend_from_slice(word.as_bytes());
                put(&mut bytes, count);
            }
        }
        BASE64_STANDARD_NO_PAD.encode(bytes)
    }

    /// Adds what [`WordCounts::save`] gave of the same training; nothing is given if it is none, and then some of it
    /// may have been added.
    pub fn restore(&mut self, text: &str) -> Option<()> {
        let bytes = BASE64_STANDARD_NO_PAD.decode(text).ok()?;
        let mut rest = bytes.as_slice();
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
