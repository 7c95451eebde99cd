//! How long each row's sequence is and which others it may meet, for the decider that packs.

use arrow_array::Array;
use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, hash128, options_from};
use serde::Deserialize;

use super::lists::lists;

/// The keys.
pub const DEF: KeyDef = KeyDef {
    kind: "list_lengths",
    build: |options| Ok(Box::new(options_from::<ListLengths>("list_lengths", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListLengths {
    /// Column of lists.
    column: String,
    /// Columns that sequences of one block agree in.
    by: Vec<String>,
}

impl KeyStep for ListLengths {
    fn columns(&self) -> Vec<String> {
        [std::slice::from_ref(&self.column), &self.by].concat()
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let lists = lists(batch, &self.column)?;
        let common = batch.key_texts(&self.by)?;
        let mut text = String::new();
        out.extend((0..lists.len()).map(|row| {
            let key = if self.by.is_empty() {
                0
            } else {
                common.write(row, &mut text);
                hash128(text.as_bytes())
            };
            KeyRow {
                row: row as u32,
                key,
                // Rows of one key come together, each by its address; which key comes first is all the same.
                rank: (key >> 64) as u64,
                payload: u64::from(lists.value_length(row).unsigned_abs()),
            }
        }));
        Ok(())
    }
}
