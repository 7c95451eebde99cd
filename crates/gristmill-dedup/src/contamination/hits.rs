//! Reads the column of hits.

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ListArray, StringArray, StructArray, UInt32Array};
use gristmill_core::{Batch, Failure};

use super::step::{END, FIRST, HITS, ITEM, LAST, PIECE, RULE, START};
use crate::failure::DedupFailure;

/// All hits of a batch.
pub struct Hits<'a> {
    lists: &'a ListArray,
    entries: &'a StructArray,
}

/// One of them.
#[derive(Clone, Copy)]
pub struct Hit<'a> {
    /// Name of the item.
    pub item: &'a str,
    /// What made it.
    pub rule: &'a str,
    /// Bytes of the text.
    pub span: (u32, u32),
    /// Characters of the text.
    pub chars: (u32, u32),
    /// What stands there, or its first part.
    pub piece: &'a str,
}

impl<'a> Hits<'a> {
    /// The hits that a batch brings along.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, `GM_INTERNAL_NO_HITS`.
    pub fn of(batch: &'a Batch) -> Result<Self, Failure> {
        let lists = batch.column(HITS)?.as_list_opt::<i32>().ok_or(DedupFailure::NoHits)?;
        let entries = lists.values().as_struct_opt().ok_or(DedupFailure::NoHits)?;
        Ok(Self { lists, entries })
    }

    /// The hits of a row, by where they begin.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Hit<'a>> + use<'a> {
        let offsets = self.lists.value_offsets();
        let entries = self.entries;
        let range =
            if self.lists.is_null(row) { 0..0 } else { offsets[row] as usize..offsets[row + 1] as usize };
        range.map(move |at| {
            let text = |field: usize| -> &'a StringArray { entries.column(field).as_string() };
            let number =
                |field: usize| -> &'a UInt32Array { entries.column(field).as_primitive::<UInt32Type>() };
            Hit {
                item: text(ITEM).value(at),
                rule: text(RULE).value(at),
                span: (number(START).value(at), number(END).value(at)),
                chars: (number(FIRST).value(at), number(LAST).value(at)),
                piece: text(PIECE).value(at),
            }
        })
    }
}
