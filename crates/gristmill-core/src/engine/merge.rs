//! Reads one partition of an exchange: merges the sorted runs of all segments and cuts at group borders.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;
use arrow_select::interleave::interleave;

use super::exchange::{KEY_COLUMN, MAGIC, ORDER_COLUMN, ORIGIN_COLUMN};
use super::failure::EngineFailure;
use super::shelf::Shelf;
use super::slice_read::SliceRead;
use super::stored::Stored;
use crate::batch::{Batch, LABEL_COLUMN};
use crate::failure::Failure;
use crate::step::{Chunk, ChunkBody, Cutter, GroupStep, Parser, Progress};
use crate::trace::StepTrace;

/// Rows of a chunk, unless one group has more.
const CHUNK_ROWS: usize = 8192;
/// Bytes of a chunk, unless one group has more.
const CHUNK_BYTES: usize = 1 << 20;

/// Bytes that the rows of one group may have: they are in memory together, and a text column ends at 2 GiB.
const GROUP_BYTES: u64 = 1 << 30;

type Rank = (u128, u64, u64);

/// The size of the group being gathered.
#[derive(Default)]
struct GroupMeter {
    key: Option<u128>,
    bytes: u64,
}

impl GroupMeter {
    /// Takes in a row; refuses one too many.
    fn add(&mut self, key: u128, bytes: u64, most: u64) -> Result<(), Failure> {
        if self.key != Some(key) {
            *self = Self { key: Some(key), bytes: 0 };
        }
        self.bytes += bytes;
        if self.bytes > most { Err(EngineFailure::GroupTooBig { most }.into()) } else { Ok(()) }
    }
}

/// One sorted run being read.
struct RunStream {
    reader: StreamReader<std::io::BufReader<SliceRead>>,
    /// Index of the current batch in `held`.
    held: usize,
    row: usize,
    /// Bytes of a row of the current batch, on average.
    row_bytes: u64,
    path: PathBuf,
}

/// Cuts a partition into whole groups.
pub struct MergeCutter {
    streams: Vec<RunStream>,
    heads: BinaryHeap<Reverse<(Rank, usize)>>,
    /// Batches that rows of the chunk being gathered come from; the streams' current ones stay.
    held: Vec<RecordBatch>,
    schema: SchemaRef,
    done: u64,
    total: u64,
    whole_groups: bool,
}

/// An opened partition, with the columns of its rows.
pub struct Partition {
    pub cutter: MergeCutter,
    pub schema: SchemaRef,
}

/// Opens one partition of all segments.
pub fn open_partition(
    shelf: &Shelf,
    segments: &[PathBuf],
    partition: usize,
    whole_groups: bool,
) -> Result<Partition, Failure> {
    let mut streams = Vec::new();
    let mut schema = None;
    let mut total = 0;
    for path in segments {
        let segment = Segment::open(shelf, path)?;
        schema.get_or_insert(segment.schema()?);
        for (offset, length) in segment.slices(partition) {
            total += length;
            streams.push(RunStream {
                reader: segment.stream(offset, length)?,
                held: usize::MAX,
                row: 0,
                row_bytes: 0,
                path: path.clone(),
            });
        }
    }
    let Some(schema) = schema else {
        let why = "an exchange without segments has no columns".to_owned();
        return Err(EngineFailure::Damaged { path: PathBuf::new(), why }.into());
    };
    let outer = ordinary(&schema);
    let mut cutter = MergeCutter {
        streams,
        heads: BinaryHeap::new(),
        held: Vec::new(),
        schema,
        done: 0,
        total,
        whole_groups,
    };
    for i in 0..cutter.streams.len() {
        cutter.load(i)?;
    }
    Ok(Partition { cutter, schema: outer })
}

/// The columns without the three of the exchange.
fn ordinary(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields();
    Arc::new(arrow_schema::Schema::new(fields[..fields.len() - 3].to_vec()))
}

impl MergeCutter {
    /// Moves stream `i` to its next batch with rows and puts its head on the heap.
    fn load(&mut self, i: usize) -> Result<(), Failure> {
        let stream = &mut self.streams[i];
        stream.row = 0;
        for batch in stream.reader.by_ref() {
            let batch = batch.map_err(|e| damaged(&stream.path, &e.to_string()))?;
            if batch.num_rows() > 0 {
                stream.held = self.held.len();
                stream.row_bytes = (super::blocks::logical_bytes(&batch) / batch.num_rows()) as u64;
                self.heads.push(Reverse((rank(&batch, 0), i)));
                self.held.push(batch);
                return Ok(());
            }
        }
        stream.held = usize::MAX;
        Ok(())
    }

    /// Forgets batches that no stream stands in any more.
    fn release(&mut self) {
        let mut kept = Vec::with_capacity(self.streams.len());
        for stream in self.streams.iter_mut().filter(|s| s.held != usize::MAX) {
            kept.push(self.held[stream.held].clone());
            stream.held = kept.len() - 1;
        }
        self.held = kept;
    }
}

impl Cutter for MergeCutter {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        self.release();
        let mut places: Vec<(usize, usize)> = Vec::with_capacity(CHUNK_ROWS);
        let mut bytes = 0;
        let mut group = GroupMeter::default();
        while let Some(Reverse((rank_of_head, i))) = self.heads.peek().copied() {
            let full = places.len() >= CHUNK_ROWS || bytes >= CHUNK_BYTES;
            if full && (!self.whole_groups || group.key != Some(rank_of_head.0)) {
                break;
            }
            let stream = &mut self.streams[i];
            if self.whole_groups {
                group.add(rank_of_head.0, stream.row_bytes, GROUP_BYTES)?;
            }
            let batch = &self.held[stream.held];
            if stream.row == 0 {
                bytes += super::blocks::logical_bytes(batch);
            }
            places.push((stream.held, stream.row));
            stream.row += 1;
            self.heads.pop();
            if stream.row < batch.num_rows() {
                self.heads.push(Reverse((rank(batch, stream.row), i)));
            } else {
                self.done += super::blocks::logical_bytes(batch) as u64;
                self.load(i)?;
            }
        }
        if places.is_empty() {
            return Ok(None);
        }
        let columns: Result<Vec<_>, Failure> = (0..self.schema.fields().len())
            .map(|c| {
                let pieces: Vec<&dyn Array> = self.held.iter().map(|b| b.column(c).as_ref()).collect();
                Ok(interleave(&pieces, &places).map_err(EngineFailure::arrow("merge rows"))?)
            })
            .collect();
        let rows = RecordBatch::try_new(self.schema.clone(), columns?)
            .map_err(EngineFailure::arrow("merge rows"))?;
        Ok(Some(Chunk { input: "".into(), address: 0, body: ChunkBody::Columns(rows) }))
    }

    fn progress(&self) -> Progress {
        Progress { bytes_done: self.done.min(self.total), bytes_total: self.total }
    }
}

fn rank(batch: &RecordBatch, row: usize) -> Rank {
    let columns = batch.num_columns();
    let key = batch.column(columns - 3).as_fixed_size_binary().value(row);
    let number = |c: usize| batch.column(c).as_primitive::<UInt64Type>().value(row);
    (u128::from_be_bytes(key.try_into().unwrap_or_default()), number(columns - 2), number(columns - 1))
}

/// Gives whole groups to a group step, or passes rows on in their new order.
pub struct GroupParser {
    pub group: Option<Box<dyn GroupStep>>,
}

impl Parser for GroupParser {
    fn parse(&self, chunk: Chunk, trace: &mut StepTrace) -> Result<Batch, Failure> {
        let ChunkBody::Columns(rows) = chunk.body else {
            let why = "a partition gave no columns".to_owned();
            return Err(EngineFailure::Damaged { path: PathBuf::new(), why }.into());
        };
        let keys = rows.column(rows.num_columns() - 3).as_fixed_size_binary();
        let mut groups = vec![0];
        groups.extend((1..rows.num_rows()).filter(|&row| keys.value(row) != keys.value(row - 1)));
        groups.push(rows.num_rows());
        let mut batch = Batch::new(rows.clone())?;
        for name in [KEY_COLUMN, ORDER_COLUMN, ORIGIN_COLUMN] {
            batch.drop_column(name)?;
        }
        trace.counts.rows_in += batch.len() as u64;
        if let Some(group) = &self.group {
            return group.run(&batch, &groups, trace);
        }
        batch.drop_column(LABEL_COLUMN)?;
        Ok(batch)
    }
}

/// A committed segment, opened.
struct Segment {
    file: Stored,
    path: PathBuf,
    numbers: Vec<u64>,
    partitions: usize,
}

impl Segment {
    fn open(shelf: &Shelf, path: &Path) -> Result<Self, Failure> {
        let file = shelf.open(path)?;
        let size = file.len().map_err(EngineFailure::file("read", path))?;
        let read = |offset: u64, count: usize| -> Result<Vec<u64>, Failure> {
            let mut bytes = vec![0; count * 8];
            file.read_at(&mut bytes, offset).map_err(EngineFailure::file("read", path))?;
            Ok(bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap_or_default())).collect())
        };
        if size < 40 {
            return Err(damaged(path, "it is too short").into());
        }
        let tail = read(size - 40, 5)?;
        let (runs, partitions) = (tail[2], tail[3]);
        let count =
            runs.checked_mul(partitions).and_then(|n| n.checked_mul(2)).filter(|n| n * 8 + 40 <= size);
        let Some(count) = count.filter(|_| tail[4] == MAGIC && partitions > 0) else {
            return Err(damaged(path, "its footer is not one of this version").into());
        };
        let mut numbers = read(size - 40 - count * 8, count as usize)?;
        numbers.extend_from_slice(&tail[..2]);
        if numbers.chunks_exact(2).any(|s| s[0].checked_add(s[1]).is_none_or(|end| end > size)) {
            return Err(damaged(path, "its footer does not fit its size").into());
        }
        Ok(Self { file, path: path.to_path_buf(), numbers, partitions: partitions as usize })
    }

    fn slices(&self, partition: usize) -> impl Iterator<Item = (u64, u64)> {
        let runs = (self.numbers.len() / 2 - 1) / self.partitions;
        (0..runs).filter_map(move |run| {
            let at = (run * self.partitions + partition) * 2;
            (self.numbers[at + 1] > 0).then(|| (self.numbers[at], self.numbers[at + 1]))
        })
    }

    fn stream(
        &self,
        offset: u64,
        length: u64,
    ) -> Result<StreamReader<std::io::BufReader<SliceRead>>, Failure> {
        let slice = SliceRead::new(self.file.clone(), offset, offset + length);
        let buffered = std::io::BufReader::with_capacity(1 << 16, slice);
        Ok(StreamReader::try_new(buffered, None).map_err(|e| damaged(&self.path, &e.to_string()))?)
    }

    fn schema(&self) -> Result<SchemaRef, Failure> {
        let at = self.numbers.len() - 2;
        Ok(self.stream(self.numbers[at], self.numbers[at + 1])?.schema())
    }
}

fn damaged(path: &Path, why: &str) -> EngineFailure {
    EngineFailure::Damaged { path: path.to_path_buf(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::GroupMeter;

    #[test]
    fn a_group_is_refused_where_it_grows_too_big_and_others_start_anew() {
        let mut meter = GroupMeter::default();
        for key in 0..100 {
            for _ in 0..10 {
                assert!(meter.add(key, 100, 1000).is_ok());
            }
        }
        let failure = meter.add(99, 1, 1000).unwrap_err();
        assert_eq!(failure.code(), "GM_STEP_GROUP_TOO_BIG");
    }
}
