//! What all steps ask of the rows: schema checks before the first batch, and text cells that may be null.

use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapStep, StepTrace};
use serde::Deserialize;

/// Which rule preset a step follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The rules with the known faults of the original mended.
    #[default]
    Fixed,
    /// The original's rules, faults included.
    Parity,
}

/// The schema a map step produces, found by running it on no rows at all: so the check and the work cannot differ.
pub(crate) fn schema_after(step: &dyn MapStep, input: &SchemaRef) -> Result<SchemaRef, Failure> {
    let mut batch = empty(input)?;
    step.run(&mut batch, &mut StepTrace::default())?;
    Ok(batch.schema())
}

/// A batch of these columns without rows.
pub(crate) fn empty(input: &SchemaRef) -> Result<Batch, Failure> {
    Batch::new(RecordBatch::new_empty(SchemaRef::clone(input)))
}

/// The text in a cell; null reads as empty.
pub(crate) fn cell(column: &StringArray, row: usize) -> &str {
    if column.is_null(row) { "" } else { column.value(row) }
}

/// Whether a column's field allows nulls, so that a rewritten column keeps its field.
pub(crate) fn is_nullable(batch: &Batch, column: &str) -> bool {
    batch.columns().schema_ref().field_with_name(column).is_ok_and(arrow_schema::Field::is_nullable)
}

/// The default name of the column that holds a dialogue.
pub(crate) fn text_column() -> String {
    "text".to_owned()
}
