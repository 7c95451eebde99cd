//! Arrow IPC files: the columns as they are in memory, uncompressed, for parts and for other Arrow tools.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, make_array};
use arrow_data::ArrayData;
use arrow_ipc::writer::FileWriter;
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;
use gristmill_core::{Companion, Encoded, Failure, Format, FormatDef, FormatFile, Head, options_from};
use serde::Deserialize;
use serde_json::Value;

use crate::failure::WriteFailure;
use crate::schema;

const KIND: &str = "arrow";

/// Uncompressed bytes of a record batch in a file.
const BATCH_BYTES: usize = 4 << 20;

/// The format.
pub(crate) const DEF: FormatDef = FormatDef { kind: KIND, build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {}

struct Arrow {
    schema: SchemaRef,
}

struct ArrowFile {
    out: FileWriter<BufWriter<Box<dyn Write + Send>>>,
}

fn build(options: &Value, columns: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let Options {} = options_from(KIND, options)?;
    Ok(Box::new(Arrow { schema: schema::written(KIND, columns)? }))
}

/// One batch of fresh buffers. Where the rows came from must not show: a slice of a longer array has stray bits
/// behind its end, and a column without nulls may or may not carry a bitmap that says so.
fn gathered(schema: &SchemaRef, blocks: &[RecordBatch]) -> Result<RecordBatch, WriteFailure> {
    let mut dressed = Vec::with_capacity(blocks.len() + 1);
    for block in blocks {
        dressed.push(schema::dressed(schema, block)?);
    }
    // A single input would be passed on uncopied; with an empty second one it is copied.
    dressed.push(RecordBatch::new_empty(Arc::clone(schema)));
    let whole = concat_batches(schema, &dressed)?;
    let columns = whole.columns().iter().map(without_idle_bitmaps).collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

fn without_idle_bitmaps(array: &ArrayRef) -> Result<ArrayRef, WriteFailure> {
    let data = array.to_data();
    if has_idle_bitmap(&data) { Ok(make_array(strip(data)?)) } else { Ok(Arc::clone(array)) }
}

fn has_idle_bitmap(data: &ArrayData) -> bool {
    (data.nulls().is_some() && data.null_count() == 0) || data.child_data().iter().any(has_idle_bitmap)
}

fn strip(data: ArrayData) -> Result<ArrayData, WriteFailure> {
    let children = data.child_data().iter().cloned().map(strip).collect::<Result<_, _>>()?;
    let nulls = data.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
    Ok(data.into_builder().nulls(nulls).child_data(children).build()?)
}

impl Format for Arrow {
    fn extension(&self) -> String {
        "arrow".to_owned()
    }

    fn group_bytes(&self) -> usize {
        BATCH_BYTES
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        Ok(Encoded(Box::new(gathered(&self.schema, blocks)?)))
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        let out = FileWriter::try_new_buffered(out, &self.schema).map_err(WriteFailure::from)?;
        Ok(Box::new(ArrowFile { out }))
    }
}

impl FormatFile for ArrowFile {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let batch =
            group.0.downcast::<RecordBatch>().map_err(|_| WriteFailure::ForeignGroup { format: KIND })?;
        if batch.num_rows() > 0 {
            self.out.write(&batch).map_err(WriteFailure::from)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &mut [Companion]) -> Result<Head, Failure> {
        self.out.finish().map_err(WriteFailure::from)?;
        self.out.flush().map_err(WriteFailure::from)?;
        Ok(Head::AsWritten)
    }
}
