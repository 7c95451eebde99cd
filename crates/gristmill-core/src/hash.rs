//! Hashes whose values are stored or decide results: stable across machines, versions and threads.

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// 128-bit hash of bytes (XXH3, <https://github.com/Cyan4973/xxHash>).
#[must_use]
pub fn hash128(bytes: &[u8]) -> u128 {
    xxh3_128(bytes)
}

/// The source of all randomness: a hash of the recipe's seed, the step's name and the row's id.
#[must_use]
pub fn row_hash(seed: u64, step: &str, id: &str) -> u64 {
    let mut hasher = Xxh3::with_seed(seed);
    hasher.update(step.as_bytes());
    hasher.update(&[0xff]);
    hasher.update(id.as_bytes());
    hasher.digest()
}
