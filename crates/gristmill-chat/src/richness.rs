//! How rich a dialogue is: long ones first, where many turns count more than many characters, and short dialogues
//! with much text gain turns.

use serde::{Deserialize, Serialize};

/// The two quantiles of text length that the score is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Median of the characters.
    pub p50: u64,
    /// 95th percentile of the characters.
    pub p95: u64,
}

/// Turns up to which text length gives no bonus.
const PLAIN_TURNS: u64 = 5;
/// Largest bonus in turns.
const MOST_BONUS: u64 = 20;
/// Worth of a turn in characters.
const TURN_WORTH: u64 = 1_000_000;

impl Quantiles {
    /// The score: effective turns × 1,000,000 + characters.
    #[must_use]
    pub fn score(self, turns: u64, characters: u64) -> u64 {
        let spread = self.p95.saturating_sub(self.p50).max(1) as f64;
        let share = (characters as f64 - self.p50 as f64) / spread;
        let bonus = (share.clamp(0.0, 1.0) * MOST_BONUS as f64).floor() as u64;
        let effective = if turns <= PLAIN_TURNS {
            turns
        } else {
            turns.max((PLAIN_TURNS + bonus).min(PLAIN_TURNS + MOST_BONUS))
        };
        effective.saturating_mul(TURN_WORTH).saturating_add(characters)
    }
}

/// The key by which the exchange orders a descending int64 column: the sign bit is flipped so that keys order as the
/// values do, then the order is turned; the highest key is left to nulls. Cuts must be keys of this kind.
#[must_use]
pub const fn sort_key(score: u64) -> u64 {
    const SIGN: u64 = 1 << 63;
    let score = if score < SIGN { score } else { SIGN - 1 };
    u64::MAX - 1 - (score | SIGN)
}

#[cfg(test)]
mod tests {
    use super::{Quantiles, sort_key};

    #[test]
    fn keys_are_those_of_a_descending_int64_column() {
        assert_eq!(sort_key(0), (1 << 63) - 2);
        assert_eq!(sort_key(2_000_100), (1 << 63) - 2 - 2_000_100);
        assert!(sort_key(6_000_100) < sort_key(2_005_000));
        assert_eq!(sort_key(1 << 62), (1 << 62) - 2);
    }

    #[test]
    fn scores() {
        let q = Quantiles { p50: 100, p95: 300 };
        assert_eq!(q.score(2, 5000), 2_005_000);
        assert_eq!(q.score(6, 100), 6_000_100);
        assert_eq!(q.score(6, 200), 15_000_200);
        assert_eq!(q.score(6, 9999), 25_009_999);
        assert_eq!(q.score(30, 9999), 30_009_999);
        assert_eq!(Quantiles { p50: 7, p95: 7 }.score(6, 8), 25_000_008);
    }
}
