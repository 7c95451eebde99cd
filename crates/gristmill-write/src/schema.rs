//! The schema as it is written: without foreign key-value metadata.
//!
//! Metadata of an input file (`pandas`, `huggingface`, field ids) describes that file, not the rows we write, and
//! would make the bytes of an output depend on which tool wrote the input. Only our own type tag stays.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};

use crate::column::TYPE_KEY;
use crate::failure::WriteFailure;

/// The schema to write; refuses one without columns.
pub(crate) fn written(format: &'static str, schema: &Schema) -> Result<SchemaRef, WriteFailure> {
    if schema.fields().is_empty() {
        return Err(WriteFailure::NoColumns { format });
    }
    let fields: Vec<Field> = schema.fields().iter().map(|field| bare(field)).collect();
    Ok(Arc::new(Schema::new(fields)))
}

fn bare(field: &Field) -> Field {
    let mut kept = HashMap::new();
    if let Some(kind) = field.metadata().get(TYPE_KEY) {
        kept.insert(TYPE_KEY.to_owned(), kind.clone());
    }
    field.clone().with_metadata(kept)
}

/// A block under the written schema.
pub(crate) fn dressed(schema: &SchemaRef, block: &RecordBatch) -> Result<RecordBatch, WriteFailure> {
    Ok(RecordBatch::try_new(Arc::clone(schema), block.columns().to_vec())?)
}
