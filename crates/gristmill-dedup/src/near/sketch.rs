//! Short sketches of sets: two of them agree in about as many places as the sets are similar.
//!
//! Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, 2017, <https://arxiv.org/abs/1704.04370>): every shingle
//! goes to one place a round, and the least value stays; rounds are added until no place is empty. Long texts need
//! one hash a shingle instead of one for each place, short ones are as exact as with a permutation for each place.

use super::tokens::fold;

const MIX: u64 = 0xa076_1d64_78bd_642f;
const ROUND: u64 = 0xe703_7ed1_a0b4_28db;

/// One place in so many is few.
const FEW: usize = 16;

/// Makes sketches; keeps its room from text to text.
pub struct Sketcher {
    places: Vec<u64>,
}

impl Sketcher {
    /// Sketches of so many values.
    #[must_use]
    pub fn new(values: usize) -> Self {
        Self { places: vec![u64::MAX; values.max(1)] }
    }

    /// The sketch of a set that is not empty; shingles may come several times.
    pub fn sketch(&mut self, shingles: &[u64]) -> &[u64] {
        let places = &mut self.places;
        let count = places.len() as u64;
        places.fill(u64::MAX);
        for &shingle in shingles {
            let (place, value) = throw(shingle, 0, count);
            places[place] = places[place].min(value);
        }
        let mut empty = places.iter().filter(|&&value| value == u64::MAX).count();
        let mut round = 1;
        while empty > 0 && round < count {
            // A value of a later round is greater than all of earlier ones: where few places are empty, hardly
            // anything changes, and looking is cheaper than writing.
            if empty * FEW < places.len() {
                for &shingle in shingles {
                    let (place, value) = throw(shingle, round, count);
                    if places[place] > value {
                        empty -= usize::from(places[place] == u64::MAX);
                        places[place] = value;
                    }
                }
            } else {
                for &shingle in shingles {
                    let (place, value) = throw(shingle, round, count);
                    empty -= usize::from(places[place] == u64::MAX);
                    places[place] = places[place].min(value);
                }
            }
            round += 1;
        }
        if empty > 0 && !shingles.is_empty() {
            // Each place in turn gets all shingles, so that none stays empty.
            for (place, kept) in places.iter_mut().enumerate().filter(|(_, kept)| **kept == u64::MAX) {
                let round = count + place as u64;
                *kept = shingles.iter().map(|&s| throw(s, round, count).1).min().unwrap_or(u64::MAX);
            }
        }
        places
    }
}

/// Where a shingle falls in a round, and with which value: the round, then 32 bits of chance.
fn throw(shingle: u64, round: u64, count: u64) -> (usize, u64) {
    let hash = fold(shingle ^ round.wrapping_mul(ROUND), MIX);
    let place = ((hash >> 32) * count) >> 32;
    (place as usize, round << 32 | (hash & 0xffff_ffff))
}

/// The share of places in which two sketches agree.
#[must_use]
pub fn estimate(a: &[u64], b: &[u64]) -> f64 {
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    let places = a.len().max(b.len());
    if places == 0 { 0.0 } else { equal as f64 / places as f64 }
}

#[cfg(test)]
mod tests {
    use super::{Sketcher, estimate};
    use crate::near::tokens::fold;

    fn set(from: u64, to: u64) -> Vec<u64> {
        (from..to).map(|i| fold(i ^ 0x5555, 0x9e37_79b9_7f4a_7c15)).collect()
    }

    fn mean_error(size: u64) -> f64 {
        let mut sketcher = Sketcher::new(128);
        let mut sum = 0.0;
        for trial in 0..200 {
            // Shared half: similarity 1/2 where one third of each is its own.
            let base = trial * 100_000;
            let a = sketcher.sketch(&set(base, base + 3 * size)).to_vec();
            let b = sketcher.sketch(&set(base + size, base + 4 * size)).to_vec();
            sum += estimate(&a, &b) - 0.5;
        }
        sum / 200.0
    }

    #[test]
    fn the_estimate_has_no_bias_for_small_and_large_sets() {
        for size in [1, 2, 10, 40, 400] {
            assert!(mean_error(size).abs() < 0.02, "{size}: {}", mean_error(size));
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let mut sketcher = Sketcher::new(64);
        let mut shingles = set(0, 30);
        let sketch = sketcher.sketch(&shingles).to_vec();
        shingles.reverse();
        shingles.extend(set(5, 20));
        assert_eq!(sketcher.sketch(&shingles), sketch);
        assert!(sketch.iter().all(|&value| value != u64::MAX));
    }
}
