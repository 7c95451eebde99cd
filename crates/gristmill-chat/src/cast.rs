//! Gives columns of digits their type back, after formats such as CSV that know only text.

use std::sync::Arc;

use arrow_array::builder::Int64Builder;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, SchemaRef};
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from, whole_number};
use serde::Deserialize;

use crate::failure::ChatFailure;
use crate::rows::schema_after;

/// The step `cast`.
pub const DEF: MapDef = MapDef {
    kind: "cast",
    build: |options, _| {
        let step: Cast = options_from("cast", options)?;
        match step.integers.iter().find(|c| c.starts_with("__")) {
            Some(column) => Err(ChatFailure::EngineColumn { column: column.clone() }.into()),
            None => Ok(Box::new(step)),
        }
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cast {
    /// Columns that hold whole numbers; absent ones are passed over.
    integers: Vec<String>,
}

impl MapStep for Cast {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        for column in &self.integers {
            let Some(at) = batch.find(column) else { continue };
            // What already has a type keeps it.
            if *batch.columns().column(at).data_type() == DataType::Utf8 {
                parse(batch, column, trace)?;
            }
        }
        Ok(())
    }
}

/// A row with another text than a whole number is set aside: its number would be made up.
fn parse(batch: &mut Batch, column: &str, trace: &mut StepTrace) -> Result<(), Failure> {
    let texts = batch.text(column)?.clone();
    let mut numbers = Int64Builder::with_capacity(texts.len());
    for row in 0..texts.len() {
        let text = if texts.is_null(row) { "" } else { texts.value(row) };
        let number = whole_number(text);
        numbers.append_option(number);
        if number.is_none() && !text.is_empty() && batch.is_alive(row) {
            batch.quarantine_row(row, trace, "GM_STEP_NOT_A_NUMBER", &format!("{column}: {text}"));
        }
    }
    batch.set_column(column, Arc::new(numbers.finish()) as ArrayRef, true)
}
