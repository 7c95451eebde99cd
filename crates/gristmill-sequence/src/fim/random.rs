//! Numbers that depend on seed, step and row alone.

use gristmill_core::row_hash;

/// A counter-based generator (`SplitMix64`, Steele, Lea and Flood 2014): the n-th number is a mix of key and n, so that
/// neither the order of rows nor threads matter.
#[derive(Clone, Debug)]
pub struct Choices {
    state: u64,
}

impl Choices {
    /// The choices for one row.
    #[must_use]
    pub fn new(seed: u64, step: &str, id: &str) -> Self {
        Self { state: row_hash(seed, step, id) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True with this chance, 0 to 1.
    pub fn happens(&mut self, chance: f64) -> bool {
        // 53 bits fill a double exactly.
        ((self.next() >> 11) as f64) < chance * (1_u64 << 53) as f64
    }

    /// A number from 0 to `most` inclusive. The bias is below 2^-40 for lengths of texts.
    pub fn up_to(&mut self, most: usize) -> usize {
        ((u128::from(self.next()) * (most as u128 + 1)) >> 64) as usize
    }
}
