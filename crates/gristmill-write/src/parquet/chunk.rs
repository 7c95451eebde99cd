//! A column chunk of pages of texts: the pages as a source to copy from, and what footer and page index say of them.

use std::io::Read;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::basic::{
    BoundaryOrder, Compression, ConvertedType, Encoding, EncodingMask, LogicalType, PageType, SortOrder, Type,
};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, LevelHistogram, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

use super::bounds::{lower, upper};
use super::page::Page;

/// The bytes of a chunk, in the pieces they were made in.
pub(super) struct ChunkBytes(Arc<Vec<Bytes>>);

impl Length for ChunkBytes {
    fn len(&self) -> u64 {
        self.0.iter().map(|piece| piece.len() as u64).sum()
    }
}

impl ChunkReader for ChunkBytes {
    type T = PieceReader;

    fn get_read(&self, start: u64) -> Result<PieceReader> {
        let mut reader = PieceReader { pieces: Arc::clone(&self.0), at: 0, rest: Bytes::new() };
        let skipped = std::io::copy(&mut reader.by_ref().take(start), &mut std::io::sink())?;
        if skipped < start {
            return Err(ParquetError::EOF(format!("a column chunk has no byte {start}")));
        }
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = vec![0; length];
        self.get_read(start)?.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads piece after piece.
pub(super) struct PieceReader {
    pieces: Arc<Vec<Bytes>>,
    at: usize,
    rest: Bytes,
}

impl Read for PieceReader {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.is_empty() {
            let Some(piece) = self.pieces.get(self.at) else { return Ok(0) };
            self.rest = piece.clone();
            self.at += 1;
        }
        let length = out.len().min(self.rest.len());
        self.rest.copy_to_slice(&mut out[..length]);
        Ok(length)
    }
}

/// Whether values are texts, by whose characters bounds are cut.
fn is_utf8(column: &ColumnDescriptor) -> bool {
    column.logical_type_ref() == Some(&LogicalType::String) || column.converted_type() == ConvertedType::UTF8
}

/// The chunk of these pages, in order.
pub(super) fn chunk(
    column: &ColumnDescPtr,
    compression: Compression,
    pages: Vec<Page>,
) -> Result<(ChunkBytes, ColumnCloseResult)> {
    let nullable = column.max_def_level() > 0;
    let rows: usize = pages.iter().map(|page| page.rows).sum();
    let (column_index, statistics) = indexes(column, &pages)?;
    let mut offsets = OffsetIndexBuilder::new();
    let mut histogram = LevelHistogram::try_new(column.max_def_level());
    let (mut packed, mut plain, mut value_bytes) = (0, 0, 0);
    for page in &pages {
        let size = page.header.len() + page.body.len();
        offsets.append_row_count(page.rows as i64);
        offsets.append_offset_and_size(packed as i64, i32::try_from(size)?);
        offsets.append_unencoded_byte_array_data_bytes(Some(page.value_bytes as i64));
        if let Some(histogram) = &mut histogram {
            count(histogram, page);
        }
        packed += size;
        plain += page.plain_size;
        value_bytes += page.value_bytes;
    }
    let encoding = PageEncodingStats {
        page_type: PageType::DATA_PAGE,
        encoding: Encoding::PLAIN,
        count: i32::try_from(pages.len())?,
    };
    let metadata = ColumnChunkMetaData::builder(Arc::clone(column))
        .set_compression(compression)
        .set_encodings_mask(EncodingMask::new_from_encodings([Encoding::PLAIN, Encoding::RLE].iter()))
        .set_page_encoding_stats(vec![encoding])
        .set_total_compressed_size(packed as i64)
        .set_total_uncompressed_size(plain as i64)
        .set_num_values(rows as i64)
        .set_data_page_offset(0)
        .set_statistics(statistics)
        .set_unencoded_byte_array_data_bytes(Some(value_bytes as i64))
        .set_definition_level_histogram(histogram.filter(|_| nullable))
        .build()?;
    let close = ColumnCloseResult {
        bytes_written: packed as u64,
        rows_written: rows as u64,
        metadata,
        bloom_filter: None,
        column_index: Some(column_index.build()?),
        offset_index: Some(offsets.build()),
    };
    let pieces = pages.into_iter().flat_map(|page| [page.header.into(), page.body.into()]).collect();
    Ok((ChunkBytes(Arc::new(pieces)), close))
}

fn count(histogram: &mut LevelHistogram, page: &Page) {
    histogram.increment_by(0, page.nulls as i64);
    histogram.increment_by(1, (page.rows - page.nulls) as i64);
}

/// The index of values and the statistics of the chunk.
fn indexes(column: &ColumnDescriptor, pages: &[Page]) -> Result<(ColumnIndexBuilder, Statistics)> {
    let utf8 = is_utf8(column);
    let mut index = ColumnIndexBuilder::new(Type::BYTE_ARRAY);
    for page in pages {
        let nulls = i64::try_from(page.nulls)?;
        match &page.range {
            Some((least, most)) => {
                index.append(false, lower(least, utf8).0, upper(most, utf8).0, nulls, None);
            }
            None => index.append(true, Vec::new(), Vec::new(), nulls, None),
        }
        let mut histogram = LevelHistogram::try_new(column.max_def_level());
        if let Some(histogram) = &mut histogram {
            count(histogram, page);
        }
        index.append_histograms(&None, &histogram);
    }
    let ranges: Vec<&(Vec<u8>, Vec<u8>)> = pages.iter().filter_map(|page| page.range.as_ref()).collect();
    index.set_boundary_order(order(&ranges));
    let nulls: usize = pages.iter().map(|page| page.nulls).sum();
    let least = ranges.iter().map(|range| &range.0).min().map(|value| lower(value, utf8));
    let most = ranges.iter().map(|range| &range.1).max().map(|value| upper(value, utf8));
    let exact = (least.as_ref().is_some_and(|bound| bound.1), most.as_ref().is_some_and(|bound| bound.1));
    let statistics = ValueStatistics::new(
        least.map(|bound| ByteArray::from(bound.0)),
        most.map(|bound| ByteArray::from(bound.0)),
        None,
        Some(nulls as u64),
        false,
    );
    let signed = column.sort_order() == SortOrder::SIGNED;
    let statistics = statistics
        .with_backwards_compatible_min_max(signed)
        .with_min_is_exact(exact.0)
        .with_max_is_exact(exact.1);
    Ok((index, Statistics::ByteArray(statistics)))
}

fn order(ranges: &[&(Vec<u8>, Vec<u8>)]) -> BoundaryOrder {
    let each = |in_order: fn(&Vec<u8>, &Vec<u8>) -> bool| {
        ranges.windows(2).all(|pair| in_order(&pair[0].0, &pair[1].0) && in_order(&pair[0].1, &pair[1].1))
    };
    if each(|a, b| a <= b) {
        BoundaryOrder::ASCENDING
    } else if each(|a, b| a >= b) {
        BoundaryOrder::DESCENDING
    } else {
        BoundaryOrder::UNORDERED
    }
}
