//! Drops dialogues that are too short to teach turn-taking, or longer than wanted.

use arrow_schema::SchemaRef;
use gristmill_core::chatml::START;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use memchr::memmem;
use serde::Deserialize;

use crate::failure::ChatFailure;
use crate::rows::{cell, schema_after, text_column};

/// The step `min_turns`.
pub const DEF: MapDef = MapDef {
    kind: "min_turns",
    build: |options, _| {
        let step: MinTurns = options_from("min_turns", options)?;
        match step.max {
            Some(max) if max < step.min => Err(ChatFailure::EmptyRange { min: step.min, max }.into()),
            _ => Ok(Box::new(step)),
        }
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MinTurns {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
    /// Fewest turns kept.
    min: u64,
    /// Most turns kept; none by default.
    #[serde(default)]
    max: Option<u64>,
}

impl MapStep for MinTurns {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.column)?.clone();
        let tag = memmem::Finder::new(START);
        for row in 0..batch.len() {
            if !batch.is_alive(row) {
                continue;
            }
            let text = cell(&texts, row);
            let turns = tag.find_iter(text.as_bytes()).count() as u64;
            if turns < self.min {
                batch.drop_row(row, trace, "too_few_turns", "", None, text);
            } else if self.max.is_some_and(|max| turns > max) {
                batch.drop_row(row, trace, "too_many_turns", "", None, text);
            }
        }
        Ok(())
    }
}
