//! R20: every format cut off at every byte gives whole rows or a typed failure, never a panic or an invented row.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, LargeStringArray, RecordBatch};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use common::{How, bzip2, gzip, read_bytes};
use gristmill_read::{FormatKind, OnDamage};
use parquet::arrow::ArrowWriter;

fn columns(rows: std::ops::Range<i64>) -> RecordBatch {
    let texts: LargeStringArray = rows.clone().map(|i| Some(format!("text {i}"))).collect();
    let numbers = Int64Array::from_iter_values(rows);
    RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef), ("n", Arc::new(numbers) as ArrayRef)])
        .unwrap()
}

fn parquet() -> Vec<u8> {
    let mut out = ArrowWriter::try_new(Vec::new(), columns(0..1).schema(), None).unwrap();
    for start in [0, 3] {
        out.write(&columns(start..start + 3)).unwrap();
        out.flush().unwrap();
    }
    out.into_inner().unwrap()
}

fn arrow_file() -> Vec<u8> {
    let mut out = FileWriter::try_new(Vec::new(), &columns(0..1).schema()).unwrap();
    out.write(&columns(0..3)).unwrap();
    out.write(&columns(3..6)).unwrap();
    out.into_inner().unwrap()
}

fn arrow_stream() -> Vec<u8> {
    let mut out = StreamWriter::try_new(Vec::new(), &columns(0..1).schema()).unwrap();
    out.write(&columns(0..3)).unwrap();
    out.write(&columns(3..6)).unwrap();
    out.into_inner().unwrap()
}

/// Whole rows of every prefix are a prefix of all rows.
fn check(name: &str, bytes: &[u8], format: FormatKind) {
    for on_damage in [OnDamage::Fail, OnDamage::Keep] {
        let mut how = How { format: Some(format), ..How::default() };
        how.options.on_damage = on_damage;
        let all = read_bytes(name, bytes, &how).unwrap();
        assert!(all.trace.rejects.is_empty(), "{name}: {:?}", all.trace.rejects);
        assert_eq!(all.rows().len(), 6, "{name}");
        for cut in 0..bytes.len() {
            match read_bytes(name, &bytes[..cut], &how) {
                Ok(got) => {
                    let (rows, all) = (got.rows(), all.rows());
                    // Columns may be missing when a schema is learned from fewer rows; ids tell rows.
                    let whole = rows.iter().zip(&all).filter(|(a, b)| a[0] == b[0]).count();
                    assert_eq!(whole, rows.len(), "{name} cut at {cut}");
                }
                Err(failure) => {
                    assert!(failure.code().starts_with("GM_READ_"), "{name} cut at {cut}: {failure:?}");
                    assert!(failure.message().contains(name), "{failure:?}");
                }
            }
        }
    }
}

fn jsonl() -> String {
    let lines: Vec<String> = (0..6).map(|i| format!("{{\"text\":\"line {i}\",\"n\":{i}}}\n")).collect();
    lines.concat()
}

fn csv() -> String {
    std::iter::once("text,n\n".to_owned()).chain((0..6).map(|i| format!("\"line\n{i}\",{i}\n"))).collect()
}

#[test]
fn text_formats() {
    check("f.jsonl", jsonl().as_bytes(), FormatKind::Jsonl);
    check("f.csv", csv().as_bytes(), FormatKind::Csv);
    check("f.txt", jsonl().as_bytes(), FormatKind::Text);
    let array = format!("[{}]", jsonl().trim_end().replace('\n', ","));
    check("f.json", array.as_bytes(), FormatKind::Json);
    let messages: Vec<String> =
        (0..6).map(|i| format!("{{\"id\":\"{i}\",\"type\":\"Default\",\"content\":\"c {i}\"}}")).collect();
    let export = format!(
        "{{\"guild\":{{\"id\":\"1\"}},\"channel\":{{\"id\":\"2\"}},\"messages\":[{}],\"messageCount\":6}}",
        messages.join(",")
    );
    check("f.json", export.as_bytes(), FormatKind::Discord);
}

#[test]
fn compressions() {
    let (first, second) = jsonl().split_at(60).to_owned_pair();
    for (name, pack) in [
        ("f.jsonl.gz", gzip as fn(&[u8]) -> Vec<u8>),
        ("f.jsonl.bz2", bzip2),
        ("f.jsonl.zst", |bytes| zstd::encode_all(bytes, 3).unwrap()),
    ] {
        // Two members, frames or streams, cut in the middle of a record.
        let bytes = [pack(first.as_bytes()), pack(second.as_bytes())].concat();
        check(name, &bytes, FormatKind::Jsonl);
    }
}

trait OwnedPair {
    fn to_owned_pair(self) -> (String, String);
}

impl OwnedPair for (&str, &str) {
    fn to_owned_pair(self) -> (String, String) {
        (self.0.to_owned(), self.1.to_owned())
    }
}

#[test]
fn columnar_formats() {
    check("f.parquet", &parquet(), FormatKind::Parquet);
    check("f.arrow", &arrow_file(), FormatKind::Arrow);
    check("f.arrows", &arrow_stream(), FormatKind::Arrow);
    check("f.arrow.gz", &gzip(&arrow_file()), FormatKind::Arrow);
}

#[test]
fn zstd_windows_are_limited() {
    let mut out = zstd::Encoder::new(Vec::new(), 1).unwrap();
    out.window_log(28).unwrap();
    out.include_contentsize(false).unwrap();
    std::io::Write::write_all(&mut out, b"x\n").unwrap();
    let bytes = out.finish().unwrap();
    let failure = read_bytes("f.txt.zst", &bytes, &How::default()).err().unwrap();
    assert_eq!(failure.code(), "GM_READ_ZSTD_WINDOW");
}

#[test]
fn row_numbers_and_types_of_columns() {
    for (name, bytes) in [("f.parquet", parquet()), ("f.arrow", arrow_file()), ("f.arrows", arrow_stream())] {
        let how = How { split_bytes: 1, ..How::default() };
        let got = read_bytes(name, &bytes, &how).unwrap();
        let rows: Vec<Vec<String>> =
            got.rows().into_iter().map(|row| row.into_iter().map(Option::unwrap).collect()).collect();
        for (i, row) in rows.iter().enumerate() {
            assert_eq!(*row, [format!("{name}:{i}"), format!("text {i}"), i.to_string()]);
        }
        assert_eq!(rows.len(), 6);
        if !name.ends_with('s') {
            assert_eq!((got.probe.splits.len(), got.probe.rows), (2, Some(6)), "{name}");
        }
    }
}
