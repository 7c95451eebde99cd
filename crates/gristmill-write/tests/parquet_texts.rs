//! Columns of texts, which this crate encodes itself, come out as the writer of the `parquet` crate encodes them.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, LargeBinaryArray, LargeStringArray, RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use bytes::Bytes;
use gristmill_core::row_hash;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::{CdcOptions, EnabledStatistics, WriterProperties};
use proptest::prelude::*;
use serde_json::json;
use support::{file, try_format};

const TYPES: [DataType; 4] = [DataType::Utf8, DataType::LargeUtf8, DataType::Binary, DataType::LargeBinary];

/// A column of texts.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    kind: usize,
    nullable: bool,
    /// One row of so many is null; none at 0.
    null_in: u64,
    /// Bytes of a value on average.
    mean: usize,
    by_content: bool,
}

prop_compose! {
    fn any_case()(
        seed in any::<u64>(),
        kind in 0..4usize,
        nullable in any::<bool>(),
        null_in in prop_oneof![Just(0), Just(1), Just(2), Just(9), Just(700)],
        mean in prop_oneof![Just(3usize), Just(12), Just(70), Just(900), Just(60_000), Just(700_000)],
        by_content in prop_oneof![3 => Just(true), 1 => Just(false)],
    ) -> Case {
        Case { seed, kind, nullable, null_in, mean, by_content }
    }
}

fn hash(seed: u64, row: u64, what: &str) -> u64 {
    row_hash(seed, what, &row.to_string()) as u64
}

/// Words of a small list, some with characters of several bytes; so long that bounds are cut inside.
fn value(case: &Case, row: u64) -> Option<String> {
    const WORDS: [&str; 8] = ["the ", "naïve ", "\u{10ffff}", "zebra ", "of ", "\u{7f}", "日本 ", "0"];
    if case.nullable && case.null_in > 0 && hash(case.seed, row, "null").is_multiple_of(case.null_in) {
        return None;
    }
    let length = hash(case.seed, row, "length") as usize % (2 * case.mean);
    let (mut text, mut state) = (String::with_capacity(length + 8), hash(case.seed, row, "text"));
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(WORDS[(state >> 61) as usize]);
    }
    Some(text)
}

fn blocks(case: &Case) -> (SchemaRef, Vec<RecordBatch>) {
    let field = Field::new("text", TYPES[case.kind].clone(), case.nullable);
    let columns: SchemaRef = Arc::new(Schema::new(vec![field]));
    let rows = (2_500_000 / case.mean as u64).clamp(5, 45_000);
    let values: Vec<Option<String>> = (0..rows).map(|row| value(case, row)).collect();
    let block = |values: &[Option<String>]| {
        let texts = values.iter().map(Option::as_deref);
        let bytes = values.iter().map(|value| value.as_ref().map(String::as_bytes));
        let array: ArrayRef = match case.kind {
            0 => Arc::new(texts.collect::<StringArray>()),
            1 => Arc::new(texts.collect::<LargeStringArray>()),
            2 => Arc::new(bytes.collect::<BinaryArray>()),
            _ => Arc::new(bytes.collect::<LargeBinaryArray>()),
        };
        RecordBatch::try_new(Arc::clone(&columns), vec![array]).unwrap()
    };
    let blocks = values.chunks(1024).map(block).collect();
    (columns, blocks)
}

fn by_the_crate(columns: &SchemaRef, blocks: &[RecordBatch], by_content: bool) -> Vec<u8> {
    let cut = CdcOptions { min_chunk_size: 256 << 10, max_chunk_size: 1 << 20, norm_level: 0 };
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap()))
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_content_defined_chunking(by_content.then_some(cut))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, Arc::clone(columns), Some(properties)).unwrap();
    for block in blocks {
        writer.write(block).unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn footer(bytes: &[u8]) -> ParquetMetaData {
    ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(&Bytes::copy_from_slice(bytes))
        .unwrap()
}

fn compare(case: &Case) {
    let (columns, blocks) = blocks(case);
    let options = json!({ "content_defined_chunking": case.by_content });
    let own = file(&*try_format("parquet", &options, &columns).unwrap(), std::slice::from_ref(&blocks));
    let theirs = by_the_crate(&columns, &blocks, case.by_content);

    let read = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(own.clone())).unwrap().build().unwrap();
    let rows: Vec<RecordBatch> = read.map(Result::unwrap).collect();
    assert_eq!(concat_batches(&columns, &rows).unwrap(), concat_batches(&columns, &blocks).unwrap());

    let (mine, wanted) = (footer(&own), footer(&theirs));
    let (group, same) = (mine.row_group(0), wanted.row_group(0));
    let (chunk, reference) = (group.column(0), same.column(0));
    let pages =
        |footer: &ParquetMetaData| footer.page_index_for_row_group(0).offset_index(0).unwrap().clone();
    let firsts =
        |footer| pages(footer).page_locations.iter().map(|page| page.first_row_index).collect::<Vec<_>>();
    // The crate writes a page without rows where a limit and the content cut at the same row; such pages are left out.
    let wanted_firsts = firsts(&wanted);
    let mut cuts = wanted_firsts.clone();
    cuts.dedup();
    assert_eq!(firsts(&mine), cuts, "pages are cut at the same rows");
    let index =
        |footer: &ParquetMetaData| footer.page_index_for_row_group(0).column_index(0).unwrap().clone();
    assert_eq!(chunk.statistics(), reference.statistics());
    assert_eq!(chunk.definition_level_histogram(), reference.definition_level_histogram());
    assert_eq!(chunk.unencoded_byte_array_data_bytes(), reference.unencoded_byte_array_data_bytes());
    assert_eq!((chunk.num_values(), group.num_rows()), (reference.num_values(), same.num_rows()));
    if cuts.len() < wanted_firsts.len() {
        return;
    }
    assert_eq!(index(&mine), index(&wanted));
    if blocks.iter().all(|block| block.column(0).null_count() == 0) {
        let bytes = |footer: &ParquetMetaData, file: &[u8]| {
            let (start, length) = footer.row_group(0).column(0).byte_range();
            file[start as usize..(start + length) as usize].to_vec()
        };
        assert!(bytes(&mine, &own) == bytes(&wanted, &theirs), "the chunks have the same bytes");
        assert_eq!((chunk, &pages(&mine)), (reference, &pages(&wanted)));
    } else {
        // Runs of levels may be told otherwise.
        assert!(chunk.compressed_size().abs_diff(reference.compressed_size()) < 200 + own.len() as u64 / 500);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn texts_are_encoded_as_the_crate_encodes_them(case in any_case()) {
        compare(&case);
    }
}

#[test]
fn each_type_with_and_without_nulls() {
    for kind in 0..4 {
        for (nullable, null_in) in [(false, 0), (true, 0), (true, 9), (true, 1)] {
            compare(&Case { seed: 7, kind, nullable, null_in, mean: 400, by_content: true });
        }
    }
}
