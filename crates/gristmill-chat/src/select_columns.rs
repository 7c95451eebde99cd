//! Settles which columns a data set has and in which order, so that files from different recipes look alike.

use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use crate::failure::ChatFailure;
use crate::rows::schema_after;

/// The step `select_columns`.
pub const DEF: MapDef = MapDef {
    kind: "select_columns",
    build: |options, _| {
        let step: SelectColumns = options_from("select_columns", options)?;
        match step.keep.iter().find(|c| c.starts_with("__")) {
            Some(column) => Err(ChatFailure::EngineColumn { column: column.clone() }.into()),
            None => Ok(Box::new(step)),
        }
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SelectColumns {
    /// Columns that stay, in their new order. All must be there.
    keep: Vec<String>,
}

impl MapStep for SelectColumns {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        let schema = batch.schema();
        let mut positions: Vec<usize> =
            (0..schema.fields().len()).filter(|&i| schema.field(i).name().starts_with("__")).collect();
        for name in &self.keep {
            batch.column(name)?;
            positions.extend(batch.find(name).filter(|at| !positions.contains(at)));
        }
        batch.project(&positions)
    }
}
