//! Cuts sequences that are joined wherever a block is full.

use std::sync::Arc;

use arrow_array::UInt64Array;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, LABEL_COLUMN, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use super::rows::{Columns, cut_rows};

/// The step.
pub const DEF: MapDef = MapDef {
    kind: "split_sequences",
    build: |options, _| Ok(Box::new(options_from::<SplitSequences>("split_sequences", options)?)),
};

/// The label of a row is the place of its first token among all tokens; that of a piece is the number of its block.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SplitSequences {
    /// Where ids, labels and weights are.
    columns: Columns,
    /// Tokens of a block.
    length: u32,
}

impl MapStep for SplitSequences {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        self.columns.schema(input)
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let places = batch.column(LABEL_COLUMN)?.as_primitive::<UInt64Type>().clone();
        let length = u64::from(self.length.max(1));
        let mut blocks = Vec::with_capacity(batch.len());
        cut_rows(&self.columns, batch, trace, |pieces, row, sequence| {
            let place = places.value(row);
            let room = length - place % length;
            let made = pieces.push(row, room as usize, length as usize, sequence);
            blocks.extend((0..made).map(|n| place / length + n));
            made
        })?;
        batch.set_column(LABEL_COLUMN, Arc::new(UInt64Array::from(blocks)), true)
    }
}
