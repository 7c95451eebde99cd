//! Matches the columns of a batch to those of the source by name.

use arrow_array::{Array, RecordBatch, new_null_array};
use gristmill_core::{Batch, Failure, StepTrace};

use super::convert::convert;
use crate::failure::ReadFailure;
use crate::kinds::TYPE_KEY;
use crate::layout::Layout;

/// The rows as a batch of the source.
pub(crate) fn conform(
    layout: &Layout,
    name: &str,
    path: &str,
    rows: &RecordBatch,
    first_row: u64,
    trace: &mut StepTrace,
) -> Result<Batch, Failure> {
    let mut arrays = Vec::with_capacity(layout.columns().len());
    let schema = rows.schema_ref();
    for column in layout.columns() {
        let Ok(at) = schema.index_of(&column.name) else {
            arrays.push(new_null_array(&column.kind.arrow(), rows.num_rows()));
            continue;
        };
        let raw_json = schema.field(at).metadata().get(TYPE_KEY).is_some_and(|kind| kind == "json");
        let array =
            convert(rows.column(at), &column.kind, raw_json).ok_or_else(|| ReadFailure::ColumnType {
                path: path.to_owned(),
                column: column.name.clone(),
                found: rows.column(at).data_type().to_string(),
                wanted: String::from(column.kind.clone()),
            })?;
        arrays.push(array);
    }
    let addresses: Vec<u64> = (first_row..first_row + rows.num_rows() as u64).collect();
    trace.counts.rows_in += addresses.len() as u64;
    layout.batch(name, arrays, &addresses)
}
