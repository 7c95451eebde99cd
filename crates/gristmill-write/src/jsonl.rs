//! JSON lines: one object a row, keys in column order.

use std::io::Write;

use arrow_array::{RecordBatch, new_empty_array};
use arrow_schema::SchemaRef;
use gristmill_core::{Encoded, Failure, Format, FormatDef, FormatFile, options_from};
use serde::Deserialize;
use serde_json::Value;

use crate::column::Column;
use crate::compress::Compress;
use crate::failure::WriteFailure;
use crate::stream::{self, Stream};
use crate::{json, schema};

const KIND: &str = "jsonl";

/// The format.
pub(crate) const DEF: FormatDef = FormatDef { kind: KIND, build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    compress: Compress,
}

struct Jsonl {
    compress: Compress,
    /// Opening brace or comma, then the key with its colon, for every column.
    keys: Vec<Vec<u8>>,
}

fn build(options: &Value, columns: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let Options { compress } = options_from(KIND, options)?;
    let columns = schema::written(KIND, columns)?;
    let mut keys = Vec::with_capacity(columns.fields().len());
    for (n, field) in columns.fields().iter().enumerate() {
        Column::open(KIND, field, &new_empty_array(field.data_type()))?;
        let mut key = vec![if n == 0 { b'{' } else { b',' }];
        key.extend(json::key(field.name()));
        keys.push(key);
    }
    Ok(Box::new(Jsonl { compress, keys }))
}

impl Jsonl {
    fn push_block(&self, out: &mut Vec<u8>, block: &RecordBatch) -> Result<(), WriteFailure> {
        let columns = open_all(KIND, block)?;
        for row in 0..block.num_rows() {
            for (key, column) in self.keys.iter().zip(&columns) {
                out.extend_from_slice(key);
                json::push_cell(out, column, row)?;
            }
            out.extend_from_slice(b"}\n");
        }
        Ok(())
    }
}

/// Opens the columns of a block.
pub(crate) fn open_all(format: &'static str, block: &RecordBatch) -> Result<Vec<Column>, WriteFailure> {
    let fields = block.schema_ref().fields().iter();
    fields.zip(block.columns()).map(|(field, array)| Column::open(format, field, array)).collect()
}

impl Format for Jsonl {
    fn extension(&self) -> String {
        self.compress.extension("jsonl")
    }

    fn group_bytes(&self) -> usize {
        stream::GROUP_BYTES
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        let mut out = Vec::with_capacity(stream::GROUP_BYTES * 5 / 4);
        for block in blocks {
            self.push_block(&mut out, block)?;
        }
        stream::group(self.compress, out)
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        Stream::open(KIND, self.compress, b"", out)
    }
}
