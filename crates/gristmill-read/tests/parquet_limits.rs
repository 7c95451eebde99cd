//! R27: what a Parquet page declares is checked before it is allocated.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use common::{How, read_bytes};
use gristmill_read::OnDamage;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};

const TEXT: usize = 1_500_000;

/// Two row groups; each has one page of one text.
fn parquet(version: WriterVersion) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_writer_version(version)
        .set_dictionary_enabled(false)
        .set_encoding(parquet::basic::Encoding::PLAIN)
        .build();
    let rows = |letter: &str| {
        let column = Arc::new(StringArray::from(vec![letter.repeat(TEXT)])) as ArrayRef;
        RecordBatch::try_from_iter([("text", column)]).unwrap()
    };
    let mut out = ArrowWriter::try_new(Vec::new(), rows("a").schema(), Some(properties)).unwrap();
    for letter in ["a", "b"] {
        out.write(&rows(letter)).unwrap();
        out.flush().unwrap();
    }
    out.into_inner().unwrap()
}

/// A number as page headers write it; four bytes hold up to 134 million.
fn varint(number: usize) -> [u8; 4] {
    let number = number << 1;
    [0, 7, 14, 21].map(|shift| ((number >> shift) & 0x7f) as u8 | if shift < 21 { 0x80 } else { 0 })
}

/// Makes the size of the page in the last row group another one.
fn declare(mut bytes: Vec<u8>, size: usize) -> Vec<u8> {
    // Field 2 of the header: a 32-bit number.
    let old = [&[0x15][..], &varint(TEXT + 4)].concat();
    let at = bytes.windows(5).rposition(|window| window == old).unwrap();
    bytes[at + 1..at + 5].copy_from_slice(&varint(size));
    bytes
}

#[test]
fn false_page_sizes_are_refused() {
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let bytes = parquet(version);
        let mut how = How::default();
        assert_eq!(read_bytes("f.parquet", &bytes, &how).unwrap().rows().len(), 2);
        let failure = read_bytes("f.parquet", &declare(bytes.clone(), 130_000_000), &how).err().unwrap();
        assert_eq!(failure.code(), "GM_READ_DAMAGED");
        assert!(failure.message().contains("declares 130000000 bytes"), "{}", failure.message());
        // Within the bound: the library sees that the page is not as long.
        let failure = read_bytes("f.parquet", &declare(bytes.clone(), TEXT + 5), &how).err().unwrap();
        assert_eq!(failure.code(), "GM_READ_DAMAGED");
        // The row groups before it can be kept.
        how.options.on_damage = OnDamage::Keep;
        let got = read_bytes("f.parquet", &declare(bytes, 130_000_000), &how).unwrap();
        assert_eq!((got.rows().len(), got.codes()), (1, vec!["GM_READ_DAMAGED".to_owned()]));
    }
}
