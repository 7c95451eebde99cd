//! Sequences with what belongs to each of their tokens, and the pieces they are cut into.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{Float32Builder, Int32Builder, ListBuilder};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, StepTrace};
use serde::Deserialize;

use super::lists::{Numbers, Weights, builder, number_lists, weight_builder, weight_lists};
use crate::failure::SequenceFailure;

/// Which columns hold what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    /// Column of token ids.
    pub ids: String,
    /// Column of labels, as long as the ids, if there is one.
    pub labels: Option<String>,
    /// Column of weights of the loss, as long as the ids, if there is one.
    pub weights: Option<String>,
    /// Columns that sequences of one block agree in, and that go on with the block.
    pub by: Vec<String>,
}

/// Columns that a block can have of its own.
pub(super) const OF_BLOCKS: [&str; 7] =
    ["input_ids", "labels", "loss_weights", "attention_mask", "position_ids", "seq_lens", "length"];

impl Columns {
    /// Finds the columns in a batch.
    fn of(&self, batch: &Batch) -> Result<Sequences, Failure> {
        let labels = self.labels.as_ref().map(|column| number_lists(batch, column)).transpose()?;
        let weights = self.weights.as_ref().map(|column| weight_lists(batch, column)).transpose()?;
        Ok(Sequences { ids: number_lists(batch, &self.ids)?, labels, weights })
    }

    /// The schema with these columns and the engine's own: what else a row holds cannot be told of a block, and would
    /// be copied for each piece.
    pub(super) fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        self.of(&probe)?;
        probe.key_texts(&self.by)?;
        let taken = |name: &str| OF_BLOCKS.contains(&name) || self.lists().any(|list| list == name);
        if let Some(column) = self.by.iter().find(|name| taken(name)) {
            return Err(SequenceFailure::ColumnTaken { column: column.clone() }.into());
        }
        self.keep(&mut probe)?;
        Pieces::new(0).put(self, &mut probe)?;
        Ok(probe.schema())
    }
}

impl Columns {
    fn lists(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.ids).chain(&self.labels).chain(&self.weights)
    }

    /// Leaves what rows of a block agree in, and the engine's columns.
    fn keep(&self, batch: &mut Batch) -> Result<(), Failure> {
        let schema = batch.schema();
        let kept = |name: &String| name.starts_with("__") || self.by.contains(name);
        let keep: Vec<usize> = (0..schema.fields().len()).filter(|&i| kept(schema.field(i).name())).collect();
        batch.project(&keep)
    }
}

/// The columns of a batch.
struct Sequences {
    ids: Numbers,
    labels: Option<Numbers>,
    weights: Option<Weights>,
}

/// A sequence with what belongs to its tokens.
#[derive(Default)]
pub(super) struct Sequence {
    pub ids: Vec<i32>,
    pub labels: Vec<i32>,
    pub weights: Vec<f32>,
}

/// What a row holds.
enum Row {
    Tokens,
    Empty,
    Wrong(String),
}

impl Sequences {
    fn read(&self, row: usize, columns: &Columns, into: &mut Sequence) -> Row {
        if self.ids.is_null(row) {
            return Row::Empty;
        }
        if !self.ids.read(row, &mut into.ids) {
            return Row::Wrong(format!("`{}` is not a list of 32-bit ids", columns.ids));
        }
        let tokens = into.ids.len();
        if tokens == 0 {
            return Row::Empty;
        }
        into.labels.clear();
        if let Some(labels) = &self.labels
            && (!labels.read(row, &mut into.labels) || into.labels.len() != tokens)
        {
            return Row::Wrong(format!("{} labels for {tokens} tokens", into.labels.len()));
        }
        into.weights.clear();
        if let Some(weights) = &self.weights
            && (!weights.read(row, &mut into.weights) || into.weights.len() != tokens)
        {
            return Row::Wrong(format!("{} weights for {tokens} tokens", into.weights.len()));
        }
        Row::Tokens
    }
}

/// The pieces of the rows of a batch.
pub(super) struct Pieces {
    parents: Vec<u32>,
    numbers: Vec<Option<u32>>,
    ids: ListBuilder<Int32Builder>,
    labels: ListBuilder<Int32Builder>,
    weights: ListBuilder<Float32Builder>,
}

/// Puts pieces in the place of the rows of a batch: `cut` gives those of a sequence and says how many. Rows without tokens
/// go, and those that cannot be read are set aside.
pub(super) fn cut_rows(
    columns: &Columns,
    batch: &mut Batch,
    trace: &mut StepTrace,
    mut cut: impl FnMut(&mut Pieces, usize, &mut Sequence) -> u64,
) -> Result<(), Failure> {
    let sequences = columns.of(batch)?;
    let mut pieces = Pieces::new(batch.len());
    let mut sequence = Sequence::default();
    for row in 0..batch.len() {
        if !batch.is_alive(row) {
            continue;
        }
        match sequences.read(row, columns, &mut sequence) {
            Row::Empty => batch.drop_row(row, trace, "no_tokens", "", None, ""),
            Row::Wrong(message) => batch.quarantine_row(row, trace, "GM_PACK_BAD_ROW", &message),
            Row::Tokens => trace.counts.made += cut(&mut pieces, row, &mut sequence) - 1,
        }
    }
    pieces.replace(columns, batch)
}

impl Pieces {
    fn new(rows: usize) -> Self {
        Self {
            parents: Vec::new(),
            numbers: Vec::new(),
            ids: builder(rows),
            labels: builder(rows),
            weights: weight_builder(rows),
        }
    }

    /// Adds the pieces of a row, the first of at most `first` tokens, the others of `length`; gives their number.
    pub(super) fn push(&mut self, row: usize, first: usize, length: usize, sequence: &Sequence) -> u64 {
        let (mut begin, mut n) = (0, 0);
        let whole = sequence.ids.len() <= first;
        while begin < sequence.ids.len() {
            let end = sequence.ids.len().min(begin + if n == 0 { first } else { length });
            self.parents.push(row as u32);
            self.numbers.push((!whole).then_some(n));
            self.ids.values().append_slice(&sequence.ids[begin..end]);
            self.ids.append(true);
            if !sequence.labels.is_empty() {
                self.labels.values().append_slice(&sequence.labels[begin..end]);
                self.labels.append(true);
            }
            if !sequence.weights.is_empty() {
                self.weights.values().append_slice(&sequence.weights[begin..end]);
                self.weights.append(true);
            }
            begin = end;
            n += 1;
        }
        u64::from(n)
    }

    /// Puts the pieces in the place of the rows.
    fn replace(self, columns: &Columns, batch: &mut Batch) -> Result<(), Failure> {
        columns.keep(batch)?;
        batch.explode(&self.parents, &self.numbers)?;
        self.put(columns, batch)
    }

    fn put(mut self, columns: &Columns, batch: &mut Batch) -> Result<(), Failure> {
        batch.set_column(&columns.ids, Arc::new(self.ids.finish()), false)?;
        if let Some(column) = &columns.labels {
            batch.set_column(column, Arc::new(self.labels.finish()), false)?;
        }
        if let Some(column) = &columns.weights {
            batch.set_column(column, Arc::new(self.weights.finish()), false)?;
        }
        Ok(())
    }
}
