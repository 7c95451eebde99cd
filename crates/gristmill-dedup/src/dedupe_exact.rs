//! Two rows with the same text in a column are one. On wish white space, punctuation and letter case do not count.

use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, options_from};
use serde::Deserialize;

use crate::compared::{Compare, Comparer};
use crate::messages::text_column;
use crate::rank::{best_first, numbers};

/// The key kind `dedupe_exact`: key = what counts of the text of a column, rank = what makes a row stay. A null emits
/// nothing and so stays.
pub const DEF: KeyDef = KeyDef {
    kind: "dedupe_exact",
    build: |options| Ok(Box::new(options_from::<DedupeExact>("dedupe_exact", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DedupeExact {
    /// Column to compare.
    #[serde(default = "text_column")]
    column: String,
    /// What of it counts.
    #[serde(default)]
    compare: Compare,
    /// Whether all digits are one.
    #[serde(default)]
    any_digit: bool,
    /// Which of the rows stays.
    #[serde(default)]
    keep: Keep,
    /// Column that says which is best.
    #[serde(default)]
    best_by: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Keep {
    #[default]
    First,
    Longest,
    Best,
}

impl KeyStep for DedupeExact {
    fn columns(&self) -> Vec<String> {
        let mut columns = vec![self.column.clone()];
        columns.extend(self.best_by.clone());
        columns
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let best = self.best_by.as_deref().map(|by| numbers(batch, by)).transpose()?;
        let mut comparer = Comparer::new(self.compare, self.any_digit);
        for (row, text) in batch.text(&self.column)?.iter().enumerate() {
            let Some(text) = text else { continue };
            let rank = match self.keep {
                Keep::First => 0,
                Keep::Longest => u64::MAX - text.len() as u64,
                Keep::Best => best_first(best.as_ref(), row),
            };
            out.push(KeyRow { row: row as u32, key: comparer.key(text), rank, payload: 0 });
        }
        Ok(())
    }
}
