//! Drops rows without a single message, which nothing can be learned from and nothing compared by.

use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use crate::messages::{messages, text_column};

/// The step `has_messages`.
pub const DEF: MapDef = MapDef {
    kind: "has_messages",
    build: |options, _| Ok(Box::new(options_from::<HasMessages>("has_messages", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HasMessages {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
}

impl MapStep for HasMessages {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let rows = Batch::new(RecordBatch::new_empty(SchemaRef::clone(input)))?;
        rows.text(&self.column)?;
        Ok(SchemaRef::clone(input))
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.column)?.clone();
        for row in 0..texts.len() {
            let text = if texts.is_null(row) { "" } else { texts.value(row) };
            if batch.is_alive(row) && messages(text).next().is_none() {
                batch.drop_row(row, trace, "no_messages", "", None, text);
            }
        }
        Ok(())
    }
}
