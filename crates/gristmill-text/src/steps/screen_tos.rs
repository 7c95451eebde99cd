//! Turns away, redacts or flags rows that break terms of service.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder, UInt32Builder};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Fields, SchemaRef};
use gristmill_core::{Batch, Failure, MapDef, MapStep, SideInputs, StepTrace, options_from, ordinary_fields};
use serde_json::Value;

use super::clean_chat::Rebuilt;
use crate::failure::TextFailure;
use crate::tos::{ScreenOptions, ScreenScratch, Screener, TosAction, TosHit};

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "screen_tos", build };

/// Columns searched when none is named: the first of these that is there.
const USUAL: [&str; 3] = ["text", "content", "message"];

/// Column of flags.
const FLAGS: &str = "tos";

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: ScreenOptions = options_from(DEF.kind, options)?;
    let screener = Screener::new(&options)?;
    Ok(Box::new(ScreenTos { flags: screener.flags(), screener, columns: options.columns }))
}

struct ScreenTos {
    screener: Screener,
    columns: Option<Vec<String>>,
    /// Whether any category is flagged, so that the column is there whatever the rows are.
    flags: bool,
}

impl ScreenTos {
    fn columns(&self, batch: &Batch) -> Result<Vec<String>, Failure> {
        if let Some(columns) = self.columns.as_ref().filter(|columns| !columns.is_empty()) {
            return Ok(columns.clone());
        }
        let usual = USUAL.iter().find(|&&name| batch.find(name).is_some());
        usual.map(|&name| vec![name.to_owned()]).ok_or_else(|| {
            let schema = batch.schema();
            let present: Vec<&str> = ordinary_fields(&schema).map(|(_, f)| f.name().as_str()).collect();
            TextFailure::NoTextColumn { wanted: USUAL.join(", "), present: present.join(", ") }.into()
        })
    }
}

impl MapStep for ScreenTos {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        for column in self.columns(&probe)? {
            probe.text(&column)?;
        }
        if self.flags {
            probe.set_column(FLAGS, Flags::new().finish(), true)?;
        }
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let names = self.columns(batch)?;
        let texts: Vec<StringArray> =
            names.iter().map(|name| batch.text(name).cloned()).collect::<Result<_, _>>()?;
        let mut rebuilt: Vec<Rebuilt<'_>> = texts.iter().map(Rebuilt::new).collect();
        let mut flags = self.flags.then(Flags::new);
        let mut scratch = ScreenScratch::default();
        let mut hits: Vec<TosHit> = Vec::new();
        for row in 0..batch.len() {
            if batch.is_alive(row) {
                for (column, text) in texts.iter().enumerate().filter(|(_, text)| text.is_valid(row)) {
                    let text = text.value(row);
                    self.screener.scan(text, &mut scratch, &mut hits);
                    if hits.is_empty() {
                        continue;
                    }
                    if let Some(hit) = hits.iter().find(|hit| hit.action == TosAction::Drop) {
                        let span = Some((hit.start as u32, hit.end as u32));
                        let line = text[..hit.start].rfind('\n').map_or(0, |at| at + 1);
                        batch.drop_row(row, trace, &hit.category, &hit.rule, span, &text[line..]);
                        break;
                    }
                    if let Some(flags) = flags.as_mut() {
                        hits.iter()
                            .filter(|hit| hit.action == TosAction::Flag)
                            .for_each(|hit| flags.push(hit));
                    }
                    if let Some(text) = self.screener.redact(text, &mut scratch) {
                        trace.changed("redact");
                        rebuilt[column].replace(row, &text);
                    }
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
        if let Some(mut flags) = flags {
            batch.set_column(FLAGS, flags.finish(), true)?;
        }
        Ok(())
    }
}

/// The column of flags while it is built.
struct Flags(ListBuilder<StructBuilder>);

impl Flags {
    fn new() -> Self {
        let fields = Fields::from(vec![
            Field::new("category", DataType::Utf8, true),
            Field::new("rule", DataType::Utf8, true),
            Field::new("start", DataType::UInt32, true),
            Field::new("end", DataType::UInt32, true),
        ]);
        Self(ListBuilder::new(StructBuilder::from_fields(fields, 0)))
    }

    fn push(&mut self, hit: &TosHit) {
        let entry = self.0.values();
        for (field, text) in [(0, &hit.category), (1, &hit.rule)] {
            if let Some(builder) = entry.field_builder::<StringBuilder>(field) {
                builder.append_value(text);
            }
        }
        for (field, number) in [(2, hit.start), (3, hit.end)] {
            if let Some(builder) = entry.field_builder::<UInt32Builder>(field) {
                builder.append_value(number as u32);
            }
        }
        entry.append(true);
    }

    fn end_row(&mut self) {
        self.0.append(true);
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}
