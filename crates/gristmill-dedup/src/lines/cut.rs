//! Takes lines or paragraphs out of texts, or says how much of a text they are.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::{DataType, SchemaRef};
use gristmill_core::{
    Batch, Failure, LABELS_COLUMN, MapDef, MapStep, Reject, RejectKind, StepTrace, excerpt, options_from,
};
use serde::Deserialize;

use super::units::{Lines, Unit};

/// The map kind `cut_lines`: the labels of a row are the numbers of its units that are duplicates.
pub const DEF: MapDef = MapDef {
    kind: "cut_lines",
    build: |options, _| Ok(Box::new(options_from::<CutLines>("cut_lines", options)?)),
};

/// Reason of a row of which nothing is left.
const ALL: &str = "all_duplicate";
/// Reason of a row of which too little is left.
const MOST: &str = "mostly_duplicate";

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Cut,
    Flag,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Changes {
    Off,
    Excerpts,
    Full,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CutLines {
    /// Column with the text.
    column: String,
    /// What is cut.
    unit: Unit,
    /// What becomes of duplicates.
    action: Action,
    /// Share of a text's characters that must be left.
    min_left: f64,
    /// How changes are told.
    changes: Changes,
}

/// What a text is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sizes {
    units: u64,
    characters: u64,
    cut_units: u64,
    cut_characters: u64,
    /// Byte range of the first line that is cut.
    first: Option<(usize, usize)>,
}

impl Sizes {
    fn of(text: &str, unit: Unit, cut: &[u64]) -> Self {
        let mut sizes = Self::default();
        let mut last = None;
        for line in Lines::of(text, unit) {
            let Some(number) = line.unit else { continue };
            let begins = u64::from(last != Some(number));
            last = Some(number);
            let characters = line.text.chars().count() as u64;
            sizes.units += begins;
            sizes.characters += characters;
            if is_cut(cut, number) {
                sizes.cut_units += begins;
                sizes.cut_characters += characters;
                sizes.first = sizes.first.or(Some((line.at, line.at + line.text.len())));
            }
        }
        sizes
    }

    fn left(&self) -> f64 {
        (self.characters - self.cut_characters) as f64 / self.characters.max(1) as f64
    }
}

fn is_cut(cut: &[u64], unit: u32) -> bool {
    cut.binary_search(&u64::from(unit)).is_ok()
}

/// Writes what is left of a text. Blank lines around what is gone do not pile up, and a text that did not end with a
/// line break does not now.
fn write_rest(text: &str, unit: Unit, cut: &[u64], out: &mut String) {
    out.clear();
    // Whether a blank line would follow another one, or nothing, only because of what is gone.
    let (mut gone, mut behind_blank) = (false, true);
    // Where the last line that is not blank ends, and whether something behind it is gone.
    let (mut end, mut gone_behind) = (0, false);
    for line in Lines::of(text, unit) {
        match line.unit {
            Some(unit) if is_cut(cut, unit) => (gone, gone_behind) = (true, true),
            Some(_) => {
                out.push_str(line.whole);
                end = out.len();
                (gone, gone_behind, behind_blank) = (false, false, false);
            }
            None if gone && behind_blank => {}
            None => {
                out.push_str(line.whole);
                behind_blank = true;
            }
        }
    }
    if gone_behind {
        out.truncate(end);
    }
    if !text.ends_with('\n') && gone_behind {
        out.truncate(out.trim_end_matches(['\n', '\r']).len());
    }
}

impl CutLines {
    fn flags(&self) -> [&'static str; 2] {
        match self.unit {
            Unit::Lines => ["duplicate_lines", "duplicate_line_chars"],
            Unit::Paragraphs => ["duplicate_paragraphs", "duplicate_paragraph_chars"],
        }
    }

    fn flag(&self, batch: &mut Batch, texts: &StringArray, labels: &Labels) -> Result<(), Failure> {
        let (mut units, mut characters) = (Float64Builder::new(), Float64Builder::new());
        for (row, text) in texts.iter().enumerate() {
            let sizes = text.map(|text| Sizes::of(text, self.unit, labels.of(row)));
            let share = |cut: u64, all: u64| cut as f64 / all.max(1) as f64;
            units.append_option(sizes.map(|sizes| share(sizes.cut_units, sizes.units)));
            characters.append_option(sizes.map(|sizes| share(sizes.cut_characters, sizes.characters)));
        }
        let [of_units, of_characters] = self.flags();
        batch.set_column(of_units, Arc::new(units.finish()), true)?;
        batch.set_column(of_characters, Arc::new(characters.finish()), true)
    }

    fn cut(
        &self,
        batch: &mut Batch,
        trace: &mut StepTrace,
        texts: &StringArray,
        labels: &Labels,
    ) -> Result<(), Failure> {
        let mut out = StringBuilder::with_capacity(texts.len(), texts.value_data().len());
        let mut rest = String::new();
        for (row, text) in texts.iter().enumerate() {
            let (Some(text), cut) = (text, labels.of(row)) else {
                out.append_null();
                continue;
            };
            if cut.is_empty() {
                out.append_value(text);
                continue;
            }
            let sizes = Sizes::of(text, self.unit, cut);
            write_rest(text, self.unit, cut, &mut rest);
            let nothing = sizes.cut_characters == sizes.characters;
            let rule = format!("{} of {} {}", sizes.cut_units, sizes.units, self.unit.word());
            if nothing || sizes.left() < self.min_left {
                batch.drop_row(row, trace, if nothing { ALL } else { MOST }, &rule, None, text);
                out.append_value(text);
                continue;
            }
            let reason = self.flags()[0];
            trace.changed(reason);
            if self.changes != Changes::Off {
                let (from, to) = sizes.first.unwrap_or_default();
                let full = self.changes == Changes::Full;
                trace.reject(Reject {
                    id: batch.ids().value(row).to_owned(),
                    kind: RejectKind::Changed,
                    reason: reason.to_owned(),
                    rule,
                    twin: String::new(),
                    span: Some((from as u32, to as u32)),
                    excerpt: if full { text.to_owned() } else { excerpt(&text[from..to]) },
                    after: if full { rest.clone() } else { String::new() },
                });
            }
            out.append_value(&rest);
        }
        batch.set_column(&self.column, Arc::new(out.finish()), true)
    }
}

/// The labels of the rows of a batch.
struct Labels(arrow_array::ListArray, arrow_array::UInt64Array);

impl Labels {
    fn of(&self, row: usize) -> &[u64] {
        if self.0.is_null(row) {
            return &[];
        }
        let offsets = self.0.value_offsets();
        &self.1.values()[offsets[row] as usize..offsets[row + 1] as usize]
    }
}

impl MapStep for CutLines {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        probe.text(&self.column)?;
        probe.drop_column(LABELS_COLUMN)?;
        if self.action == Action::Flag {
            let none = arrow_array::new_empty_array(&DataType::Float64);
            for name in self.flags() {
                probe.set_column(name, Arc::clone(&none), true)?;
            }
        } else {
            let none = arrow_array::new_empty_array(&DataType::Utf8);
            probe.set_column(&self.column, none, true)?;
        }
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let lists = batch.column(LABELS_COLUMN)?.as_list::<i32>().clone();
        let numbers = lists.values().as_primitive::<UInt64Type>().clone();
        let labels = Labels(lists, numbers);
        batch.drop_column(LABELS_COLUMN)?;
        let texts = batch.text(&self.column)?.clone();
        match self.action {
            Action::Cut => self.cut(batch, trace, &texts, &labels),
            Action::Flag => self.flag(batch, &texts, &labels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Sizes, Unit, write_rest};

    fn rest(text: &str, unit: Unit, cut: &[u64]) -> String {
        let mut out = String::new();
        write_rest(text, unit, cut, &mut out);
        out
    }

    #[test]
    fn what_is_left_has_no_more_blank_lines_than_before() {
        use Unit::{Lines, Paragraphs};
        for (unit, text, cut, wanted) in [
            (Lines, "a\nb\nc", &[1_u64][..], "a\nc"),
            (Lines, "a\nb\nc", &[0], "b\nc"),
            (Lines, "a\nb\nc", &[2], "a\nb"),
            (Lines, "a\r\nb\r\nc", &[2], "a\r\nb"),
            (Lines, "a\nb\nc\n", &[2], "a\nb\n"),
            (Lines, "a\n\nb\n\nc\n", &[1], "a\n\nc\n"),
            (Lines, "a\n\nb\nc\n", &[1], "a\n\nc\n"),
            (Lines, "a\nb\n\nc\n", &[1], "a\n\nc\n"),
            (Lines, "a\n\nb\n\nc", &[0], "b\n\nc"),
            (Lines, "a\n\nb\n\nc", &[2], "a\n\nb"),
            (Lines, "a\n\nb\n\nc\n\n", &[1, 2], "a\n"),
            (Lines, "\n\na\n\n\nb\n\nc\n\n", &[1], "\n\na\n\n\nc\n\n"),
            (Lines, "a\nb\n", &[0, 1], ""),
            (Paragraphs, "a\nb\n\nc\nd\n\ne", &[1], "a\nb\n\ne"),
            (Paragraphs, "a\nb\n\nc\nd\n\ne", &[0], "c\nd\n\ne"),
            (Paragraphs, "a\nb\n\nc\nd\n\ne", &[2], "a\nb\n\nc\nd"),
        ] {
            assert_eq!(rest(text, unit, cut), wanted, "{text:?} {cut:?}");
        }
    }

    #[test]
    fn sizes_tell_units_and_characters() {
        let sizes = Sizes::of("ää\nbb \n\ncc", Unit::Paragraphs, &[0]);
        assert_eq!((sizes.units, sizes.characters), (2, 6));
        assert_eq!((sizes.cut_units, sizes.cut_characters, sizes.first), (1, 4, Some((0, 4))));
    }
}
