//! Bands: pieces of a sketch. Two texts are compared if they agree in all rows of at least one band.

use super::tokens::fold;

const BAND: u64 = 0x8ebc_6af0_9c88_c6e3;

/// How a sketch is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bands {
    /// Number of bands.
    pub bands: usize,
    /// Values in each.
    pub rows: usize,
}

impl Bands {
    /// The longest bands, so the fewest needless comparisons, with which a pair of this similarity is met with at
    /// least this chance.
    #[must_use]
    pub fn for_recall(values: usize, similarity: f64, recall: f64) -> Self {
        let cut = |rows: usize| Self { bands: values / rows, rows };
        (1..=values).rev().map(cut).find(|bands| bands.chance(similarity) >= recall).unwrap_or_else(|| cut(1))
    }

    /// The chance that a pair of this similarity is compared.
    #[must_use]
    pub fn chance(self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.powi(self.rows as i32)).powi(self.bands as i32)
    }

    /// A hash of each band of a sketch, different bands apart.
    pub fn hashes(self, sketch: &[u64]) -> impl Iterator<Item = u64> {
        sketch.chunks_exact(self.rows).take(self.bands).zip(1_u64..).map(|(band, number)| {
            let sum = band.iter().fold(number, |sum, &value| fold(sum ^ value, BAND).wrapping_add(value));
            fold(sum ^ BAND, BAND)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Bands;

    #[test]
    fn bands_are_as_long_as_the_recall_allows() {
        assert_eq!(Bands::for_recall(128, 0.85, 0.97), Bands { bands: 14, rows: 9 });
        assert_eq!(Bands::for_recall(128, 0.8, 0.97), Bands { bands: 18, rows: 7 });
        assert_eq!(Bands::for_recall(128, 0.85, 0.99), Bands { bands: 16, rows: 8 });
        assert_eq!(Bands::for_recall(4, 0.01, 0.999), Bands { bands: 4, rows: 1 });
        assert!((Bands { bands: 14, rows: 9 }.chance(0.85) - 0.975).abs() < 5e-4);
        assert!((Bands { bands: 8, rows: 16 }.chance(0.85) - 0.461).abs() < 5e-4);
    }

    #[test]
    fn equal_values_in_other_bands_do_not_meet() {
        let bands = Bands { bands: 3, rows: 2 };
        let hashes: Vec<u64> = bands.hashes(&[1, 2, 1, 2, 5, 6, 7]).collect();
        assert_eq!(hashes.len(), 3);
        assert_ne!(hashes[0], hashes[1]);
    }
}
