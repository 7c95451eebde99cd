//! Finds pieces of benchmarks in rows, and takes them out where that is asked for. What becomes of the rows is another
//! step's business, so that a report in between sees them all.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder, UInt32Builder};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Fields as ArrowFields, SchemaRef};
use gristmill_core::{Batch, Failure, MapDef, MapStep, OpenTable, StepTrace, excerpt, options_from};
use serde::Deserialize;

use super::index::Index;
use super::rules::Settings;
use super::scan::{Hit, Scanner};
use crate::messages::text_column;

/// Column of what was found, on its way to the steps that follow.
pub const HITS: &str = "__contamination";

/// Field of a hit: name of the item.
pub(super) const ITEM: usize = 0;
/// Word of the rule.
pub(super) const RULE: usize = 1;
/// First byte in the text as it came in.
pub(super) const START: usize = 2;
/// Byte behind the last.
pub(super) const END: usize = 3;
/// First character.
pub(super) const FIRST: usize = 4;
/// Character behind the last.
pub(super) const LAST: usize = 5;
/// What stands there.
pub(super) const PIECE: usize = 6;

/// How often a text is looked at again after pieces were taken out of it.
const ROUNDS: usize = 16;

/// The map kind `contamination`: adds [`HITS`].
#[must_use]
pub const fn def<T: OpenTable>() -> MapDef {
    MapDef {
        kind: "contamination",
        build: |options, _| {
            let options: Options = options_from("contamination", options)?;
            let index = Index::read::<T>(&options.settings)?;
            Ok(Box::new(Contamination { options, index, readers: PhantomData::<T> }))
        },
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column with the text.
    #[serde(default = "text_column")]
    column: String,
    /// What takes the place of a piece; nothing: texts stay as they are.
    redact: Option<String>,
    /// What is looked for.
    settings: Settings,
}

struct Contamination<T> {
    options: Options,
    index: Index,
    readers: PhantomData<T>,
}

impl<T: OpenTable> MapStep for Contamination<T> {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        probe.text(&self.options.column)?;
        probe.set_column(HITS, Lists::new().finish(), true)?;
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.options.column)?.clone();
        let mut scanner = Scanner::new(&self.index);
        let mut lists = Lists::new();
        let mut redacted: Vec<(usize, String)> = Vec::new();
        for (row, text) in texts.iter().enumerate() {
            let text = text.filter(|_| batch.is_alive(row)).unwrap_or_default();
            let hits = scanner.scan(text);
            lists.add(&self.index, text, hits);
            let Some(mark) = self.options.redact.as_deref().filter(|_| !hits.is_empty()) else { continue };
            let mut clean = redact(text, hits, mark);
            for _ in 0..ROUNDS {
                // What is left may have come together to another piece.
                let hits = scanner.scan(&clean);
                if hits.is_empty() {
                    break;
                }
                clean = redact(&clean, hits, mark);
            }
            trace.changed("contaminated");
            redacted.push((row, clean));
        }
        batch.set_column(HITS, lists.finish(), true)?;
        if !redacted.is_empty() {
            let schema = batch.schema();
            let nullable = schema.field_with_name(&self.options.column).is_ok_and(Field::is_nullable);
            let mut redacted = redacted.iter().peekable();
            let texts: StringArray = (0..texts.len())
                .map(|row| match redacted.next_if(|(changed, _)| *changed == row) {
                    Some((_, text)) => Some(text.as_str()),
                    None => texts.is_valid(row).then(|| texts.value(row)),
                })
                .collect();
            batch.set_column(&self.options.column, Arc::new(texts), nullable)?;
        }
        Ok(())
    }
}

/// The text with a mark in place of all that was found.
fn redact(text: &str, hits: &[Hit], mark: &str) -> String {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for Hit { place, .. } in hits {
        match spans.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => spans.push(place.clone()),
        }
    }
    let mut clean = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        clean.push_str(&text[at..span.start]);
        clean.push_str(mark);
        at = span.end;
    }
    clean.push_str(&text[at..]);
    clean
}

/// A list of hits for each row, while it is built.
struct Lists(ListBuilder<StructBuilder>);

impl Lists {
    fn new() -> Self {
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let number = |name: &str| Field::new(name, DataType::UInt32, true);
        let fields = vec![
            text("item"),
            text("rule"),
            number("start"),
            number("end"),
            number("first"),
            number("last"),
            text("piece"),
        ];
        Self(ListBuilder::new(StructBuilder::from_fields(ArrowFields::from(fields), 0)))
    }

    /// Adds the hits of the next row.
    fn add(&mut self, index: &Index, text: &str, hits: &[Hit]) {
        let (mut at, mut chars) = (0, 0);
        for hit in hits {
            chars += text[at..hit.place.start].chars().count();
            at = hit.place.start;
            let last = chars + text[hit.place.clone()].chars().count();
            let entry = self.0.values();
            let piece = excerpt(&text[hit.place.start..hit.first_end]);
            for (field, text) in [(ITEM, index.label(hit.item)), (RULE, hit.rule.word()), (PIECE, &piece)] {
                if let Some(builder) = entry.field_builder::<StringBuilder>(field) {
                    builder.append_value(text);
                }
            }
            let numbers = [(START, hit.place.start), (END, hit.place.end), (FIRST, chars), (LAST, last)];
            for (field, number) in numbers {
                if let Some(builder) = entry.field_builder::<UInt32Builder>(field) {
                    builder.append_value(number as u32);
                }
            }
            entry.append(true);
        }
        self.0.append(true);
    }

    fn finish(mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}
