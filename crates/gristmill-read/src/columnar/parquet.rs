//! Parquet, row group by row group.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use super::pages::check_pages;
use super::{at_most, bound, guarded, piece_rows};
use crate::bytes_in::open_file;
use crate::cut::{Body, PieceSource, lost};
use crate::failure::ReadFailure;
use crate::item::Item;
use crate::kinds::{Codec, ColumnSpec, ColumnType, OnDamage, ReadOptions};
use crate::split::Split;

const MAGIC: [u8; 4] = *b"PAR1";

/// What a footer says.
pub(crate) struct ParquetAbout {
    /// Columns and their types.
    pub columns: Vec<ColumnSpec>,
    /// Rows of the file.
    pub rows: u64,
    /// Bytes of its pages before compression.
    pub text_bytes: u64,
    /// Runs of row groups.
    pub splits: Vec<Split>,
}

struct Opened {
    file: File,
    size: u64,
    metadata: ArrowReaderMetadata,
}

fn open_checked(path: &str) -> Result<Opened, ReadFailure> {
    let (mut file, size) = open_file(path)?;
    let io = |source| ReadFailure::Io { path: path.to_owned(), source };
    let (mut head, mut tail) = ([0; 4], [0; 4]);
    if size < 12 {
        let detail = "it is too short for Parquet".to_owned();
        return Err(ReadFailure::Truncated { path: path.to_owned(), offset: size, detail });
    }
    file.read_exact(&mut head).map_err(io)?;
    file.seek(SeekFrom::End(-4)).map_err(io)?;
    file.read_exact(&mut tail).map_err(io)?;
    if head == MAGIC && tail != MAGIC && tail != *b"PARE" {
        let detail = "its footer is missing".to_owned();
        return Err(ReadFailure::Truncated { path: path.to_owned(), offset: size, detail });
    }
    let fail = |error: &ParquetError| failure(path, size, error);
    let metadata = guarded(path, size, fail, || ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()))?;
    guarded(path, size, |detail: &String| damaged(path, size, detail), || check(metadata.metadata(), size))?;
    Ok(Opened { file, size, metadata })
}

fn damaged(path: &str, offset: u64, detail: &str) -> ReadFailure {
    ReadFailure::Damaged { path: path.to_owned(), offset, detail: detail.to_owned() }
}

fn failure(path: &str, offset: u64, error: &ParquetError) -> ReadFailure {
    let detail = error.to_string();
    match error {
        ParquetError::EOF(_) => ReadFailure::Truncated { path: path.to_owned(), offset, detail },
        _ => damaged(path, offset, &detail),
    }
}

/// Refuses metadata that declares more than the file can hold.
fn check(metadata: &ParquetMetaData, size: u64) -> Result<(), String> {
    let most = i64::try_from(bound(size)).unwrap_or(i64::MAX);
    for (number, group) in metadata.row_groups().iter().enumerate() {
        if !(0..=most).contains(&group.num_rows()) {
            return Err(format!("row group {number} declares {} rows", group.num_rows()));
        }
        for column in group.columns() {
            let (start, length) = column.byte_range();
            if start.checked_add(length).is_none_or(|end| end > size) {
                return Err(format!("row group {number} reaches beyond the end of the file"));
            }
            if !(0..=most).contains(&column.uncompressed_size()) || !(0..=most).contains(&column.num_values())
            {
                return Err(format!("row group {number} declares {} bytes", column.uncompressed_size()));
            }
        }
    }
    Ok(())
}

/// Reads the footer.
pub(crate) fn about_parquet(path: &str, split_bytes: u64) -> Result<ParquetAbout, ReadFailure> {
    let Opened { size, metadata, .. } = open_checked(path)?;
    let columns = metadata
        .schema()
        .fields()
        .iter()
        .map(|field| ColumnSpec { name: field.name().clone(), kind: ColumnType::of(field) })
        .collect();
    let mut splits: Vec<Split> = Vec::new();
    let (mut rows, mut text_bytes, mut open) = (0_u64, 0_u64, false);
    for (number, group) in metadata.metadata().row_groups().iter().enumerate() {
        let bytes = u64::try_from(group.compressed_size()).unwrap_or(0).min(size);
        match splits.last_mut() {
            Some(last) if open => {
                last.end = number as u64 + 1;
                last.bytes += bytes;
            }
            _ => splits.push(Split {
                start: number as u64,
                end: number as u64 + 1,
                bytes,
                first_row: rows,
                ..Split::default()
            }),
        }
        open = splits.last().is_some_and(|last| last.bytes < split_bytes);
        rows += group.num_rows() as u64;
        text_bytes = text_bytes.saturating_add(u64::try_from(group.total_byte_size()).unwrap_or(0));
    }
    Ok(ParquetAbout { columns, rows, text_bytes, splits })
}

/// Opens a run of row groups.
pub(crate) fn open_parquet(
    item: &Item,
    columns: &[String],
    options: &ReadOptions,
) -> Result<Box<dyn PieceSource>, ReadFailure> {
    if item.codec != Codec::Plain {
        return Err(ReadFailure::Packed {
            path: item.path.clone(),
            format: "parquet",
            codec: item.codec.word(),
        });
    }
    let Opened { file, size, metadata } = open_checked(&item.path)?;
    let groups = metadata.metadata().row_groups();
    let (start, end) = (item.split.start, item.split.end);
    if start > end || end > groups.len() as u64 {
        let detail = format!("it has {} row groups", groups.len());
        return Err(ReadFailure::BadSplit { path: item.path.clone(), start, end, detail });
    }
    let mine = &groups[start as usize..end as usize];
    let rows: u64 = mine.iter().map(|g| g.num_rows() as u64).sum();
    let bytes: u64 = mine.iter().map(|g| u64::try_from(g.total_byte_size()).unwrap_or(0)).sum();
    let batch_rows = piece_rows(bytes, rows, columns.len());
    let roots: Vec<usize> = (metadata.schema().fields().iter().enumerate())
        .filter(|(_, field)| columns.iter().any(|c| c == field.name()))
        .map(|(at, _)| at)
        .collect();
    let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
    Ok(Box::new(Groups {
        file: Arc::new(file),
        metadata,
        mask,
        left: start as usize..end as usize,
        batch_rows,
        reader: None,
        path: item.path.clone(),
        size,
        row: item.split.first_row,
        first: item.split.first_row,
        all: rows.max(1),
        bytes: item.split.bytes,
        keep: options.on_damage == OnDamage::Keep,
        over: false,
    }))
}

struct Groups {
    file: Arc<File>,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    /// Row groups still to come.
    left: Range<usize>,
    batch_rows: usize,
    /// The row group that is being read.
    reader: Option<ParquetRecordBatchReader>,
    path: String,
    size: u64,
    row: u64,
    first: u64,
    all: u64,
    bytes: u64,
    keep: bool,
    over: bool,
}

impl Groups {
    /// The next rows; nothing at the end.
    fn rows(&mut self) -> Result<Option<RecordBatch>, ReadFailure> {
        let (path, size) = (self.path.clone(), self.size);
        loop {
            if let Some(reader) = &mut self.reader {
                let fail = |error: &ArrowError| damaged(&path, size, &error.to_string());
                let rows = guarded(&path, size, fail, || reader.next().transpose())?;
                if rows.is_some() {
                    return Ok(rows);
                }
                self.reader = None;
            }
            let Some(number) = self.left.next() else { return Ok(None) };
            let fail = |error: &ParquetError| failure(&path, size, error);
            self.reader = Some(guarded(&path, size, fail, || self.open_group(number))?);
        }
    }

    fn open_group(&self, number: usize) -> Result<ParquetRecordBatchReader, ParquetError> {
        let Self { file, metadata, mask, size, .. } = self;
        let group = metadata.metadata().row_group(number);
        let longest = check_pages(file, *size, group, |leaf| mask.leaf_included(leaf))
            .map_err(|error| ParquetError::General(format!("row group {number}: {error}")))?;
        ParquetRecordBatchReaderBuilder::new_with_metadata(file.try_clone()?, metadata.clone())
            .with_projection(mask.clone())
            .with_row_groups(vec![number])
            .with_batch_size(at_most(self.batch_rows, longest))
            .build()
    }
}

impl PieceSource for Groups {
    fn next(&mut self) -> Result<Option<(u64, Body)>, ReadFailure> {
        if self.over {
            return Ok(None);
        }
        match self.rows() {
            Ok(Some(rows)) => {
                let at = self.row;
                self.row += rows.num_rows() as u64;
                Ok(Some((at, Body::Columns(rows))))
            }
            Ok(None) => {
                self.over = true;
                Ok(None)
            }
            Err(failure) if self.keep => {
                self.over = true;
                Ok(Some((self.row, lost(0, &failure))))
            }
            Err(failure) => Err(failure),
        }
    }

    fn consumed(&self) -> u64 {
        (u128::from(self.bytes) * u128::from(self.row - self.first) / u128::from(self.all)) as u64
    }
}
