//! Turns rows with pieces of benchmarks away, or lists the pieces in a column.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder, UInt32Builder};
use arrow_schema::{DataType, Field, Fields, SchemaRef};
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use super::hits::Hits;
use super::step::HITS;

/// The map kind `contamination_act`: takes the column of hits away again.
pub const DEF: MapDef = MapDef {
    kind: "contamination_act",
    build: |options, _| Ok(Box::new(options_from::<Act>("contamination_act", options)?)),
};

/// Column of flags.
const FLAGS: &str = "contamination";

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Drop,
    Redact,
    Flag,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    action: Action,
}

fn flags() -> ListBuilder<StructBuilder> {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::UInt32, true);
    let fields = vec![text("item"), text("rule"), number("start"), number("end")];
    ListBuilder::new(StructBuilder::from_fields(Fields::from(fields), 0))
}

impl MapStep for Act {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        probe.column(HITS)?;
        probe.drop_column(HITS)?;
        if self.action == Action::Flag {
            probe.set_column(FLAGS, Arc::new(flags().finish()), true)?;
        }
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let found = batch.clone();
        let hits = Hits::of(&found)?;
        batch.drop_column(HITS)?;
        match self.action {
            Action::Redact => {}
            Action::Drop => {
                for row in batch.alive_rows() {
                    if let Some(hit) = hits.row(row).next() {
                        let why = ("contaminated", hit.rule);
                        batch.drop_match(row, trace, why, hit.item, Some(hit.span), hit.piece);
                    }
                }
            }
            Action::Flag => {
                let mut lists = flags();
                for row in 0..batch.len() {
                    let mut any = false;
                    for hit in hits.row(row) {
                        any = true;
                        let entry = lists.values();
                        for (field, text) in [(0, hit.item), (1, hit.rule)] {
                            if let Some(builder) = entry.field_builder::<StringBuilder>(field) {
                                builder.append_value(text);
                            }
                        }
                        for (field, number) in [(2, hit.chars.0), (3, hit.chars.1)] {
                            if let Some(builder) = entry.field_builder::<UInt32Builder>(field) {
                                builder.append_value(number);
                            }
                        }
                        entry.append(true);
                    }
                    if any && batch.is_alive(row) {
                        trace.changed("contaminated");
                    }
                    lists.append(true);
                }
                batch.set_column(FLAGS, Arc::new(lists.finish()), true)?;
            }
        }
        Ok(())
    }
}
