//! Rows from outside the engine have no ids; a run wants them.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use gristmill_core::{Failure, ID_COLUMN};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::outcome::{BorderFailure, Outcome, outcome};

/// An Arrow IPC stream with row numbers from `first` on as ids in front, unless it has ids; and how many rows it has.
#[napi(object, object_from_js = false)]
pub struct Numbered {
    /// The stream.
    pub stream: Buffer,
    /// Its columns: a stream without batches.
    pub schema: Buffer,
    /// Its rows.
    pub rows: f64,
}

/// Puts ids in front of the rows of an Arrow IPC stream.
#[napi(catch_unwind)]
pub fn number_rows(stream: &[u8], first: f64) -> Outcome<Numbered> {
    let bad = |source: ArrowError| Failure::from(BorderFailure::BadRows(source.to_string()));
    outcome(number(stream, first as u64).map_err(bad))
}

fn number(stream: &[u8], first: u64) -> Result<Numbered, ArrowError> {
    let reader = StreamReader::try_new(stream, None)?;
    let given = reader.schema();
    let has_ids = given.fields().first().is_some_and(|field| field.name() == ID_COLUMN);
    let mut fields = given.fields().to_vec();
    if !has_ids {
        fields.insert(0, Arc::new(Field::new(ID_COLUMN, DataType::Utf8, false)));
    }
    let schema = Arc::new(Schema::new(fields));
    let columns = StreamWriter::try_new(Vec::new(), &schema)?.into_inner()?;
    let mut writer = StreamWriter::try_new(Vec::with_capacity(stream.len()), &schema)?;
    let mut rows = 0;
    for batch in reader {
        let batch = batch?;
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        if !has_ids {
            let ids = (0..batch.num_rows() as u64).map(|row| Some((first + rows + row).to_string()));
            columns.insert(0, Arc::new(ids.collect::<StringArray>()));
        }
        rows += batch.num_rows() as u64;
        writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
    }
    Ok(Numbered { stream: writer.into_inner()?.into(), schema: columns.into(), rows: rows as f64 })
}
