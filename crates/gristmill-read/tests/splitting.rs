//! Splits depend on the input only: whatever their size, rows, ids and quarantine are those of one split. And no
//! bytes, however wild, make a reader panic.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{How, read_bytes};
use gristmill_read::FormatKind;
use proptest::prelude::*;

fn same_in_parts(name: &str, bytes: &[u8], format: FormatKind, split_bytes: u64) {
    let how = |split_bytes| How { format: Some(format), split_bytes, ..How::default() };
    let whole = read_bytes(name, bytes, &how(u64::MAX));
    let parts = read_bytes(name, bytes, &how(split_bytes));
    match (whole, parts) {
        (Ok(whole), Ok(parts)) => {
            assert_eq!(whole.rows(), parts.rows());
            assert_eq!(whole.trace.rejects, parts.trace.rejects);
            assert_eq!(whole.trace.counts, parts.trace.counts);
        }
        (Err(whole), Err(parts)) => assert_eq!(whole.code(), parts.code()),
        (whole, parts) => panic!("one split: {:?}, many: {:?}", whole.err(), parts.err()),
    }
}

/// Text made of the pieces that matter to a format.
fn made_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn csv(text in made_of(&["a", "\"", "\"\"", ",", "\n", "\r\n", "b c", "é", "\r", "x,y\n", "\"q\nq\"", ",\"z\""]), split in 1_u64..40) {
        same_in_parts("f.csv", format!("h,i\n{text}").as_bytes(), FormatKind::Csv, split);
    }

    #[test]
    fn jsonl(text in made_of(&["{\"a\":1}", "\n", "\n\n", "{\"a\":\"x\\n\"}", " ", "\r\n", "{", "é", "{\"b\":[1,{}]}\n"]), split in 1_u64..40) {
        same_in_parts("f.jsonl", text.as_bytes(), FormatKind::Jsonl, split);
        same_in_parts("f.txt", text.as_bytes(), FormatKind::Text, split);
    }

    #[test]
    fn arrays(text in made_of(&["{\"a\":1}", ",", "{\"a\":\"],\\\"\"},", " ", "\n", "]", "[", "{", "}", "\"", "é", "{\"b\":[1,{}]},"]), split in 1_u64..40) {
        same_in_parts("f.json", format!("[{text}]").as_bytes(), FormatKind::Json, split);
        let export = format!("{{\"guild\":{{}},\"channel\":{{\"id\":\"1\"}},\"messages\":[{{\"id\":\"1\"}},{text}],\"messageCount\":2}}");
        same_in_parts("f.json", export.as_bytes(), FormatKind::Discord, split);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), split in 1_u64..64) {
        for format in [FormatKind::Csv, FormatKind::Jsonl, FormatKind::Json, FormatKind::Text, FormatKind::Discord] {
            same_in_parts("f.x", &bytes, format, split);
        }
        for format in [FormatKind::Parquet, FormatKind::Arrow] {
            let how = How { format: Some(format), ..How::default() };
            if let Err(failure) = read_bytes("f.x", &bytes, &how) {
                prop_assert!(failure.code().starts_with("GM_READ_"));
            }
        }
    }
}

#[test]
fn large_files_in_parts() {
    let row = |i: u32| format!("{{\"id\":{i},\"text\":\"{}\"}}", "wörd \\\" ".repeat((i % 97) as usize));
    let lines: Vec<String> = (0..20_000).map(row).collect();
    let size = 700_001;
    same_in_parts("f.jsonl", lines.join("\n").as_bytes(), FormatKind::Jsonl, size);
    same_in_parts("f.json", format!("[{}]", lines.join(",\n ")).as_bytes(), FormatKind::Json, size);
    let rows: Vec<String> = (0..20_000).map(|i| format!("{i},\"a \"\"{i}\"\"\n, b\"")).collect();
    same_in_parts("f.csv", format!("id,text\n{}", rows.join("\r\n")).as_bytes(), FormatKind::Csv, size);
}
