//! Keys for deciding rows in the order in which they stand: limits.

use serde::Deserialize;
use serde_json::Value;

use crate::batch::Batch;
use crate::failure::Failure;
use crate::step::{KeyDef, KeyRow, KeyStep, options_from};

/// The keys.
pub const DEF: KeyDef = KeyDef { kind: "row_order", build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {}

struct RowOrder;

fn build(options: &Value) -> Result<Box<dyn KeyStep>, Failure> {
    let Options {} = options_from("row_order", options)?;
    Ok(Box::new(RowOrder))
}

impl KeyStep for RowOrder {
    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        // Equal ranks: the decider goes by the address of the row.
        out.extend((0..batch.len() as u32).map(|row| KeyRow { row, key: 0, rank: 0, payload: 1 }));
        Ok(())
    }
}
