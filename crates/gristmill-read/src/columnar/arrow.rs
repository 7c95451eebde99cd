//! Arrow IPC: files batch by batch, streams from start to end.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader, read_footer_length};
use arrow_ipc::root_as_footer;
use arrow_schema::{ArrowError, Schema};

use super::{bound, guarded, piece_rows};
use crate::bytes_in::{BytesIn, open_file};
use crate::cut::{Body, PieceSource, lost};
use crate::failure::ReadFailure;
use crate::kinds::{Codec, ColumnSpec, ColumnType, OnDamage, ReadOptions};
use crate::open::Item;
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

fn open_ipc_file(
    path: &str,
    projection: Option<Vec<usize>>,
) -> Result<(FileReader<BufReader<File>>, u64), ReadFailure> {
    let (mut file, size) = open_file(path)?;
    let fail = |error: &ArrowError| failure(path, size, error);
    guarded(path, size, fail, || check_blocks(&mut file, size))?;
    let reader = guarded(path, size, fail, || FileReader::try_new(BufReader::new(file), projection))?;
    Ok((reader, size))
}

/// Refuses a footer whose batches lie outside the file: their lengths are allocated before they are read.
fn check_blocks(file: &mut File, size: u64) -> Result<(), ArrowError> {
    let short = || ArrowError::from(io::Error::from(io::ErrorKind::UnexpectedEof));
    if size < 10 {
        return Err(short());
    }
    let mut trailer = [0; 10];
    file.seek(SeekFrom::End(-10))?;
    file.read_exact(&mut trailer)?;
    let length = read_footer_length(trailer)? as u64;
    let start = (size - 10).checked_sub(length).ok_or_else(short)?;
    let mut bytes = vec![0; length as usize];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    let footer = root_as_footer(&bytes).map_err(|error| ArrowError::IpcError(error.to_string()))?;
    let blocks = footer.recordBatches().into_iter().chain(footer.dictionaries()).flatten();
    for block in blocks {
        let parts = [block.offset(), i64::from(block.metaDataLength()), block.bodyLength()];
        let end = parts.iter().try_fold(0_u64, |sum, &part| sum.checked_add(u64::try_from(part).ok()?));
        if end.is_none_or(|end| end > size) {
            return Err(ArrowError::IpcError("a batch lies outside the file".to_owned()));
        }
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(())
}

/// Refuses a batch that declares more rows than the file can hold.
fn check_rows(path: &str, size: u64, rows: &RecordBatch) -> Result<(), ReadFailure> {
    if rows.num_rows() as u64 <= bound(size) {
        return Ok(());
    }
    let detail = format!("a batch declares {} rows", rows.num_rows());
    Err(ReadFailure::Damaged { path: path.to_owned(), offset: size, detail })
}

/// Reads the head or footer.
pub(crate) fn about_arrow(path: &str, codec: Codec, split_bytes: u64) -> Result<ArrowAbout, ReadFailure> {
    let (file_format, size) = is_file(path)?;
    let whole = Split { start: 0, end: size, bytes: size, ..Split::default() };
    if codec == Codec::Plain && file_format {
        let (mut reader, _) = open_ipc_file(path, None)?;
        let columns = columns_of(&reader.schema());
        let batches = reader.num_batches();
        let mut splits: Vec<Split> = Vec::new();
        // The footer has no row counts; they need each batch's head, so rows are numbered by reading them.
        let bytes = size / (batches as u64).max(1);
        let each = (split_bytes / bytes.max(1)).max(1);
        let mut rows = 0;
        let fail = |error: &ArrowError| failure(path, size, error);
        for number in 0..batches {
            if (number as u64).is_multiple_of(each) {
                splits.push(Split { start: number as u64, first_row: rows, ..Split::default() });
            }
            if let Some(last) = splits.last_mut() {
                last.end = number as u64 + 1;
                last.bytes += bytes;
            }
            if let Some(batch) = guarded(path, size, fail, || reader.next().transpose())? {
                check_rows(path, size, &batch)?;
                rows += batch.num_rows() as u64;
            }
        }
        return Ok(ArrowAbout { columns, rows: Some(rows), splits });
    }
    if size == 0 {
        return Ok(ArrowAbout { columns: Vec::new(), rows: Some(0), splits: vec![whole] });
    }
    let stream = open_stream(path, codec, size)?;
    Ok(ArrowAbout { columns: columns_of(&stream.reader.schema()), rows: None, splits: vec![whole] })
}

struct Stream {
    reader: StreamReader<Adapter>,
}

fn open_stream(path: &str, codec: Codec, size: u64) -> Result<Stream, ReadFailure> {
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
    let adapter = Adapter { head, input };
    let reader = guarded(path, size, fail, || StreamReader::try_new(adapter, None))?;
    Ok(Stream { reader })
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
        let (probe, _) = open_ipc_file(&path, None)?;
        let wanted = (probe.schema().fields().iter().enumerate())
            .filter(|(_, field)| columns.iter().any(|c| c == field.name()))
            .map(|(at, _)| at)
            .collect();
        let (mut reader, _) = open_ipc_file(&path, Some(wanted))?;
        let (start, end) = (split.start as usize, split.end as usize);
        if start > end || end > reader.num_batches() {
            let detail = format!("it has {} batches", reader.num_batches());
            return Err(ReadFailure::BadSplit { path, start: split.start, end: split.end, detail });
        }
        if start < end {
            guarded(&path, size, |e: &ArrowError| failure(&path, size, e), || reader.set_index(start))?;
        }
        Box::new(reader.take(end - start))
    } else {
        Box::new(open_stream(&path, item.codec, size)?.reader)
    };
    let row = split.first_row;
    Ok(Box::new(Batches { reader, path, size, row, keep, over: false, rest: None, bytes: 0, per_piece: 1 }))
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
                    self.per_piece = piece_rows(bytes, rows.num_rows() as u64);
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

/// A decoded stream with the bytes put back that were looked at.
struct Adapter {
    head: Vec<u8>,
    input: BytesIn,
}

impl Read for Adapter {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            let n = self.head.len().min(into.len());
            into[..n].copy_from_slice(&self.head[..n]);
            self.head.drain(..n);
            return Ok(n);
        }
        self.input.read(into).map_err(|failure| {
            let short = matches!(failure, ReadFailure::Truncated { .. });
            let kind = if short { io::ErrorKind::UnexpectedEof } else { io::ErrorKind::InvalidData };
            io::Error::new(kind, failure)
        })
    }
}
