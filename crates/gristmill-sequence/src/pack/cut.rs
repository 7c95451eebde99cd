//! Cuts sequences that are longer than a block, and closes each with the end token.

use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use super::rows::{Columns, Pieces, Row, Sequence};

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
        let sequences = self.columns.of(batch)?;
        let length = self.length.map_or(usize::MAX, |length| length.max(1) as usize);
        let mut pieces = Pieces::new(batch.len());
        let mut sequence = Sequence::default();
        for row in 0..batch.len() {
            if !batch.is_alive(row) {
                continue;
            }
            match sequences.read(row, &self.columns, &mut sequence) {
                Row::Empty => batch.drop_row(row, trace, "no_tokens", "", None, ""),
                Row::Wrong(message) => batch.quarantine_row(row, trace, "GM_PACK_BAD_ROW", &message),
                Row::Tokens => {
                    self.close(&mut sequence);
                    trace.counts.made += pieces.push(row, length, length, &sequence) - 1;
                }
            }
        }
        pieces.replace(&self.columns, batch)
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
