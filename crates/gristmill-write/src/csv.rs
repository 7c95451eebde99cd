//! CSV after RFC 4180, as spreadsheets and every data tool read it: comma, quotes only where needed, one header.
//!
//! Records end with a line feed alone, which RFC 4180 readers accept and line tools prefer. A null is an empty
//! field; so is an empty text, the two cannot be told apart in CSV. Lists and structs are JSON in a field.

use std::io::Write;

use arrow_array::{RecordBatch, new_empty_array};
use arrow_schema::SchemaRef;
use gristmill_core::{Encoded, Failure, Format, FormatDef, FormatFile, options_from};
use memchr::{memchr, memchr_iter, memchr3};
use serde::Deserialize;
use serde_json::Value;

use crate::column::{Cells, Column, push_int, push_moment};
use crate::compress::Compress;
use crate::failure::WriteFailure;
use crate::jsonl::open_all;
use crate::stream::{self, Stream};
use crate::{json, schema};

const KIND: &str = "csv";

/// The format.
pub(crate) const DEF: FormatDef = FormatDef { kind: KIND, build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    compress: Compress,
    /// Put an apostrophe before texts that a spreadsheet would run as a formula. Changes the data, so it is off.
    #[serde(default)]
    escape_formulas: bool,
}

struct Csv {
    compress: Compress,
    escape_formulas: bool,
    head: Vec<u8>,
}

fn build(options: &Value, columns: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let Options { compress, escape_formulas } = options_from(KIND, options)?;
    let columns = schema::written(KIND, columns)?;
    let mut head = Vec::new();
    for (n, field) in columns.fields().iter().enumerate() {
        Column::open(KIND, field, &new_empty_array(field.data_type()))?;
        if n > 0 {
            head.push(b',');
        }
        push_field(&mut head, field.name().as_bytes());
    }
    end_record(&mut head, 0);
    Ok(Box::new(Csv { compress, escape_formulas, head }))
}

/// Appends one field, quoted where needed.
fn push_field(out: &mut Vec<u8>, field: &[u8]) {
    if memchr3(b',', b'"', b'\n', field).is_none() && memchr(b'\r', field).is_none() {
        out.extend_from_slice(field);
        return;
    }
    out.push(b'"');
    let mut from = 0;
    for quote in memchr_iter(b'"', field) {
        // Up to the quote and once more from it on: that doubles it.
        out.extend_from_slice(&field[from..=quote]);
        from = quote;
    }
    out.extend_from_slice(&field[from..]);
    out.push(b'"');
}

/// Ends a record. One that would be an empty line gets quotes, since readers skip empty lines.
fn end_record(out: &mut Vec<u8>, start: usize) {
    if out.len() == start {
        out.extend_from_slice(b"\"\"");
    }
    out.push(b'\n');
}

impl Csv {
    fn push_block(
        &self,
        out: &mut Vec<u8>,
        scratch: &mut Vec<u8>,
        block: &RecordBatch,
    ) -> Result<(), WriteFailure> {
        let columns = open_all(KIND, block)?;
        for row in 0..block.num_rows() {
            let start = out.len();
            for (n, column) in columns.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                if !column.is_null(row) {
                    self.push_cell(out, scratch, column, row)?;
                }
            }
            end_record(out, start);
        }
        Ok(())
    }

    fn push_cell(
        &self,
        out: &mut Vec<u8>,
        scratch: &mut Vec<u8>,
        column: &Column,
        row: usize,
    ) -> Result<(), WriteFailure> {
        match &column.cells {
            Cells::Nothing => {}
            Cells::Text(texts) | Cells::Json(texts) => {
                let text = texts.value(row);
                if self.escape_formulas && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
                    scratch.clear();
                    scratch.push(b'\'');
                    scratch.extend_from_slice(text.as_bytes());
                    push_field(out, scratch);
                } else {
                    push_field(out, text.as_bytes());
                }
            }
            Cells::Bool(a) => out.extend_from_slice(if a.value(row) { b"true" } else { b"false" }),
            Cells::Int(ints) => push_int(out, ints, row),
            // `format` knows NaN and inf, which the readers of CSV know too.
            Cells::Float32(a) => out.extend_from_slice(zmij::Buffer::new().format(a.value(row)).as_bytes()),
            Cells::Float64(a) => out.extend_from_slice(zmij::Buffer::new().format(a.value(row)).as_bytes()),
            Cells::Moment(moments) => push_moment(out, moments, row),
            Cells::Decimal(a) => out.extend_from_slice(a.value_as_string(row).as_bytes()),
            Cells::List(..) | Cells::Struct(_) => {
                scratch.clear();
                json::push_cell(scratch, column, row)?;
                push_field(out, scratch);
            }
        }
        Ok(())
    }
}

impl Format for Csv {
    fn extension(&self) -> String {
        self.compress.extension("csv")
    }

    fn group_bytes(&self) -> usize {
        stream::GROUP_BYTES
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        let mut out = Vec::with_capacity(stream::GROUP_BYTES * 5 / 4);
        let mut scratch = Vec::new();
        for block in blocks {
            self.push_block(&mut out, &mut scratch, block)?;
        }
        stream::group(self.compress, out)
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        Stream::open(KIND, self.compress, &self.head, out)
    }
}

#[cfg(test)]
mod tests {
    use super::{end_record, push_field};

    #[test]
    fn fields() {
        for (field, want) in [
            ("plain text", "plain text"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("\"", "\"\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("\r", "\"\r\""),
            (" kept ", " kept "),
        ] {
            let mut out = Vec::new();
            push_field(&mut out, field.as_bytes());
            assert_eq!(String::from_utf8(out).unwrap(), want);
        }
    }

    #[test]
    fn an_empty_record_is_no_empty_line() {
        let mut out = b"x\n".to_vec();
        end_record(&mut out, 2);
        assert_eq!(out, b"x\n\"\"\n");
    }
}
