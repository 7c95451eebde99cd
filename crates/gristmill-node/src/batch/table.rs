//! Text columns that cross together and become one batch of the engine.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use gristmill_core::{Batch, Failure, ID_COLUMN, RejectKind, StepTrace};
use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;

use super::failure::BatchFailure;
use super::packed::Texts;
use super::words::Words;

/// A text column as it comes in.
#[napi(object, object_to_js = false)]
pub struct PackedColumn {
    /// Its name.
    pub name: String,
    /// UTF-8 bytes of all texts.
    pub data: Uint8Array,
    /// One more offset than texts.
    pub offsets: Uint32Array,
}

/// The columns as one batch; ids are the row numbers. Copies the texts.
pub fn batch_of(columns: &[PackedColumn]) -> Result<Batch, Failure> {
    let mut fields = vec![Field::new(ID_COLUMN, DataType::Utf8, false)];
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len() + 1);
    let mut rows = None;
    for column in columns {
        let texts = Texts::check(&column.data, &column.offsets)?;
        let wanted = *rows.get_or_insert(texts.len());
        if texts.len() != wanted {
            let column = column.name.clone();
            return Err(BatchFailure::UnevenColumns { column, rows: texts.len(), wanted }.into());
        }
        if column.name.starts_with("__") || fields.iter().any(|field| field.name() == &column.name) {
            let problem = format!("column `{}` stands twice or has a reserved name", column.name);
            return Err(BatchFailure::BadColumns { problem }.into());
        }
        fields.push(Field::new(&column.name, DataType::Utf8, true));
        arrays.push(Arc::new(texts.to_own().into_column()?));
    }
    let Some(rows) = rows else {
        return Err(BatchFailure::BadColumns { problem: "there are no columns".into() }.into());
    };
    arrays.insert(0, Arc::new((0..rows).map(|row| Some(row.to_string())).collect::<StringArray>()));
    let columns = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|source| BatchFailure::Arrow { doing: "put columns together", source })?;
    Batch::new(columns)
}

/// Why rows did not go on: for each of `len` rows from `start` the number of its reason, from 1; 0 if it went on.
pub fn reasons_of(trace: &StepTrace, start: usize, len: usize) -> (Vec<u32>, Words) {
    let (mut reason_of, mut reasons) = (vec![0; len], Words::default());
    for reject in
        trace.rejects.iter().filter(|reject| !matches!(reject.kind, RejectKind::Merged | RejectKind::Changed))
    {
        let row = reject.id.parse::<usize>().ok().and_then(|row| row.checked_sub(start));
        if let Some(slot) = row.and_then(|row| reason_of.get_mut(row)) {
            *slot = reasons.number(&reject.reason);
        }
    }
    (reason_of, reasons)
}
