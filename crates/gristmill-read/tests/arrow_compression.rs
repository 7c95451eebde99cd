//! Arrow with compressed buffers, as other tools write it by default, and what a hostile one may ask for.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use common::{How, gzip, read_bytes};
use gristmill_read::OnDamage;

const TEXT: usize = 12_345;

fn batch(start: i64) -> RecordBatch {
    let texts: StringArray =
        (start..start + 500).map(|i| (i % 3 > 0).then(|| format!("text {}", i % 10))).collect();
    let numbers = Int64Array::from_iter_values(start..start + 500);
    let tags: DictionaryArray<Int32Type> =
        (0..500).map(|i| Some(if i % 2 == 0 { "even" } else { "odd" })).collect();
    let long: StringArray =
        (0..500).map(|i| Some(if i == 0 { "z".repeat(TEXT) } else { String::new() })).collect();
    let columns: [(&str, ArrayRef); 4] = [
        ("text", Arc::new(texts)),
        ("n", Arc::new(numbers)),
        ("tag", Arc::new(tags)),
        ("long", Arc::new(long)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

fn options(kind: Option<CompressionType>) -> IpcWriteOptions {
    IpcWriteOptions::default().try_with_compression(kind).unwrap()
}

fn file(kind: Option<CompressionType>) -> Vec<u8> {
    let schema = batch(0).schema();
    let mut out = FileWriter::try_new_with_options(Vec::new(), &schema, options(kind)).unwrap();
    out.write(&batch(0)).unwrap();
    out.write(&batch(500)).unwrap();
    out.into_inner().unwrap()
}

fn stream(kind: Option<CompressionType>) -> Vec<u8> {
    let schema = batch(0).schema();
    let mut out = StreamWriter::try_new_with_options(Vec::new(), &schema, options(kind)).unwrap();
    out.write(&batch(0)).unwrap();
    out.write(&batch(500)).unwrap();
    out.into_inner().unwrap()
}

#[test]
fn compressed_buffers_read_as_plain_ones_do() {
    let want = read_bytes("f.arrow", &file(None), &How::default()).unwrap().rows();
    assert_eq!(want.len(), 1000);
    for kind in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        assert!(file(Some(kind)).len() < file(None).len());
        let cases = [file(Some(kind)), stream(Some(kind)), gzip(&stream(Some(kind)))];
        for bytes in &cases {
            for split_bytes in [1, 1 << 30] {
                let how = How { split_bytes, ..How::default() };
                let got = read_bytes("f.arrow", bytes, &how).unwrap();
                assert_eq!(got.rows(), want, "{kind:?}");
            }
        }
    }
}

/// The length before the longest text's buffer, made another one.
fn declare(mut bytes: Vec<u8>, length: i64) -> Vec<u8> {
    let old = (TEXT as i64).to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 8).filter(|&at| bytes[at..at + 8] == old).collect();
    assert!(places.len() >= 2, "one a batch: {places:?}");
    for at in places {
        bytes[at..at + 8].copy_from_slice(&length.to_le_bytes());
    }
    bytes
}

#[test]
fn false_lengths_are_refused_before_they_are_allocated() {
    for kind in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        for bytes in [file(Some(kind)), stream(Some(kind))] {
            for length in [i64::MAX, 1 << 40, 1 << 30] {
                let failure =
                    read_bytes("f.arrow", &declare(bytes.clone(), length), &How::default()).err().unwrap();
                assert_eq!(failure.code(), "GM_READ_DAMAGED");
                assert!(failure.message().contains("declares"), "{}", failure.message());
            }
            // Within the bound, but not what the bytes unfold to.
            for length in [TEXT as i64 - 1, TEXT as i64 + 1, 1 << 23, i64::MIN] {
                let failure =
                    read_bytes("f.arrow", &declare(bytes.clone(), length), &How::default()).err().unwrap();
                assert_eq!(failure.code(), "GM_READ_DAMAGED", "{length}");
            }
        }
    }
}

#[test]
fn every_cut_of_a_compressed_file_ends_in_whole_rows_or_a_typed_failure() {
    for bytes in [file(Some(CompressionType::ZSTD)), stream(Some(CompressionType::LZ4_FRAME))] {
        let mut how = How::default();
        how.options.on_damage = OnDamage::Keep;
        let all = read_bytes("f.arrow", &bytes, &how).unwrap().rows();
        for cut in (0..bytes.len()).step_by(37) {
            match read_bytes("f.arrow", &bytes[..cut], &how) {
                Ok(got) => assert!(all.starts_with(&got.rows()), "cut at {cut}"),
                Err(failure) => assert!(failure.code().starts_with("GM_READ_"), "{failure:?}"),
            }
        }
    }
}
