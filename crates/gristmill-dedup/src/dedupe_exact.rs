//! Two rows with the same text in a column are one; the first stays. On wish letter case and white space do not count.

use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, hash128, options_from};
use serde::Deserialize;

use crate::messages::text_column;

/// The key kind `dedupe_exact`: key = the text of a column. A null emits nothing and so stays.
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
    /// What to disregard.
    #[serde(default)]
    normalise: Normalise,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Normalise {
    /// Nothing: byte for byte.
    #[default]
    None,
    /// Letter case, the kind and length of white space, and white space at the ends.
    CaseSpace,
}

impl KeyStep for DedupeExact {
    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let mut scratch = String::new();
        for (row, text) in batch.text(&self.column)?.iter().enumerate() {
            let Some(text) = text else { continue };
            let key = match self.normalise {
                Normalise::None => hash128(text.as_bytes()),
                Normalise::CaseSpace => {
                    fold_case_and_space(text, &mut scratch);
                    hash128(scratch.as_bytes())
                }
            };
            out.push(KeyRow { row: row as u32, key, rank: 0, payload: 0 });
        }
        Ok(())
    }
}

fn fold_case_and_space(text: &str, out: &mut String) {
    out.clear();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::fold_case_and_space;

    #[test]
    fn case_and_space_fold() {
        let mut out = "old".to_owned();
        fold_case_and_space("  Der\u{a0} ÄRGER\n\tx ", &mut out);
        assert_eq!(out, "der ärger x");
    }
}
