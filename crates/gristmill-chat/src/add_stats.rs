//! Counts what readers of a data set ask first: turns, assistant turns, characters and words of each dialogue.

use std::sync::Arc;

use arrow_array::builder::Int64Builder;
use arrow_array::{Array, ArrayRef};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use crate::rows::{cell, schema_after, text_column};
use crate::text_counts::{TurnCounts, characters, words};

/// The step `add_stats`.
pub const DEF: MapDef = MapDef {
    kind: "add_stats",
    build: |options, _| Ok(Box::new(options_from::<AddStats>("add_stats", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddStats {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
    /// Which counts to add, in this order.
    #[serde(default = "all")]
    columns: Vec<Count>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Count {
    Turns,
    AssistantTurns,
    Characters,
    Words,
}

fn all() -> Vec<Count> {
    vec![Count::Turns, Count::AssistantTurns, Count::Characters, Count::Words]
}

impl Count {
    const fn name(self) -> &'static str {
        match self {
            Self::Turns => "turns",
            Self::AssistantTurns => "assistant_turns",
            Self::Characters => "characters",
            Self::Words => "words",
        }
    }
}

impl MapStep for AddStats {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.column)?.clone();
        let with_turns = self.columns.iter().any(|c| matches!(c, Count::Turns | Count::AssistantTurns));
        let mut built: Vec<Int64Builder> =
            self.columns.iter().map(|_| Int64Builder::with_capacity(texts.len())).collect();
        for row in 0..texts.len() {
            let text = if batch.is_alive(row) { cell(&texts, row) } else { "" };
            let turns = if with_turns { TurnCounts::of(text) } else { TurnCounts::default() };
            for (column, count) in built.iter_mut().zip(&self.columns) {
                column.append_value(match count {
                    Count::Turns => turns.turns as i64,
                    Count::AssistantTurns => turns.assistant as i64,
                    Count::Characters => characters(text) as i64,
                    Count::Words => words(text) as i64,
                });
            }
        }
        for (mut column, count) in built.into_iter().zip(&self.columns) {
            batch.set_column(count.name(), Arc::new(column.finish()) as ArrayRef, false)?;
        }
        Ok(())
    }
}
