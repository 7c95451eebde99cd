//! Cuts sequences that are longer than a block, and closes each with the end token.

use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use super::rows::{Columns, Sequence, cut_rows};

/// The step.
pub const DEF: MapDef = MapDef {
    kind: "cut_sequences",
    build: |options, _| Ok(Box::new(options_from::<CutSequences>("cut_sequences", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CutSequences {
    /// Where ids, labels and weights are.
    columns: Columns,
    /// Tokens of a block; without it sequences stay whole.
    length: Option<u32>,
    /// Token put behind each sequence that does not end with it.
    end: Option<i32>,
}

impl MapStep for CutSequences {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        self.columns.schema(input)
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let length = self.length.map_or(usize::MAX, |length| length.max(1) as usize);
        cut_rows(&self.columns, batch, trace, |pieces, row, sequence| {
            self.close(sequence);
            pieces.push(row, length, length, sequence)
        })
    }
}

impl CutSequences {
    /// Puts the end token behind; it is learnt.
    fn close(&self, sequence: &mut Sequence) {
        let Some(end) = self.end.filter(|end| sequence.ids.last() != Some(end)) else { return };
        sequence.ids.push(end);
        if self.columns.labels.is_some() {
            sequence.labels.push(end);
        }
        if self.columns.weights.is_some() {
            sequence.weights.push(1.0);
        }
    }
}
