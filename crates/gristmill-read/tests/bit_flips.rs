//! R21: formats with checksums never give a wrong row; the others end in rows or a typed failure.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use common::{How, bzip2, gzip, read_bytes};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

fn lines() -> String {
    let lines: Vec<String> =
        (0..12).map(|i| format!("{{\"text\":\"line {i} {}\",\"n\":{i}}}\n", i * 7919)).collect();
    lines.concat()
}

fn zstd_with_checksum(bytes: &[u8]) -> Vec<u8> {
    let mut out = zstd::Encoder::new(Vec::new(), 3).unwrap();
    out.include_checksum(true).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit, flipped)
    })
}

#[test]
fn checksums_keep_wrong_rows_out() {
    for (name, bytes) in [
        ("f.jsonl.gz", gzip(lines().as_bytes())),
        ("f.jsonl.bz2", bzip2(lines().as_bytes())),
        ("f.jsonl.zst", zstd_with_checksum(lines().as_bytes())),
    ] {
        let want = read_bytes(name, &bytes, &How::default()).unwrap().rows();
        let mut refused = 0;
        // A bzip2 decoder takes megabytes for every try.
        for (bit, flipped) in flips(&bytes).step_by(if name.ends_with("bz2") { 7 } else { 1 }) {
            match read_bytes(name, &flipped, &How::default()) {
                // Without its magic the file is plain text and not JSON: no row, all of it in quarantine.
                Ok(got) if got.rows().is_empty() => {
                    assert!(!got.trace.rejects.is_empty(), "{name} bit {bit}: lost without a word");
                }
                Ok(got) => assert_eq!(got.rows(), want, "{name} bit {bit}"),
                Err(failure) => {
                    assert!(failure.code().starts_with("GM_READ_"), "{name} bit {bit}: {failure:?}");
                    refused += 1;
                }
            }
        }
        assert!(refused > bytes.len() / 2, "{name}: {refused}");
    }
}

#[test]
fn parquet_ends_in_rows_or_a_typed_failure() {
    let texts: StringArray = (0..40).map(|i| Some(format!("text {}", i % 7))).collect();
    let numbers = Int64Array::from_iter_values(0..40);
    let columns: [(&str, ArrayRef); 2] = [("text", Arc::new(texts)), ("n", Arc::new(numbers))];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(parquet::basic::ZstdLevel::default()),
    ] {
        let properties = WriterProperties::builder().set_compression(compression).build();
        let mut out = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties)).unwrap();
        out.write(&rows).unwrap();
        let bytes = out.into_inner().unwrap();
        let (mut read, mut refused) = (0, 0);
        for (bit, flipped) in flips(&bytes).step_by(5) {
            match read_bytes("f.parquet", &flipped, &How::default()) {
                Ok(_) => read += 1,
                Err(failure) => {
                    let code = failure.code();
                    assert!(code.starts_with("GM_READ_"), "{compression:?} bit {bit}: {failure:?}");
                    refused += 1;
                }
            }
        }
        assert!(read > 0 && refused > 100, "{compression:?}: {read} {refused}");
    }
}
