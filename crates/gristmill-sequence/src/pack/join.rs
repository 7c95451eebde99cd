//! Writes the sequences of a block behind each other, with what a trainer needs to keep them apart.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{Float32Builder, Int32Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{ArrayRef, Int64Array, ListArray, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::take::take;
use gristmill_core::{
    Batch, Failure, GroupDef, GroupStep, ID_COLUMN, Reject, RejectKind, StepTrace, options_from, row_hash,
};
use serde::Deserialize;

use super::lists::{builder, lists, numbers, weight_builder, weights};
use super::rows::Columns;
use crate::failure::SequenceFailure;

/// The step.
pub const DEF: GroupDef = GroupDef {
    kind: "join_sequences",
    build: |options, _| Ok(Box::new(options_from::<JoinSequences>("join_sequences", options)?)),
};

/// Label of a token that is not learnt.
const IGNORED: i32 = -100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "options, each of which stands for itself")]
struct JoinSequences {
    /// Where ids, labels and weights are.
    columns: Columns,
    /// Tokens of a block.
    length: u32,
    /// Token that fills a block up; without one blocks are as long as what is in them.
    pad: Option<i32>,
    /// Whether positions are told.
    positions: bool,
    /// Whether it is told which tokens fill up.
    #[serde(default)]
    attention_mask: bool,
    /// Whether labels are told where rows bring none: the ids, and -100 for what fills up.
    add_labels: bool,
    /// Sequences of a block keep the order of their rows; else they are shuffled by this seed.
    shuffle: Option<u64>,
    /// Blocks that are not full are dropped.
    #[serde(default)]
    full_only: bool,
}

impl JoinSequences {
    fn has_labels(&self) -> bool {
        self.columns.labels.is_some() || self.add_labels
    }

    fn output_schema(&self, input: &Schema) -> Result<SchemaRef, Failure> {
        let list = |name| {
            Field::new(name, DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true))), false)
        };
        let mut fields = vec![Field::new(ID_COLUMN, DataType::Utf8, false), list("input_ids")];
        if self.has_labels() {
            fields.push(list("labels"));
        }
        if self.columns.weights.is_some() {
            let item = Arc::new(Field::new_list_field(DataType::Float32, true));
            fields.push(Field::new("loss_weights", DataType::List(item), false));
        }
        if self.attention_mask {
            fields.push(list("attention_mask"));
        }
        if self.positions {
            fields.push(list("position_ids"));
        }
        fields.push(list("seq_lens"));
        fields.push(Field::new("length", DataType::Int64, false));
        for column in &self.columns.by {
            fields.push(
                input.field_with_name(column).map_err(|source| SequenceFailure::Columns { source })?.clone(),
            );
        }
        Ok(Arc::new(Schema::new(fields)))
    }
}

impl GroupStep for JoinSequences {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        Inputs::of(&probe, &self.columns)?;
        self.output_schema(input)
    }

    fn run(&self, rows: &Batch, groups: &[usize], trace: &mut StepTrace) -> Result<Batch, Failure> {
        let inputs = Inputs::of(rows, &self.columns)?;
        let mut blocks = Blocks::new(groups.len());
        // Rows of a block agree in what goes on with it, so that its first row tells it.
        let mut firsts = Vec::with_capacity(groups.len());
        for pair in groups.windows(2) {
            let mut order: Vec<usize> = (pair[0]..pair[1]).collect();
            if let Some(seed) = self.shuffle {
                order.sort_by_cached_key(|&row| (row_hash(seed, "pack", rows.ids().value(row)), row));
            }
            let id = rows.ids().value(order[0]);
            if self.full_only {
                let tokens: usize = order.iter().map(|&row| inputs.length(row)).sum();
                if tokens < self.length as usize {
                    for &row in &order {
                        trace.reject(reject(
                            rows.ids().value(row),
                            RejectKind::Dropped,
                            "block_not_full",
                            "",
                        ));
                    }
                    continue;
                }
            }
            for &row in &order {
                trace.reject(reject(rows.ids().value(row), RejectKind::Merged, "packed", id));
            }
            blocks.push(self, id, &order, &inputs);
            firsts.push(order[0] as u32);
            trace.counts.made += 1;
        }
        blocks.finish(self, rows, &UInt32Array::from(firsts))
    }
}

fn reject(id: &str, kind: RejectKind, reason: &str, twin: &str) -> Reject {
    Reject {
        id: id.to_owned(),
        kind,
        reason: reason.to_owned(),
        rule: String::new(),
        twin: twin.to_owned(),
        span: None,
        excerpt: String::new(),
        after: String::new(),
    }
}

/// The columns of the sequences.
struct Inputs<'a> {
    ids: &'a ListArray,
    labels: Option<&'a ListArray>,
    weights: Option<&'a ListArray>,
}

impl<'a> Inputs<'a> {
    fn of(rows: &'a Batch, columns: &Columns) -> Result<Self, Failure> {
        Ok(Self {
            ids: lists(rows, &columns.ids)?,
            labels: columns.labels.as_ref().map(|column| lists(rows, column)).transpose()?,
            weights: columns.weights.as_ref().map(|column| weights(rows, column)).transpose()?,
        })
    }

    fn length(&self, row: usize) -> usize {
        range(self.ids, row).len()
    }
}

/// Where the list of a row lies in all values.
fn range(lists: &ListArray, row: usize) -> Range<usize> {
    let offsets = lists.value_offsets();
    offsets[row] as usize..offsets[row + 1] as usize
}

/// The rows being made.
struct Blocks {
    ids: StringBuilder,
    tokens: ListBuilder<Int32Builder>,
    labels: ListBuilder<Int32Builder>,
    weights: ListBuilder<Float32Builder>,
    mask: ListBuilder<Int32Builder>,
    positions: ListBuilder<Int32Builder>,
    lengths: ListBuilder<Int32Builder>,
    totals: Vec<i64>,
}

impl Blocks {
    fn new(rows: usize) -> Self {
        Self {
            ids: StringBuilder::new(),
            tokens: builder(rows),
            labels: builder(rows),
            weights: weight_builder(rows),
            mask: builder(rows),
            positions: builder(rows),
            lengths: builder(rows),
            totals: Vec::with_capacity(rows),
        }
    }

    fn push(&mut self, step: &JoinSequences, id: &str, order: &[usize], inputs: &Inputs<'_>) {
        let tokens = numbers(inputs.ids).values();
        let mut total = 0;
        for &row in order {
            let sequence = &tokens[range(inputs.ids, row)];
            total += sequence.len();
            self.tokens.values().append_slice(sequence);
            self.lengths.values().append_value(sequence.len() as i32);
            if step.positions {
                self.positions.values().extend((0..sequence.len() as i32).map(Some));
            }
            if let Some(weights) = inputs.weights {
                let values = weights.values().as_primitive::<Float32Type>().values();
                self.weights.values().append_slice(&values[range(weights, row)]);
            }
            match inputs.labels {
                Some(labels) => {
                    self.labels.values().append_slice(&numbers(labels).values()[range(labels, row)]);
                }
                None if step.add_labels => self.labels.values().append_slice(sequence),
                None => {}
            }
        }
        if step.attention_mask {
            self.mask.values().append_value_n(1, total);
        }
        if let Some(pad) = step.pad {
            for n in 0..(step.length as usize).saturating_sub(total) {
                self.tokens.values().append_value(pad);
                if step.has_labels() {
                    self.labels.values().append_value(IGNORED);
                }
                if step.columns.weights.is_some() {
                    self.weights.values().append_value(0.0);
                }
                if step.attention_mask {
                    self.mask.values().append_value(0);
                }
                if step.positions {
                    self.positions.values().append_value(n as i32);
                }
            }
        }
        self.ids.append_value(id);
        self.totals.push(total as i64);
        let lists =
            [&mut self.tokens, &mut self.labels, &mut self.mask, &mut self.positions, &mut self.lengths];
        for lists in lists {
            lists.append(true);
        }
        self.weights.append(true);
    }

    fn finish(mut self, step: &JoinSequences, input: &Batch, firsts: &UInt32Array) -> Result<Batch, Failure> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.ids.finish()), Arc::new(self.tokens.finish())];
        if step.has_labels() {
            columns.push(Arc::new(self.labels.finish()));
        }
        if step.columns.weights.is_some() {
            columns.push(Arc::new(self.weights.finish()));
        }
        if step.attention_mask {
            columns.push(Arc::new(self.mask.finish()));
        }
        if step.positions {
            columns.push(Arc::new(self.positions.finish()));
        }
        columns.push(Arc::new(self.lengths.finish()));
        columns.push(Arc::new(Int64Array::from(self.totals)));
        for column in &step.columns.by {
            let taken = take(input.column(column)?, firsts, None);
            columns.push(taken.map_err(|source| SequenceFailure::Columns { source })?);
        }
        let rows = RecordBatch::try_new(step.output_schema(&input.schema())?, columns)
            .map_err(|source| SequenceFailure::Columns { source })?;
        Batch::new(rows)
    }
}
