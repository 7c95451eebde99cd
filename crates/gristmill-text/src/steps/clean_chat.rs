//! Cleans chat: trims what the writer did not mean, turns away rows that are no conversation, writes out slang and
//! checks the form, in one pass over the text.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, StringArray};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, SideInputs, StepTrace, options_from};
use serde_json::Value;

use crate::clean::options::CleanOptions;
use crate::clean::{Cleaner, Scratch, Verdict};

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "clean_chat", build };

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: CleanOptions = options_from(DEF.kind, options)?;
    Ok(Box::new(CleanColumn { cleaner: Cleaner::new(&options)?, column: options.column }))
}

/// A cleaner over one column.
pub(crate) struct CleanColumn {
    pub cleaner: Cleaner,
    pub column: String,
}

impl MapStep for CleanColumn {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        Batch::new(arrow_array::RecordBatch::new_empty(input.clone()))?.text(&self.column)?;
        Ok(input.clone())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.column)?.clone();
        let mut changed = Rebuilt::new(&texts);
        let mut scratch = Scratch::default();
        let whole = batch.traces_rows();
        for row in 0..texts.len() {
            if !batch.is_alive(row) || texts.is_null(row) {
                continue;
            }
            let text = texts.value(row);
            let verdict = self.cleaner.clean(text, &mut scratch);
            for rule in self.cleaner.fired(&scratch) {
                trace.changed(rule);
            }
            for (rule, change) in self.cleaner.told(&scratch) {
                let span = (change.span.start as u32, change.span.end as u32);
                trace.tell_change(batch.ids().value(row), rule, span, &change.before, &change.after);
            }
            match verdict {
                Verdict::Kept => {}
                Verdict::Changed => changed.replace(row, scratch.text()),
                Verdict::Dropped(drop) => {
                    let current = if scratch.changed() { scratch.text() } else { text };
                    let line = current[..drop.span.start].rfind('\n').map_or(0, |at| at + 1);
                    let span = Some((drop.span.start as u32, drop.span.end as u32));
                    batch.drop_row(row, trace, &drop.reason, &drop.rule, span, &current[line..]);
                    if whole && scratch.changed() {
                        changed.replace(row, current);
                    }
                }
            }
        }
        if let Some(column) = changed.finish() {
            let nullable =
                batch.schema().field_with_name(&self.column).is_ok_and(arrow_schema::Field::is_nullable);
            batch.set_column(&self.column, Arc::new(column), nullable)?;
        }
        Ok(())
    }
}

/// A text column in which some rows change: nothing is copied before the first one does.
pub(crate) struct Rebuilt<'a> {
    old: &'a StringArray,
    new: Option<StringBuilder>,
    done: usize,
}

impl<'a> Rebuilt<'a> {
    pub fn new(old: &'a StringArray) -> Self {
        Self { old, new: None, done: 0 }
    }

    /// Sets the text of a row; rows come in ascending order.
    pub fn replace(&mut self, row: usize, text: &str) {
        let old = self.old;
        let new =
            self.new.get_or_insert_with(|| StringBuilder::with_capacity(old.len(), old.value_data().len()));
        copy(old, self.done..row, new);
        new.append_value(text);
        self.done = row + 1;
    }

    /// The new column, if any row changed.
    pub fn finish(mut self) -> Option<StringArray> {
        let mut new = self.new.take()?;
        copy(self.old, self.done..self.old.len(), &mut new);
        Some(new.finish())
    }
}

fn copy(old: &StringArray, rows: std::ops::Range<usize>, new: &mut StringBuilder) {
    for row in rows {
        new.append_option(old.is_valid(row).then(|| old.value(row)));
    }
}
