//! Arrow IPC: files batch by batch, streams from start to end.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, Schema};

use super::convert::longest_text;
use super::ipc_message::check_file;
use super::ipc_stream::CheckedStream;
use super::{at_most, bound, guarded, piece_rows};
use crate::bytes_in::{BytesIn, open_file};
use crate::cut::{Body, PieceSource, lost};
use crate::failure::ReadFailure;
use crate::item::Item;
use crate::kinds::{Codec, ColumnSpec, ColumnType, OnDamage, ReadOptions};
use crate::split::Split;

const MAGIC: [u8; 6] = *b"ARROW1";

/// Files are aligned to 64 bytes at most.
const LONGEST_PADDING: usize = 64;

/// What the head or footer says.
pub(crate) struct ArrowAbout {
    /// Columns and their types.
    pub columns: Vec<ColumnSpec>,
    /// Rows, where a footer makes that cheap.
    pub rows: Option<u64>,
    /// Runs of batches, or one split for a stream.
    pub splits: Vec<Split>,
}

fn failure(path: &str, offset: u64, error: &ArrowError) -> ReadFailure {
    let detail = error.to_string();
    let short = match error {
        ArrowError::IoError(_, source) => source.kind() == io::ErrorKind::UnexpectedEof,
        _ => false,
    };
    if short {
        ReadFailure::Truncated { path: path.to_owned(), offset, detail }
    } else {
        ReadFailure::Damaged { path: path.to_owned(), offset, detail }
    }
}

fn columns_of(schema: &Schema) -> Vec<ColumnSpec> {
    let column = |field: &arrow_schema::FieldRef| ColumnSpec {
        name: field.name().clone(),
        kind: ColumnType::of(field),
    };
    schema.fields().iter().map(column).collect()
}

fn is_file(path: &str) -> Result<(bool, u64), ReadFailure> {
    let (mut file, size) = open_file(path)?;
    let mut head = Vec::new();
    let taken = Read::by_ref(&mut file).take(6).read_to_end(&mut head);
    taken.map_err(|source| ReadFailure::Io { path: path.to_owned(), source })?;
    Ok((head == MAGIC, size))
}

/// Opens a file to read some of its batches; says how many rows each of these has.
fn open_ipc_file(
    path: &str,
    projection: Option<Vec<usize>>,
    batches: Range<usize>,
) -> Result<(FileReader<BufReader<File>>, Vec<u64>), ReadFailure> {
    let (mut file, size) = open_file(path)?;
    let fail = |error: &ArrowError| failure(path, size, error);
    let rows = guarded(path, size, fail, || check_file(&mut file, size, batches))?;
    let reader = guarded(path, size, fail, || FileReader::try_new(BufReader::new(file), projection))?;
    Ok((reader, rows))
}

/// Refuses a batch that declares more rows than the file can hold.
fn check_rows(path: &str, size: u64, rows: &RecordBatch) -> Result<(), ReadFailure> {
    if rows.num_rows() as u64 <= bound(size) {
        return Ok(());
    }
    let detail = format!("a batch declares {} rows", rows.num_rows());
    Err(ReadFailure::Damaged { path: path.to_owned(), offset: size, detail })
}

/// Most bytes of a row whose texts are references to a few long ones.
fn longest_row(rows: &RecordBatch) -> u64 {
    rows.columns().iter().map(longest_text).fold(0, u64::saturating_add)
}

/// Reads the head or footer.
pub(crate) fn about_arrow(path: &str, codec: Codec, split_bytes: u64) -> Result<ArrowAbout, ReadFailure> {
    let (file_format, size) = is_file(path)?;
    let whole = Split { start: 0, end: size, bytes: size, ..Split::default() };
    if codec == Codec::Plain && file_format {
        let (reader, rows_of) = open_ipc_file(path, None, 0..usize::MAX)?;
        let columns = columns_of(&reader.schema());
        let batches = reader.num_batches();
        let mut splits: Vec<Split> = Vec::new();
        let bytes = size / (batches as u64).max(1);
        let each = (split_bytes / bytes.max(1)).max(1);
        let mut rows = 0;
        for (number, count) in rows_of.into_iter().enumerate() {
            if (number as u64).is_multiple_of(each) {
                splits.push(Split { start: number as u64, first_row: rows, ..Split::default() });
            }
            if let Some(last) = splits.last_mut() {
                last.end = number as u64 + 1;
                last.bytes += bytes;
            }
            rows += count;
        }
        return Ok(ArrowAbout { columns, rows: Some(rows), splits });
    }
    if size == 0 {
        return Ok(ArrowAbout { columns: Vec::new(), rows: Some(0), splits: vec![whole] });
    }
    let stream = open_stream(path, codec, size)?;
    Ok(ArrowAbout { columns: columns_of(&stream.schema()), rows: None, splits: vec![whole] })
}

fn open_stream(path: &str, codec: Codec, size: u64) -> Result<StreamReader<CheckedStream>, ReadFailure> {
    let mut input = BytesIn::open(path, codec, 0, u64::MAX)?;
    let mut head = vec![0; 8];
    let n = input.read_full(&mut head)?;
    head.truncate(n);
    // An Arrow file is its magic, padding to 8 or 64 bytes, a stream, and a footer that a stream's reader never
    // reaches.
    if head.starts_with(&MAGIC) {
        for _ in 1..=LONGEST_PADDING / 8 {
            head.resize(8, 0);
            let n = input.read_full(&mut head)?;
            head.truncate(n);
            if head.iter().any(|&b| b != 0) {
                break;
            }
        }
    }
    let fail = |error: &ArrowError| failure(path, size, error);
    let stream = CheckedStream::new(head, input, size);
    guarded(path, size, fail, || StreamReader::try_new(stream, None))
}

/// Opens a run of batches, or a stream.
pub(crate) fn open_arrow(
    item: &Item,
    columns: &[String],
    options: &ReadOptions,
) -> Result<Box<dyn PieceSource>, ReadFailure> {
    let path = item.path.clone();
    let keep = options.on_damage == OnDamage::Keep;
    let (file_format, size) = is_file(&path)?;
    let split = &item.split;
    let reader: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send> = if size == 0 {
        Box::new(std::iter::empty())
    } else if item.codec == Codec::Plain && file_format {
        let (probe, _) = open_ipc_file(&path, None, 0..0)?;
        let wanted = (probe.schema().fields().iter().enumerate())
            .filter(|(_, field)| columns.iter().any(|c| c == field.name()))
            .map(|(at, _)| at)
            .collect();
        let (start, end) = (split.start as usize, split.end as usize);
        let (mut reader, _) = open_ipc_file(&path, Some(wanted), start..end)?;
        if start > end || end > reader.num_batches() {
            let detail = format!("it has {} batches", reader.num_batches());
            return Err(ReadFailure::BadSplit { path, start: split.start, end: split.end, detail });
        }
        if start < end {
            guarded(&path, size, |e: &ArrowError| failure(&path, size, e), || reader.set_index(start))?;
        }
        Box::new(reader.take(end - start))
    } else {
        Box::new(open_stream(&path, item.codec, size)?)
    };
    let row = split.first_row;
    let columns = columns.len();
    Ok(Box::new(Batches {
        reader,
        path,
        size,
        row,
        keep,
        over: false,
        rest: None,
        bytes: 0,
        columns,
        per_piece: 1,
    }))
}

struct Batches {
    reader: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    path: String,
    size: u64,
    row: u64,
    keep: bool,
    over: bool,
    /// A large batch of which pieces are still to come.
    rest: Option<RecordBatch>,
    bytes: u64,
    /// Columns of the source.
    columns: usize,
    per_piece: usize,
}

impl PieceSource for Batches {
    fn next(&mut self) -> Result<Option<(u64, Body)>, ReadFailure> {
        loop {
            if let Some(rows) = self.rest.take() {
                let take = rows.num_rows().min(self.per_piece);
                let at = self.row;
                self.row += take as u64;
                if take < rows.num_rows() {
                    self.rest = Some(rows.slice(take, rows.num_rows() - take));
                }
                return Ok(Some((at, Body::Columns(rows.slice(0, take)))));
            }
            if self.over {
                return Ok(None);
            }
            let Self { reader, path, size, .. } = self;
            let fail = |error: &ArrowError| failure(path, *size, error);
            let batch = guarded(path, *size, fail, || reader.next().transpose());
            match batch.and_then(|batch| batch.map(|b| check_rows(path, *size, &b).map(|()| b)).transpose()) {
                Ok(Some(rows)) => {
                    let bytes = rows.get_array_memory_size() as u64;
                    self.bytes = (self.bytes + bytes).min(self.size);
                    self.per_piece =
                        at_most(piece_rows(bytes, rows.num_rows() as u64, self.columns), longest_row(&rows));
                    if rows.num_rows() > 0 {
                        self.rest = Some(rows);
                    }
                }
                Ok(None) => self.over = true,
                Err(failure) if self.keep && failure.is_damage() => {
                    self.over = true;
                    return Ok(Some((self.row, lost(0, &failure))));
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    fn consumed(&self) -> u64 {
        self.bytes
    }
}
