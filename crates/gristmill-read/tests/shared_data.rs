//! Readers against files that others wrote: `../shared/data`, where it is present.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::collections::BTreeMap;

use common::{How, files_under, read, shared};
use gristmill_read::{FormatKind, is_json};

#[test]
fn csv_spectrum_is_read_exactly() {
    let Some(folder) = shared("hostile/csv-spectrum") else { return };
    let mut count = 0;
    for path in files_under(&folder.join("csvs")) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let want = std::fs::read_to_string(folder.join("json").join(format!("{stem}.json"))).unwrap();
        let got = read(&path, &How::default()).unwrap();
        if want.trim_start().starts_with('{') {
            // One file's answer is a single object about other values: only its keys can agree.
            let want: BTreeMap<String, String> = serde_json::from_str(&want).unwrap();
            assert_eq!(got.names().into_iter().collect::<Vec<_>>().len(), want.len(), "{stem}");
            assert!(got.names().iter().all(|name| want.contains_key(name)), "{stem}");
            continue;
        }
        let want: Vec<BTreeMap<String, String>> = serde_json::from_str(&want).unwrap();
        let names = got.names();
        let rows: Vec<BTreeMap<String, String>> =
            got.texts().into_iter().map(|row| names.iter().cloned().zip(row).collect()).collect();
        assert_eq!(rows, want, "{stem}");
        assert!(got.trace.rejects.is_empty());
        count += 1;
    }
    assert!(count >= 10);
}

#[test]
fn json_grammar_is_exact() {
    let Some(folder) = shared("hostile/json-test-suite/test_parsing") else { return };
    let mut count = 0;
    for path in files_under(&folder) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        match name.as_bytes()[0] {
            b'y' => assert!(is_json(&bytes), "{name}"),
            b'n' => assert!(!is_json(&bytes), "{name}"),
            _ => {
                let _ = is_json(&bytes);
            }
        }
        // As a value of a line and of an array: read when it is JSON, quarantined when it is not.
        let one_line = !bytes.contains(&b'\n') && !bytes.contains(&b'\r');
        if one_line && name.starts_with(['y', 'n']) {
            let line = [b"{\"v\":".as_slice(), &bytes, b"}\n{\"v\":1}\n"].concat();
            let got = common::read_bytes("x.jsonl", &line, &How::default()).unwrap();
            let good = usize::from(name.starts_with('y'));
            assert_eq!(got.values().len(), 1 + good, "{name} {:?}", got.trace.rejects);
        }
        for file in ["x.jsonl", "x.json"] {
            let how = How { format: file.ends_with('n').then_some(FormatKind::Json), ..How::default() };
            if let Err(failure) = common::read_bytes(file, &bytes, &how) {
                assert!(failure.code().starts_with("GM_READ_"), "{name}: {failure:?}");
            }
        }
        count += 1;
    }
    assert!(count > 100);
}

#[test]
fn exports_give_the_message_table() {
    let Some(folder) = shared("chat") else { return };
    let table = read(&folder.join("messages.csv.gz"), &How::default()).unwrap();
    assert_eq!(table.values().len(), 28_306);
    let names = table.names();
    assert_eq!(
        names,
        [
            "message_id",
            "message_reference_message_id",
            "guild_id",
            "channel_id",
            "author_id",
            "author_bot",
            "content",
            "timestamp"
        ]
    );
    let utc = |text: &str| text.strip_suffix("+00:00").map(|t| format!("{t}Z")).unwrap();
    let mut want: Vec<Vec<String>> = table.texts();
    for row in &mut want {
        row[7] = utc(&row[7]);
    }
    want.sort();
    let mut got = Vec::new();
    for channel in ["ubuntu", "rust", "mediawiki"] {
        let how = How { key: Some("message_id".into()), ..How::default() };
        let export = read(&folder.join(format!("export-{channel}.json.gz")), &how).unwrap();
        assert_eq!(export.probe.format, FormatKind::Discord);
        assert_eq!(export.names(), names);
        for row in export.rows() {
            assert_eq!(row[0], row[1], "the id is the message id");
            // Null where the table has an empty field, never an empty text.
            assert_ne!(row[2].as_deref(), Some(""));
        }
        got.extend(export.texts());
    }
    got.sort();
    assert_eq!(got, want);
}

#[test]
fn hostile_columnar_files_end_in_rows_or_a_typed_failure() {
    let (mut read_well, mut refused) = (0, 0);
    for (part, format) in [
        ("hostile/parquet-testing/data", FormatKind::Parquet),
        ("hostile/parquet-testing/bad_data", FormatKind::Parquet),
        ("hostile/arrow-testing/parquet", FormatKind::Parquet),
        ("hostile/arrow-testing/arrow-ipc-file", FormatKind::Arrow),
        ("hostile/arrow-testing/arrow-ipc-stream", FormatKind::Arrow),
        ("hostile/arrow-testing/csv", FormatKind::Csv),
    ] {
        let Some(folder) = shared(part) else { return };
        for path in files_under(&folder) {
            let name = path.to_str().unwrap();
            if part.ends_with("testing/data") && !name.ends_with(".parquet") {
                continue;
            }
            let started = std::time::Instant::now();
            let outcome = read(&path, &How { format: Some(format), ..How::default() });
            assert!(started.elapsed().as_secs() < 20, "{name} took {:?}", started.elapsed());
            match &outcome {
                Ok(_) => read_well += 1,
                Err(failure) => {
                    assert!(failure.code().starts_with("GM_READ_"), "{name}: {failure:?}");
                    refused += 1;
                }
            }
            if part.ends_with("testing/data") && !name.contains("corrupt") && !name.contains("malformed") {
                // One file unfolds to 500,000 times its size, beyond what any file may declare.
                let bomb = outcome.as_ref().is_err_and(|f| f.message().contains("declares"));
                assert!(outcome.is_ok() || bomb, "{name}: {:?}", outcome.err());
            }
        }
    }
    assert!(read_well > 10 && refused > 10, "{read_well} {refused}");
}

#[test]
fn stress_file_keeps_its_lines() {
    let Some(path) = shared("hostile/utf8-stress/UTF-8-test.txt") else { return };
    let bytes = std::fs::read(&path).unwrap();
    let lines = memchr::memchr_iter(b'\n', &bytes).count() + usize::from(bytes.last() != Some(&b'\n'));
    let mut how = How::default();
    let strict = read(&path, &how).unwrap();
    let bad = bytes.split(|&b| b == b'\n').filter(|line| std::str::from_utf8(line).is_err()).count();
    assert_eq!(strict.codes(), vec!["GM_READ_UTF8"; bad]);
    assert_eq!(strict.rows().len() + bad, lines);
    how.options.invalid_utf8 = gristmill_read::InvalidUtf8::Replace;
    let replaced = read(&path, &how).unwrap();
    assert_eq!(replaced.rows().len(), lines);
    let want: Vec<String> = bytes
        .split(|&b| b == b'\n')
        .take(lines)
        .map(|line| String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned())
        .collect();
    let got: Vec<String> = replaced.texts().into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(got, want);
}
