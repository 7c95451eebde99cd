//! The columns of rows from outside the engine.

use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use gristmill_core::Failure;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::outcome::{BorderFailure, Outcome, outcome};

/// The columns of an Arrow IPC stream: a stream without rows.
#[napi(catch_unwind)]
pub fn stream_columns(stream: &[u8]) -> Outcome<Buffer> {
    let bad = |source: ArrowError| Failure::from(BorderFailure::BadRows(source.to_string()));
    outcome(columns(stream).map(Buffer::from).map_err(bad))
}

fn columns(stream: &[u8]) -> Result<Vec<u8>, ArrowError> {
    let schema = StreamReader::try_new(stream, None)?.schema();
    StreamWriter::try_new(Vec::new(), &schema)?.into_inner()
}
