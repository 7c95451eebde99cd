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

/// The key that orders scores from high to low when it ascends.
#[must_use]
pub const fn sort_key(score: u64) -> u64 {
    u64::MAX - score
}

#[cfg(test)]
mod tests {
    use super::Quantiles;

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
