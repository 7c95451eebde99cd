//! What is written is read back the same, by independent readers, and does not show where its rows came from.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod rows;
mod support;

use std::collections::BTreeMap;
use std::io::Read;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use bytes::Bytes;
use gristmill_core::FaultKind;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use rows::{Row, any_row, batch, copied, format, raw_json, schema, sliced};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use support::{file, try_format};

const LINE_FORMATS: [&str; 3] = ["jsonl", "csv", "text"];

fn some_rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(any_row(), 0..40)
}

fn read_parquet(bytes: Vec<u8>) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap();
    assert_eq!(*reader.schema(), schema());
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema(), &batches).unwrap()
}

fn read_arrow(bytes: Vec<u8>) -> RecordBatch {
    let reader = arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
    assert_eq!(reader.schema(), schema());
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    concat_batches(&schema(), &batches).unwrap()
}

fn expand(compress: &str, bytes: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    match compress {
        "gzip" => {
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut out).unwrap();
        }
        "zstd" => {
            zstd::Decoder::new(&bytes[..]).unwrap().read_to_end(&mut out).unwrap();
        }
        _ => return bytes,
    }
    out
}

/// A plain CSV reader after RFC 4180, only for these tests.
fn read_csv(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut chars = std::str::from_utf8(bytes).unwrap().chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        let record = records.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                record.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(String::new()),
            '\n' if !quoted => records.push(vec![String::new()]),
            c => record.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted);
    assert_eq!(records.pop(), Some(vec![String::new()]), "a file ends with a line feed");
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn columnar_formats_give_the_rows_back(rows in some_rows(), step in 1usize..20) {
        let want = batch(&rows);
        for options in [json!({}), json!({ "content_defined_chunking": false, "dictionary": ["text", "turns.role"] })] {
            let bytes = file(&*format("parquet", &options), &sliced(&rows, step));
            prop_assert_eq!(&read_parquet(bytes), &want);
        }
        let bytes = file(&*format("arrow", &json!({})), &sliced(&rows, step));
        prop_assert_eq!(&read_arrow(bytes), &want);
    }

    #[test]
    fn bytes_do_not_show_where_rows_came_from(rows in some_rows(), step in 1usize..20) {
        for kind in ["parquet", "arrow", "jsonl", "csv", "text"] {
            let format = format(kind, &json!({}));
            let first = file(&*format, &sliced(&rows, step));
            prop_assert_eq!(&first, &file(&*format, &copied(&rows, step)), "{}", kind);
            prop_assert_eq!(&first, &file(&*format, &sliced(&rows, step)), "{} again", kind);
        }
    }

    #[test]
    fn groups_do_not_show_in_line_formats(rows in some_rows(), step in 1usize..20) {
        for kind in LINE_FORMATS {
            let whole = vec![vec![batch(&rows)]];
            let want = file(&*format(kind, &json!({})), &whole);
            for compress in ["none", "gzip", "zstd"] {
                let format = format(kind, &json!({ "compress": compress }));
                prop_assert_eq!(&expand(compress, file(&*format, &sliced(&rows, step))), &want, "{} {}", kind, compress);
            }
        }
    }

    #[test]
    fn jsonl_parses_back(rows in some_rows()) {
        let bytes = file(&*format("jsonl", &json!({})), &sliced(&rows, 7));
        let lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap().split_terminator('\n').collect();
        prop_assert_eq!(lines.len(), rows.len());
        for (line, row) in lines.iter().zip(&rows) {
            let read: Value = serde_json::from_str(line).unwrap();
            prop_assert_eq!(&read["text"], &json!(row.text));
            prop_assert_eq!(&read["count"], &json!(row.count));
            // Parsed by the standard library: serde_json's own float parser may miss the last bit.
            let raw: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).unwrap();
            prop_assert_eq!(raw["score"].get().parse::<f64>().ok(), row.score);
            prop_assert_eq!(&read["good"], &json!(row.good));
            let turns: Vec<Value> =
                row.turns.iter().map(|(role, content)| json!({ "role": role, "content": content })).collect();
            prop_assert_eq!(&read["turns"], &json!(turns));
            prop_assert_eq!(&read["ids"], &json!(row.ids));
            prop_assert_eq!(&read["raw"], &json!({ "n": row.raw }));
            let first = line.starts_with("{\"text\":");
            prop_assert!(first, "{}", line);
        }
    }

    #[test]
    fn csv_parses_back(rows in some_rows()) {
        let records = read_csv(&file(&*format("csv", &json!({})), &sliced(&rows, 7)));
        prop_assert_eq!(records.len(), rows.len() + 1);
        prop_assert_eq!(records[0].join(" "), "text count score good turns ids raw seen");
        for (record, row) in records[1..].iter().zip(&rows) {
            prop_assert_eq!(&record[0], row.text.as_deref().unwrap_or(""));
            prop_assert_eq!(&record[1], &row.count.map_or(String::new(), |n| n.to_string()));
            prop_assert_eq!(record[2].parse::<f64>().ok(), row.score);
            prop_assert_eq!(serde_json::from_str::<Value>(&record[5]).ok(), row.ids.as_ref().map(|ids| json!(ids)));
            prop_assert_eq!(&record[6], &raw_json(row.raw));
        }
    }
}

#[test]
fn empty_files_are_whole_files() {
    for groups in [vec![], vec![vec![]], vec![vec![batch(&[])]]] {
        assert_eq!(read_parquet(file(&*format("parquet", &json!({})), &groups)).num_rows(), 0);
        assert_eq!(read_arrow(file(&*format("arrow", &json!({})), &groups)).num_rows(), 0);
        for compress in ["none", "gzip", "zstd"] {
            let options = json!({ "compress": compress });
            assert_eq!(expand(compress, file(&*format("jsonl", &options), &groups)), b"");
            let csv = expand(compress, file(&*format("csv", &options), &groups));
            assert_eq!(csv, b"text,count,score,good,turns,ids,raw,seen\n");
        }
    }
}

#[test]
fn extensions() {
    for (kind, options, want) in [
        ("parquet", json!({}), "parquet"),
        ("arrow", json!({}), "arrow"),
        ("jsonl", json!({}), "jsonl"),
        ("jsonl", json!({ "compress": "gzip" }), "jsonl.gz"),
        ("csv", json!({ "compress": "zstd" }), "csv.zst"),
        ("text", json!({ "compress": "none" }), "txt"),
    ] {
        assert_eq!(format(kind, &options).extension(), want);
    }
    assert_eq!(format("parquet", &json!({})).group_bytes(), 100_000_000);
    let small = format("parquet", &json!({ "row_group_bytes": 5 }));
    assert_eq!((small.group_bytes(), small.group_bytes_behind(1 << 40)), (5, 5));
    let behind = |bytes| format("parquet", &json!({})).group_bytes_behind(bytes);
    assert_eq!(
        [0, 64_000_000, 400_000_000, 4_000_000_000].map(behind),
        [8_000_000, 8_000_000, 50_000_000, 100_000_000]
    );
}

#[test]
fn wrong_options_are_refused() {
    for (kind, options, code) in [
        ("parquet", json!({ "level": 3 }), "GM_STEP_BAD_OPTIONS"),
        ("parquet", json!({ "zstd_level": 99 }), "GM_WRITE_BAD_OPTION"),
        ("parquet", json!({ "row_group_bytes": 0 }), "GM_WRITE_BAD_OPTION"),
        ("parquet", json!({ "dictionary": ["nothing"] }), "GM_WRITE_MISSING_COLUMN"),
        ("jsonl", json!({ "compress": "brotli" }), "GM_STEP_BAD_OPTIONS"),
        ("text", json!({ "column": "body" }), "GM_WRITE_MISSING_COLUMN"),
        ("text", json!({ "column": "count" }), "GM_WRITE_NOT_TEXT"),
        ("arrow", json!({ "compress": "zstd" }), "GM_STEP_BAD_OPTIONS"),
    ] {
        let failure = try_format(kind, &options, &schema()).err().unwrap();
        assert_eq!((failure.code(), failure.kind()), (code, FaultKind::Usage), "{kind} {options}");
    }
}

#[test]
fn bad_json_in_a_json_column_is_an_error_not_a_broken_line() {
    use std::sync::Arc;
    let field = schema().field_with_name("raw").unwrap().clone();
    let columns = Arc::new(arrow_schema::Schema::new(vec![field]));
    let cells = Arc::new(arrow_array::StringArray::from(vec!["{\"a\": 1}", "{\"a\": "]));
    let block = RecordBatch::try_new(Arc::clone(&columns), vec![cells]).unwrap();
    let failure = try_format("jsonl", &json!({}), &columns).unwrap().encode(&[block]).err().unwrap();
    assert_eq!(failure.code(), "GM_WRITE_BAD_JSON");
    assert!(failure.message().contains("row 1"), "{}", failure.message());
}

#[test]
fn formulas_are_escaped_on_request_only() {
    let row = Row {
        text: Some("=1+1".into()),
        count: Some(-1),
        score: None,
        good: None,
        turns: vec![],
        ids: None,
        raw: 0,
        seen: None,
    };
    for (escape, want) in [(false, "=1+1,-1,"), (true, "'=1+1,-1,")] {
        let format = format("csv", &json!({ "escape_formulas": escape }));
        let bytes = file(&*format, &[vec![batch(std::slice::from_ref(&row))]]);
        assert!(String::from_utf8(bytes).unwrap().lines().nth(1).unwrap().starts_with(want));
    }
}
