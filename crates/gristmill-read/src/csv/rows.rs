//! CSV records as rows.

use super::fields::{Field, Quotes, record};
use crate::failure::row;
use crate::layout::Layout;
use crate::rows::{RowFault, Rows};
use crate::split::CsvHead;

/// Reads records of one file.
pub(crate) struct CsvRows {
    delimiter: u8,
    line_end: u8,
    width: usize,
    /// For each column of the layout the field it comes from.
    sources: Vec<Option<usize>>,
    fields: Vec<Field>,
}

impl CsvRows {
    /// Matches the file's columns by name.
    pub(crate) fn new(layout: &Layout, head: &CsvHead, cr: bool) -> Self {
        let mut sources = vec![None; layout.columns().len()];
        for (field, name) in head.columns.iter().enumerate() {
            if let Some(at) = layout.place(name) {
                sources[at] = Some(field);
            }
        }
        let line_end = if cr { b'\r' } else { b'\n' };
        let width = head.columns.len();
        Self { delimiter: head.delimiter as u8, line_end, width, sources, fields: Vec::with_capacity(width) }
    }

    /// Finds the record at `at`: its end without the line end, and where the next one starts.
    pub(crate) fn find(&mut self, text: &[u8], at: usize) -> (usize, usize, Quotes) {
        let (next, quotes) = record(text, at, self.delimiter, self.line_end, &mut self.fields);
        let mut end = next;
        if quotes != Quotes::Open && end > at && text[end - 1] == self.line_end {
            end -= 1;
            if self.line_end == b'\n' && end > at && text[end - 1] == b'\r' {
                end -= 1;
            }
        }
        (end, next, quotes)
    }

    /// Appends the record found last; `text` is what it was found in.
    pub(crate) fn push(&self, text: &str, quotes: Quotes, rows: &mut Rows<'_>) -> Result<(), RowFault> {
        match quotes {
            Quotes::Good => {}
            Quotes::TextAfter => {
                return Err(RowFault::new(row::CSV_QUOTES, "text stands after a closing quote"));
            }
            Quotes::Open => return Err(RowFault::new(row::CSV_QUOTES, "a quoted field is not closed")),
        }
        if self.fields.len() != self.width {
            let message = format!("{} fields, the header has {}", self.fields.len(), self.width);
            return Err(RowFault::new(row::CSV_FIELDS, message));
        }
        for (at, column) in rows.columns.iter().enumerate() {
            if matches!(column, crate::rows::Column::Text(_)) {
                continue;
            }
            if let Some(source) = self.sources[at]
                && !column.takes_text(&self.fields[source].value(text))
            {
                return Err(RowFault::new(
                    row::WRONG_TYPE,
                    format!("field {} does not fit its type", source + 1),
                ));
            }
        }
        for (column, source) in rows.columns.iter_mut().zip(&self.sources) {
            match source {
                Some(source) => column.push_text(&self.fields[*source].value(text)),
                None => column.push_null(),
            }
        }
        Ok(())
    }
}
