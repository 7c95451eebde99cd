//! Removes columns that must not be published or are no longer needed, identifiers above all.

use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use crate::failure::ChatFailure;
use crate::rows::schema_after;

/// The step `drop_columns`.
pub const DEF: MapDef = MapDef {
    kind: "drop_columns",
    build: |options, _| {
        let step: DropColumns = options_from("drop_columns", options)?;
        match step.columns.iter().find(|c| c.starts_with("__")) {
            Some(column) => Err(ChatFailure::EngineColumn { column: column.clone() }.into()),
            None => Ok(Box::new(step)),
        }
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DropColumns {
    /// Columns to remove.
    columns: Vec<String>,
    /// What an absent column means.
    #[serde(default)]
    missing: Missing,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Missing {
    #[default]
    Ignore,
    Error,
}

impl MapStep for DropColumns {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        if self.missing == Missing::Error {
            for column in &self.columns {
                batch.column(column)?;
            }
        }
        let schema = batch.schema();
        let keep: Vec<usize> =
            (0..schema.fields().len()).filter(|&i| !self.columns.contains(schema.field(i).name())).collect();
        batch.project(&keep)
    }
}
