//! Cuts a stream of batches into blocks of a fixed number of rows, so that nothing written depends on batch size.

use arrow_array::{Array, ArrayRef, RecordBatch, make_array};
use arrow_schema::SchemaRef;
use arrow_select::concat::concat;

use super::failure::EngineFailure;
use crate::failure::Failure;
use crate::format::BLOCK_ROWS;

/// Gathers rows and gives them out in blocks of [`BLOCK_ROWS`].
pub struct Blocks {
    schema: SchemaRef,
    waiting: Vec<RecordBatch>,
    rows: usize,
}

impl Blocks {
    /// For rows of one schema.
    #[must_use]
    pub const fn new(schema: SchemaRef) -> Self {
        Self { schema, waiting: Vec::new(), rows: 0 }
    }

    /// Takes rows in; full blocks go to `out`.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` when a batch has another schema.
    pub fn push(&mut self, batch: &RecordBatch, out: &mut Vec<RecordBatch>) -> Result<(), Failure> {
        let mut start = 0;
        while start < batch.num_rows() {
            let take = (BLOCK_ROWS - self.rows).min(batch.num_rows() - start);
            self.waiting.push(batch.slice(start, take));
            self.rows += take;
            start += take;
            if self.rows == BLOCK_ROWS {
                out.push(self.take()?);
            }
        }
        Ok(())
    }

    /// The last, shorter block, if there is one.
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` when a batch has another schema.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, Failure> {
        if self.rows == 0 { Ok(None) } else { self.take().map(Some) }
    }

    fn take(&mut self) -> Result<RecordBatch, Failure> {
        self.rows = 0;
        let batches = std::mem::take(&mut self.waiting);
        let columns: Result<Vec<ArrayRef>, Failure> =
            (0..self.schema.fields().len()).map(|i| fresh(&batches, i)).collect();
        let block = RecordBatch::try_new(self.schema.clone(), columns?)
            .map_err(EngineFailure::arrow("cut a block"))?;
        Ok(block)
    }
}

/// One column in buffers of its own, in the one form that depends on the values alone: no offset, and no null
/// buffer where nothing is null.
fn fresh(batches: &[RecordBatch], column: usize) -> Result<ArrayRef, Failure> {
    let mut pieces: Vec<&dyn Array> = batches.iter().map(|b| b.column(column).as_ref()).collect();
    // A single piece would come back as it is, with the offset and buffers of its batch.
    let none = pieces[0].slice(0, 0);
    if pieces.len() == 1 {
        pieces.push(none.as_ref());
    }
    let joined = concat(&pieces).map_err(EngineFailure::arrow("join rows"))?;
    if joined.nulls().is_some() && joined.null_count() == 0 {
        let data =
            joined.to_data().into_builder().nulls(None).build().map_err(EngineFailure::arrow("join rows"))?;
        return Ok(make_array(data));
    }
    Ok(joined)
}

/// Bytes of the values of a block, independent of spare capacity.
#[must_use]
pub fn logical_bytes(block: &RecordBatch) -> usize {
    block.columns().iter().map(|c| c.to_data().get_slice_memory_size().unwrap_or(0)).sum()
}
