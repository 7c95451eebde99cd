//! The layout of Parquet files that the Hub and readers rely on, and the figures read back from footers.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use gristmill_write::figures::figures;
use parquet::basic::Encoding;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use serde_json::{Value, json};
use support::{file, try_format};

fn columns() -> SchemaRef {
    Arc::new(
        Schema::new(vec![
            Field::new("text", DataType::Utf8, false),
            Field::new("source", DataType::Utf8, false),
            Field::new("n", DataType::Int64, false),
        ])
        .with_metadata([("pandas".to_owned(), "of another file".to_owned())]),
    )
}

/// Blocks of texts that do not repeat; `from` shifts where they start.
fn blocks(from: u64, count: u64) -> Vec<RecordBatch> {
    let numbers: Vec<u64> = (from..from + count * 1024).collect();
    let block = |numbers: &[u64]| {
        let texts: StringArray = numbers.iter().map(|n| Some(hashes(*n))).collect();
        let sources: StringArray = numbers.iter().map(|n| Some(["chat", "web"][(n % 2) as usize])).collect();
        let ns: Int64Array = numbers.iter().map(|n| Some(*n as i64)).collect();
        RecordBatch::try_new(columns(), vec![Arc::new(texts), Arc::new(sources), Arc::new(ns)]).unwrap()
    };
    numbers.chunks(1024).map(block).collect()
}

/// Twelve words that no other number has.
fn hashes(n: u64) -> String {
    let words: Vec<String> =
        (0..12).map(|seed| format!("{:x}", gristmill_core::row_hash(seed, "t", &n.to_string()))).collect();
    words.join(" ")
}

fn write(options: &Value, groups: &[Vec<RecordBatch>]) -> Vec<u8> {
    file(&*try_format("parquet", options, &columns()).unwrap(), groups)
}

fn footer(bytes: &[u8]) -> ParquetMetaData {
    ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(&Bytes::copy_from_slice(bytes))
        .unwrap()
}

#[test]
fn groups_become_row_groups_with_a_page_index() {
    let bytes = write(&json!({ "dictionary": ["source"] }), &[blocks(0, 8), blocks(8192, 3)]);
    let footer = footer(&bytes);
    assert_eq!(
        footer.file_metadata().created_by(),
        Some(concat!("gristmill version ", env!("CARGO_PKG_VERSION")))
    );
    let rows: Vec<i64> =
        footer.row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect();
    assert_eq!(rows, [8192, 3072]);
    for (at, group) in footer.row_groups().iter().enumerate() {
        let pages = footer.page_index_for_row_group(at);
        for column in 0..3 {
            assert!(pages.column_index(column).is_some());
            let first = pages.offset_index(column).unwrap().page_locations[0].offset;
            let chunk = group.column(column);
            let (start, length) = chunk.byte_range();
            assert!((start as i64..(start + length) as i64).contains(&first));
        }
        let dictionary = |column: usize| {
            group
                .column(column)
                .encodings()
                .any(|e| matches!(e, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY))
        };
        assert_eq!([dictionary(0), dictionary(1), dictionary(2)], [false, true, true]);
    }
    let keys: Vec<&str> =
        footer.file_metadata().key_value_metadata().unwrap().iter().map(|pair| pair.key.as_str()).collect();
    assert_eq!(keys, ["ARROW:schema"], "nothing of the input file's own metadata");
}

#[test]
fn pages_are_cut_by_content() {
    // The same rows after 700 new ones: most pages must come out with the same bytes.
    let plain = |options: &Value, from: u64| {
        let bytes = write(options, &[blocks(from, 40)]);
        let footer = footer(&bytes);
        let pages = footer.page_index_for_row_group(0);
        let spots = &pages.offset_index(0).unwrap().page_locations;
        spots
            .iter()
            .map(|spot| bytes[spot.offset as usize..][..spot.compressed_page_size as usize].to_vec())
            .collect::<Vec<_>>()
    };
    let shared = |options: Value| {
        let old = plain(&options, 700);
        let new = plain(&options, 0);
        (new.iter().filter(|page| old.contains(page)).count(), new.len())
    };
    let (same, of) = shared(json!({}));
    assert!(same * 3 >= of * 2, "{same} of {of} pages are shared");
    let (same, _) = shared(json!({ "content_defined_chunking": false }));
    assert_eq!(same, 0);
}

#[test]
fn figures_come_from_footers() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..2).map(|n| folder.path().join(format!("train-{n}.parquet"))).collect();
    let groups = [vec![blocks(0, 2)], vec![blocks(2048, 1), blocks(3072, 1)]];
    let mut arrow = 0;
    for (path, groups) in paths.iter().zip(&groups) {
        std::fs::write(path, write(&json!({}), groups)).unwrap();
        for block in groups.iter().flatten() {
            let text = |at: usize| {
                block.column(at).as_any().downcast_ref::<StringArray>().unwrap().value_data().len() + 4 * 1024
            };
            arrow += text(0) + text(1) + 8 * 1024;
        }
    }
    let got = figures(&paths).unwrap();
    assert_eq!(got["rows"], 4096);
    let bytes: u64 = paths.iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();
    assert_eq!(got["bytes"], bytes);
    // One closing offset per text column and row group.
    assert_eq!(got["num_bytes"], arrow + 3 * 2 * 4);
    assert_eq!(got["columns"][0], json!({ "name": "text", "type": "string" }));
    assert_eq!(got["files"][1]["row_groups"], 2);
}

#[test]
fn damaged_and_missing_files_have_codes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("half.parquet");
    let bytes = write(&json!({}), &[blocks(0, 1)]);
    assert_eq!(figures(std::slice::from_ref(&path)).unwrap_err().code(), "GM_WRITE_UNREADABLE");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(figures(std::slice::from_ref(&path)).unwrap_err().code(), "GM_WRITE_NOT_PARQUET");
}

#[test]
fn figures_of_nested_columns_do_not_count_empty_lists_as_items() {
    let int = Arc::new(Field::new("item", DataType::Int64, true));
    let columns = Arc::new(Schema::new(vec![Field::new("ids", DataType::List(int), true)]));
    let lists = vec![Some(vec![Some(1), None, Some(3)]), None, Some(vec![]), Some(vec![Some(4)])];
    let ids = arrow_array::ListArray::from_iter_primitive::<arrow_array::types::Int64Type, _, _>(lists);
    let block = RecordBatch::try_new(Arc::clone(&columns), vec![Arc::new(ids)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists.parquet");
    let format = try_format("parquet", &json!({}), &columns).unwrap();
    std::fs::write(&path, file(&*format, &[vec![block]])).unwrap();
    // Five offsets, four items of eight bytes, one byte that says which item is null.
    assert_eq!(figures(&[path]).unwrap()["num_bytes"], 5 * 4 + 4 * 8 + 1);
}
