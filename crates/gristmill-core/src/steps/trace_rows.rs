//! From here on, rows that are turned away stand in the trace with all their columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde::Deserialize;
use serde_json::Value;

use crate::batch::{Batch, TRACE_ROWS_COLUMN};
use crate::failure::Failure;
use crate::row_json::check_columns;
use crate::step::{MapDef, MapStep, SideInputs, options_from};
use crate::trace::StepTrace;

/// The step.
pub const DEF: MapDef = MapDef { kind: "trace_rows", build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {}

struct TraceRows;

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let Options {} = options_from(DEF.kind, options)?;
    Ok(Box::new(TraceRows))
}

impl MapStep for TraceRows {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        check_columns(input)?;
        if input.index_of(TRACE_ROWS_COLUMN).is_ok() {
            return Ok(input.clone());
        }
        let mut fields = input.fields().to_vec();
        fields.push(Arc::new(Field::new(TRACE_ROWS_COLUMN, DataType::Boolean, true)));
        Ok(Arc::new(Schema::new(fields)))
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        // That the column is there is all that counts; nulls take next to no room in parts.
        let nulls = Arc::new(BooleanArray::new_null(batch.len())) as ArrayRef;
        batch.set_column(TRACE_ROWS_COLUMN, nulls, true)
    }
}
