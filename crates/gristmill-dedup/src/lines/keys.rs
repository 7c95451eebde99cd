//! The keys of the lines or paragraphs of texts. The decider of repeats finds those that come again.

use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, Units, options_from};
use serde::Deserialize;

use super::units::{Unit, units};
use crate::compared::{Compare, Comparer};
use crate::messages::text_column;

/// The key kind `dedupe_lines`: a key a unit, its number and its characters as payload. Short units emit none.
pub const DEF: KeyDef = KeyDef {
    kind: "dedupe_lines",
    build: |options| Ok(Box::new(options_from::<DedupeLines>("dedupe_lines", options)?)),
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DedupeLines {
    /// Column with the text.
    column: String,
    /// What is compared.
    unit: Unit,
    /// What of it counts.
    compare: Compare,
    /// Whether all digits are one.
    any_digit: bool,
    /// Characters that must count.
    min_chars: usize,
}

impl Default for DedupeLines {
    fn default() -> Self {
        let (unit, compare) = (Unit::Lines, Compare::Normalised);
        Self { column: text_column(), unit, compare, any_digit: false, min_chars: 20 }
    }
}

impl KeyStep for DedupeLines {
    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let mut comparer = Comparer::new(self.compare, self.any_digit);
        for (row, text) in batch.text(&self.column)?.iter().enumerate() {
            units(text.unwrap_or(""), self.unit, |unit, text| {
                if let Some(key) = comparer.key_from(text, self.min_chars) {
                    let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                    let payload = u64::from(unit) << 32 | u64::from(characters);
                    out.push(KeyRow { row: row as u32, key, rank: 0, payload });
                }
            });
        }
        Ok(())
    }

    fn units(&self) -> Option<&dyn Units> {
        Some(self)
    }
}

impl Units for DedupeLines {
    fn word(&self) -> &'static str {
        self.unit.word()
    }

    fn text<'a>(&self, batch: &'a Batch, row: usize, unit: u32) -> Result<&'a str, Failure> {
        let mut found = "";
        units(batch.text(&self.column)?.value(row), self.unit, |number, text| {
            if number == unit {
                found = text;
            }
        });
        Ok(found)
    }
}
