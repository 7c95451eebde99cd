//! The column in which screening lists what it has found.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder, UInt32Builder};
use arrow_schema::{DataType, Field, Fields};

use crate::tos::{PII, ScreenScratch, TosAction, TosHit, folded_form};

/// A list of hits for each row, while it is built. Places count characters, as Python's and most other strings do.
pub(crate) struct Flags<'a> {
    lists: ListBuilder<StructBuilder>,
    /// Columns of text, told apart in the hits where there are several.
    columns: &'a [String],
    /// Whether all hits are listed, with what was matched and what would be done.
    explain: bool,
}

impl<'a> Flags<'a> {
    pub fn new(columns: &'a [String], explain: bool) -> Self {
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let number = |name: &str| Field::new(name, DataType::UInt32, true);
        let mut fields = vec![text("category"), text("rule"), number("start"), number("end")];
        if explain || columns.len() > 1 {
            fields.push(text("column"));
        }
        if explain {
            fields.extend(["match", "folded", "action"].map(text));
        }
        Self {
            lists: ListBuilder::new(StructBuilder::from_fields(Fields::from(fields), 0)),
            columns,
            explain,
        }
    }

    /// Adds the hits in one column of the row.
    pub fn add(&mut self, column: usize, text: &str, hits: &[TosHit], scratch: &mut ScreenScratch) {
        let (mut at, mut chars) = (0, 0_u32);
        let listed = hits.iter().filter(|hit| self.explain || hit.action == TosAction::Flag);
        for hit in listed {
            chars += text[at..hit.start].chars().count() as u32;
            at = hit.start;
            let matched = &text[hit.start..hit.end];
            let end = chars + matched.chars().count() as u32;
            let entry = self.lists.values();
            append(entry, 0, &hit.category);
            append(entry, 1, &hit.rule);
            for (field, number) in [(2, chars), (3, end)] {
                if let Some(builder) = entry.field_builder::<UInt32Builder>(field) {
                    builder.append_value(number);
                }
            }
            if self.explain || self.columns.len() > 1 {
                append(entry, 4, &self.columns[column]);
            }
            if self.explain {
                append(entry, 5, matched);
                // Personal data is looked for in the text as it stands.
                let read =
                    if hit.category == PII { matched.to_owned() } else { folded_form(matched, scratch) };
                append(entry, 6, &read);
                append(entry, 7, hit.action.word());
            }
            entry.append(true);
        }
    }

    pub fn end_row(&mut self) {
        self.lists.append(true);
    }

    pub fn finish(mut self) -> ArrayRef {
        Arc::new(self.lists.finish())
    }
}

fn append(entry: &mut StructBuilder, field: usize, text: &str) {
    if let Some(builder) = entry.field_builder::<StringBuilder>(field) {
        builder.append_value(text);
    }
}
