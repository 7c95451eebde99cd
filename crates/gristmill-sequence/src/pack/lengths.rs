//! How long each row's sequence is, for the decider that packs.

use arrow_array::Array;
use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, options_from};
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
}

impl KeyStep for ListLengths {
    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let lists = lists(batch, &self.column)?;
        out.extend((0..lists.len()).map(|row| KeyRow {
            row: row as u32,
            key: 0,
            // Equal ranks: the decider goes by the address of the row.
            rank: 0,
            payload: u64::from(lists.value_length(row).unsigned_abs()),
        }));
        Ok(())
    }
}
