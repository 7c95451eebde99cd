//! Plain text: one column, a separator after every row. Rows that contain the separator are written as they are;
//! whoever needs the rows back picks a separator that does not occur, or JSONL. A null is an empty text.

use std::io::Write;

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use gristmill_core::{Encoded, Failure, Format, FormatDef, FormatFile, options_from};
use serde::Deserialize;
use serde_json::Value;

use crate::column::{Cells, Column};
use crate::compress::Compress;
use crate::failure::WriteFailure;
use crate::schema;
use crate::stream::{self, Stream};

const KIND: &str = "text";

/// The format.
pub(crate) const DEF: FormatDef = FormatDef { kind: KIND, build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    compress: Compress,
    /// The column that is written.
    #[serde(default = "text_column")]
    column: String,
    /// Stands after every row.
    #[serde(default = "line_feed")]
    separator: String,
}

fn text_column() -> String {
    "text".to_owned()
}

fn line_feed() -> String {
    "\n".to_owned()
}

struct Text {
    compress: Compress,
    at: usize,
    separator: String,
}

fn build(options: &Value, columns: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let Options { compress, column, separator } = options_from(KIND, options)?;
    let columns = schema::written(KIND, columns)?;
    let Ok(at) = columns.index_of(&column) else {
        let present: Vec<&str> = columns.fields().iter().map(|field| field.name().as_str()).collect();
        return Err(WriteFailure::MissingColumn { column, present: present.join(", ") }.into());
    };
    match columns.field(at).data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Ok(Box::new(Text { compress, at, separator }))
        }
        other => Err(WriteFailure::NotText { column, found: other.to_string() }.into()),
    }
}

impl Text {
    fn push_block(&self, out: &mut Vec<u8>, block: &RecordBatch) -> Result<(), WriteFailure> {
        let column = Column::open(KIND, block.schema_ref().field(self.at), block.column(self.at))?;
        let (Cells::Text(texts) | Cells::Json(texts)) = &column.cells else {
            return Err(WriteFailure::NotText {
                column: column.name,
                found: block.column(self.at).data_type().to_string(),
            });
        };
        for row in 0..block.num_rows() {
            if !column.is_null(row) {
                out.extend_from_slice(texts.value(row).as_bytes());
            }
            out.extend_from_slice(self.separator.as_bytes());
        }
        Ok(())
    }
}

impl Format for Text {
    fn extension(&self) -> String {
        self.compress.extension("txt")
    }

    fn group_bytes(&self) -> usize {
        stream::GROUP_BYTES
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        let mut out = Vec::with_capacity(stream::GROUP_BYTES);
        for block in blocks {
            self.push_block(&mut out, block)?;
        }
        stream::group(self.compress, out)
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        Stream::open(KIND, self.compress, b"", out)
    }
}
