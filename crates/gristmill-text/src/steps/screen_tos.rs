//! Turns away, redacts or flags rows that break terms of service.

use std::sync::Arc;

use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::{Field, SchemaRef};
use gristmill_core::{Batch, Failure, MapDef, MapStep, SideInputs, StepTrace, options_from, ordinary_fields};
use serde_json::Value;

use super::clean_chat::Rebuilt;
use super::tos_flags::Flags;
use crate::failure::TextFailure;
use crate::tos::{ScreenOptions, ScreenScratch, Screener, TosAction, TosHit};

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "screen_tos", build };

/// Columns searched when none is named: those of these that are there, else the first column of text.
const USUAL: [&str; 3] = ["text", "content", "message"];

/// Column of flags.
const FLAGS: &str = "tos";

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: ScreenOptions = options_from(DEF.kind, options)?;
    Ok(Box::new(ScreenTos { screener: Screener::new(&options)?, columns: options.columns }))
}

struct ScreenTos {
    screener: Screener,
    columns: Option<Vec<String>>,
}

impl ScreenTos {
    fn columns(&self, batch: &Batch) -> Result<Vec<String>, Failure> {
        if let Some(columns) = self.columns.as_ref().filter(|columns| !columns.is_empty()) {
            return Ok(columns.clone());
        }
        let schema = batch.schema();
        let there: Vec<&str> = ordinary_fields(&schema).map(|(_, field)| field.name().as_str()).collect();
        let mut usual: Vec<&str> = USUAL.into_iter().filter(|name| there.contains(name)).collect();
        if usual.is_empty() {
            usual.extend(there.iter().find(|name| batch.text(name).is_ok()));
        }
        if usual.is_empty() {
            return Err(
                TextFailure::NoTextColumn { wanted: USUAL.join(", "), present: there.join(", ") }.into()
            );
        }
        Ok(usual.into_iter().map(str::to_owned).collect())
    }

    /// The column of flags, empty, if any hit is flagged: there whatever the rows are.
    fn flags<'a>(&self, names: &'a [String]) -> Option<Flags<'a>> {
        self.screener.flags().then(|| Flags::new(names, self.screener.explains()))
    }

    /// Drops the row if a hit asks for it.
    fn drop_row(
        &self,
        batch: &mut Batch,
        row: usize,
        text: &str,
        hits: &[TosHit],
        trace: &mut StepTrace,
    ) -> bool {
        let hit = hits.iter().find(|hit| hit.action == TosAction::Drop).filter(|_| !self.screener.explains());
        if let Some(hit) = hit {
            let span = Some((hit.start as u32, hit.end as u32));
            let line = text[..hit.start].rfind('\n').map_or(0, |at| at + 1);
            batch.drop_row(row, trace, &hit.category, &hit.rule, span, &text[line..]);
        }
        hit.is_some()
    }
}

/// Counts the rules that redact or flag, each once a text.
fn count(hits: &[TosHit], trace: &mut StepTrace) {
    let stays = |hit: &&TosHit| matches!(hit.action, TosAction::Redact | TosAction::Flag);
    let mut rules: Vec<&str> = hits.iter().filter(stays).map(|hit| hit.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    for rule in rules {
        trace.changed(rule);
    }
}

impl MapStep for ScreenTos {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        let names = self.columns(&probe)?;
        for column in &names {
            probe.text(column)?;
        }
        if let Some(flags) = self.flags(&names) {
            probe.set_column(FLAGS, flags.finish(), true)?;
        }
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let names = self.columns(batch)?;
        let texts: Vec<StringArray> =
            names.iter().map(|name| batch.text(name).cloned()).collect::<Result<_, _>>()?;
        let mut rebuilt: Vec<Rebuilt<'_>> = texts.iter().map(Rebuilt::new).collect();
        let mut flags = self.flags(&names);
        let mut scratch = ScreenScratch::default();
        let mut hits: Vec<TosHit> = Vec::new();
        for row in 0..batch.len() {
            for (column, text) in texts.iter().enumerate() {
                if !batch.is_alive(row) || text.is_null(row) {
                    continue;
                }
                let text = text.value(row);
                self.screener.scan(text, &mut scratch, &mut hits);
                if hits.is_empty() || self.drop_row(batch, row, text, &hits, trace) {
                    continue;
                }
                if let Some(flags) = flags.as_mut() {
                    flags.add(column, text, &hits, &mut scratch);
                }
                if self.screener.explains() {
                    continue;
                }
                count(&hits, trace);
                if let Some(clean) = self.screener.redact(text, &mut scratch) {
                    rebuilt[column].replace(row, &clean);
                }
            }
            if let Some(flags) = flags.as_mut() {
                flags.end_row();
            }
        }
        let changed: Vec<Option<StringArray>> = rebuilt.into_iter().map(Rebuilt::finish).collect();
        for (name, column) in names.iter().zip(changed) {
            if let Some(column) = column {
                let nullable = batch.schema().field_with_name(name).is_ok_and(Field::is_nullable);
                batch.set_column(name, Arc::new(column), nullable)?;
            }
        }
        if let Some(flags) = flags {
            batch.set_column(FLAGS, flags.finish(), true)?;
        }
        Ok(())
    }
}
