//! Cuts sequences that are longer than a block, and closes each with the end token.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use super::lists::{Numbers, builder, number_lists};

/// The step.
pub const DEF: MapDef = MapDef {
    kind: "cut_sequences",
    build: |options, _| Ok(Box::new(options_from::<CutSequences>("cut_sequences", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CutSequences {
    /// Column of token ids.
    column: String,
    /// Column of labels, as long as the ids, if there is one.
    labels: Option<String>,
    /// Tokens of a block.
    length: u32,
    /// Token put behind each sequence that does not end with it.
    end: Option<i32>,
}

impl MapStep for CutSequences {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        number_lists(&probe, &self.column)?;
        if let Some(labels) = &self.labels {
            number_lists(&probe, labels)?;
        }
        keep_own(&mut probe)?;
        probe.set_column(&self.column, Arc::new(builder(0).finish()), false)?;
        if let Some(labels) = &self.labels {
            probe.set_column(labels, Arc::new(builder(0).finish()), false)?;
        }
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let columns = number_lists(batch, &self.column)?;
        let label_column = match &self.labels {
            Some(column) => Some(number_lists(batch, column)?),
            None => None,
        };
        let length = self.length.max(1) as usize;
        let mut pieces = Pieces::new(batch.len());
        let (mut ids, mut labels) = (Vec::new(), Vec::new());
        for row in 0..batch.len() {
            if !batch.is_alive(row) {
                continue;
            }
            match self.read(&columns, label_column.as_ref(), row, &mut ids, &mut labels) {
                Row::Empty => batch.drop_row(row, trace, "no_tokens", "", None, ""),
                Row::Wrong(message) => batch.quarantine_row(row, trace, "GM_PACK_BAD_ROW", &message),
                Row::Tokens => trace.counts.made += pieces.push(row, length, &ids, &labels) - 1,
            }
        }
        keep_own(batch)?;
        batch.explode(&pieces.parents, &pieces.numbers)?;
        batch.set_column(&self.column, Arc::new(pieces.ids.finish()), false)?;
        if let Some(column) = &self.labels {
            batch.set_column(column, Arc::new(pieces.labels.finish()), false)?;
        }
        Ok(())
    }
}

/// What a row holds.
enum Row {
    Tokens,
    Empty,
    Wrong(String),
}

impl CutSequences {
    /// Reads ids and labels of a row, the end token behind them.
    fn read(
        &self,
        columns: &Numbers,
        label_column: Option<&Numbers>,
        row: usize,
        ids: &mut Vec<i32>,
        labels: &mut Vec<i32>,
    ) -> Row {
        if columns.is_null(row) {
            return Row::Empty;
        }
        if !columns.read(row, ids) {
            return Row::Wrong(format!("`{}` is not a list of 32-bit ids", self.column));
        }
        if ids.is_empty() {
            return Row::Empty;
        }
        labels.clear();
        if let Some(column) = label_column
            && (!column.read(row, labels) || labels.len() != ids.len())
        {
            return Row::Wrong(format!("{} labels for {} tokens", labels.len(), ids.len()));
        }
        if let Some(end) = self.end
            && ids.last() != Some(&end)
        {
            ids.push(end);
            labels.extend(label_column.map(|_| end));
        }
        Row::Tokens
    }
}

/// The pieces of the rows of a batch.
struct Pieces {
    parents: Vec<u32>,
    numbers: Vec<Option<u32>>,
    ids: ListBuilder<Int32Builder>,
    labels: ListBuilder<Int32Builder>,
}

impl Pieces {
    fn new(rows: usize) -> Self {
        Self { parents: Vec::new(), numbers: Vec::new(), ids: builder(rows), labels: builder(rows) }
    }

    /// Adds the pieces of a row; gives their number.
    fn push(&mut self, row: usize, length: usize, ids: &[i32], labels: &[i32]) -> u64 {
        let count = ids.len().div_ceil(length);
        for (n, piece) in ids.chunks(length).enumerate() {
            self.parents.push(row as u32);
            self.numbers.push((count > 1).then_some(n as u32));
            self.ids.values().append_slice(piece);
            self.ids.append(true);
        }
        for piece in labels.chunks(length) {
            self.labels.values().append_slice(piece);
            self.labels.append(true);
        }
        count as u64
    }
}

/// Leaves the engine's columns: what else a row holds cannot be told of a block, and would be copied for each piece.
fn keep_own(batch: &mut Batch) -> Result<(), Failure> {
    let schema = batch.schema();
    let keep: Vec<usize> =
        (0..schema.fields().len()).filter(|&i| schema.field(i).name().starts_with("__")).collect();
    batch.project(&keep)
}
