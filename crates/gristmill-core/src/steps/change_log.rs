//! Turns the changes that a trace tells into the table that the replaced cleaner wrote: row, column, before, after.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde::Deserialize;
use serde_json::Value;

use crate::batch::{Batch, ID_COLUMN};
use crate::failure::{CoreFailure, Failure};
use crate::step::{MapDef, MapStep, SideInputs, options_from};
use crate::trace::{RejectKind, StepTrace};

/// The step.
pub const DEF: MapDef = MapDef { kind: "change_log", build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeLog {
    /// Only changes that this step made.
    step: String,
    /// Column whose text it changed.
    column: String,
}

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let step: ChangeLog = options_from(DEF.kind, options)?;
    Ok(Box::new(step))
}

fn columns() -> SchemaRef {
    let names = [ID_COLUMN, "row", "column", "original", "cleaned"];
    Arc::new(Schema::new(names.map(|name| Field::new(name, DataType::Utf8, false)).to_vec()))
}

impl MapStep for ChangeLog {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let batch = Batch::new(RecordBatch::new_empty(input.clone()))?;
        for column in ["id", "step", "kind", "excerpt", "after"] {
            batch.text(column)?;
        }
        Ok(columns())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        for row in 0..batch.len() {
            let changed = batch.text("kind")?.value(row) == RejectKind::Changed.word();
            if !changed || batch.text("step")?.value(row) != self.step {
                batch.drop_row(row, trace, "no_change", "", None, "");
            }
        }
        batch.compact()?;
        let mut column = StringBuilder::new();
        for _ in 0..batch.len() {
            column.append_value(&self.column);
        }
        let text = |name: &str| batch.text(name).map(|texts| Arc::new(texts.clone()) as ArrayRef);
        // The ids of the rows, not those of the lines that tell of them.
        let ids = text("id")?;
        let arrays = vec![
            Arc::clone(&ids),
            ids,
            Arc::new(column.finish()) as ArrayRef,
            text("excerpt")?,
            text("after")?,
        ];
        *batch = Batch::new(RecordBatch::try_new(columns(), arrays).map_err(CoreFailure::from)?)?;
        Ok(())
    }
}
