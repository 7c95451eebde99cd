//! Writes rows to an exchange: one segment per task, holding sorted runs, each cut into partitions.
//!
//! Layout: for each run and each partition that has rows, one Arrow IPC stream; then the schema alone as a stream;
//! then a footer of little-endian `u64`: (offset, length) for each run and partition, offset and length of the
//! schema, runs, partitions, magic number.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeBinaryArray, RecordBatch, UInt64Array};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::interleave::interleave;

use super::attempt::{Attempt, FileRef, Place, Role};
use super::blocks::{Blocks, logical_bytes};
use super::failure::EngineFailure;
use super::keys::address;
use super::route::{Destination, Route, destinations};
use super::sink::{EncodeJob, RowSink};
use crate::failure::Failure;
use crate::format::{BLOCK_ROWS, Begun, Encoded};

/// Last number of a segment's footer.
pub const MAGIC: u64 = 0x315f_5847_455f_4d47;
/// Engine column: the key rows are grouped by, 16 bytes big-endian.
pub const KEY_COLUMN: &str = "__key";
/// Engine column: the declared order inside a key.
pub const ORDER_COLUMN: &str = "__order";
/// Engine column: (task, row) of the row before the exchange; breaks all ties.
pub const ORIGIN_COLUMN: &str = "__origin";

/// How an exchange is laid out.
pub struct Layout {
    pub route: Route,
    pub order: Option<String>,
    pub partitions: usize,
    pub run_bytes: usize,
    pub task: u64,
}

/// Gathers rows to runs, sorts and encodes them on the pool, appends them in order.
pub struct ExchangeSink {
    layout: Arc<Layout>,
    schema: SchemaRef,
    blocks: Blocks,
    run: Vec<RecordBatch>,
    run_size: usize,
    run_first: u64,
    rows: u64,
    /// `None` once committed.
    attempt: Option<Attempt>,
    written: u64,
    slices: Vec<u64>,
    runs: u64,
}

struct EncodedRun {
    bytes: Vec<u8>,
    /// Length of each partition's stream.
    lengths: Vec<u64>,
}

impl ExchangeSink {
    pub fn create(schema: &SchemaRef, layout: Layout, place: &Place) -> Result<Self, Failure> {
        Ok(Self {
            layout: Arc::new(layout),
            blocks: Blocks::new(schema.clone()),
            schema: keyed_schema(schema),
            run: Vec::new(),
            run_size: 0,
            run_first: 0,
            rows: 0,
            attempt: Some(Attempt::keep(place, "exchange")?),
            written: 0,
            slices: Vec::new(),
            runs: 0,
        })
    }

    fn take_block(&mut self, block: RecordBatch, jobs: &mut Vec<EncodeJob>) {
        self.run_size += logical_bytes(&block);
        self.rows += block.num_rows() as u64;
        self.run.push(block);
        if self.run_size >= self.layout.run_bytes {
            self.close_run(jobs);
        }
    }

    fn close_run(&mut self, jobs: &mut Vec<EncodeJob>) {
        let blocks = std::mem::take(&mut self.run);
        let first = std::mem::replace(&mut self.run_first, self.rows);
        self.run_size = 0;
        let (layout, schema) = (Arc::clone(&self.layout), self.schema.clone());
        jobs.push(Box::new(move || encode_run(&layout, &schema, &blocks, first).map(Begun::Whole)));
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if let Some(attempt) = &self.attempt {
            attempt.writer().write_all(bytes).map_err(EngineFailure::file("write", attempt.path()))?;
        }
        self.written += bytes.len() as u64;
        Ok(())
    }
}

impl RowSink for ExchangeSink {
    fn accept(&mut self, rows: RecordBatch, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        let mut ready = Vec::new();
        self.blocks.push(&rows, &mut ready)?;
        for block in ready {
            self.take_block(block, jobs);
        }
        Ok(())
    }

    fn job_bytes(&self) -> u64 {
        // The rows, their order, the sorted copy and its encoding.
        self.layout.run_bytes as u64 * 4
    }

    fn flush(&mut self, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        if let Some(block) = self.blocks.finish()? {
            self.take_block(block, jobs);
        }
        if !self.run.is_empty() {
            self.close_run(jobs);
        }
        Ok(())
    }

    fn append(&mut self, encoded: Encoded) -> Result<(), Failure> {
        if let Ok(run) = encoded.0.downcast::<EncodedRun>() {
            let mut offset = self.written;
            for &length in &run.lengths {
                self.slices.extend([offset, length]);
                offset += length;
            }
            self.write(&run.bytes)?;
            self.runs += 1;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<FileRef>, Failure> {
        let schema_at = self.written;
        self.write(&stream_of(&self.schema, &[])?)?;
        let schema_len = self.written - schema_at;
        let mut footer = Vec::new();
        let ends = [schema_at, schema_len, self.runs, self.layout.partitions as u64, MAGIC];
        for number in self.slices.iter().chain(&ends) {
            footer.extend_from_slice(&number.to_le_bytes());
        }
        self.write(&footer)?;
        let Some(attempt) = self.attempt.take() else { return Ok(Vec::new()) };
        Ok(vec![attempt.commit("exchange", "seg", Role::Segment, self.rows)?])
    }
}

fn keyed_schema(schema: &Schema) -> SchemaRef {
    let mut fields = schema.fields().to_vec();
    fields.push(Arc::new(Field::new(KEY_COLUMN, DataType::FixedSizeBinary(16), false)));
    fields.push(Arc::new(Field::new(ORDER_COLUMN, DataType::UInt64, false)));
    fields.push(Arc::new(Field::new(ORIGIN_COLUMN, DataType::UInt64, false)));
    Arc::new(Schema::new(fields))
}

fn encode_run(
    layout: &Layout,
    schema: &SchemaRef,
    blocks: &[RecordBatch],
    first: u64,
) -> Result<Encoded, Failure> {
    let mut rows: Vec<(Destination, u64, (u32, u32))> = Vec::new();
    let mut origin = address(layout.task, first);
    for (at, block) in blocks.iter().enumerate() {
        let found = destinations(&layout.route, layout.order.as_deref(), block, layout.partitions)?;
        for (row, destination) in found.into_iter().enumerate() {
            rows.push((destination, origin, (at as u32, row as u32)));
            origin += 1;
        }
    }
    rows.sort_unstable();
    let mut bytes = Vec::new();
    let mut lengths = vec![0; layout.partitions];
    for run in rows.chunk_by(|a, b| a.0.partition == b.0.partition) {
        let sorted: Result<Vec<RecordBatch>, Failure> =
            run.chunks(BLOCK_ROWS).map(|piece| gather(schema, blocks, piece)).collect();
        let stream = stream_of(schema, &sorted?)?;
        lengths[run[0].0.partition as usize] = stream.len() as u64;
        bytes.extend_from_slice(&stream);
    }
    Ok(Encoded(Box::new(EncodedRun { bytes, lengths })))
}

fn gather(
    schema: &SchemaRef,
    blocks: &[RecordBatch],
    rows: &[(Destination, u64, (u32, u32))],
) -> Result<RecordBatch, Failure> {
    let places: Vec<(usize, usize)> = rows.iter().map(|(_, _, (b, r))| (*b as usize, *r as usize)).collect();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for i in 0..schema.fields().len() - 3 {
        let pieces: Vec<&dyn arrow_array::Array> = blocks.iter().map(|b| b.column(i).as_ref()).collect();
        columns.push(interleave(&pieces, &places).map_err(EngineFailure::arrow("sort rows"))?);
    }
    let keys: Vec<[u8; 16]> = rows.iter().map(|(d, _, _)| d.key.to_be_bytes()).collect();
    let keys = FixedSizeBinaryArray::try_from_iter(keys.iter()).map_err(EngineFailure::arrow("sort rows"))?;
    columns.push(Arc::new(keys));
    columns.push(Arc::new(UInt64Array::from_iter_values(rows.iter().map(|(d, _, _)| d.order))));
    columns.push(Arc::new(UInt64Array::from_iter_values(rows.iter().map(|(_, origin, _)| *origin))));
    Ok(RecordBatch::try_new(schema.clone(), columns).map_err(EngineFailure::arrow("sort rows"))?)
}

fn stream_of(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>, Failure> {
    let doing = "write a segment";
    let mut writer = StreamWriter::try_new(Vec::new(), schema).map_err(EngineFailure::arrow(doing))?;
    for batch in batches {
        writer.write(batch).map_err(EngineFailure::arrow(doing))?;
    }
    Ok(writer.into_inner().map_err(EngineFailure::arrow(doing))?)
}
