//! Inputs with too much of something, and inputs in several files.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failed step is a failed test, a skipped test says so"
)]

mod common;

use std::time::Instant;

use common::{How, gzip, read, read_bytes, rows_of};
use gristmill_core::{FaultKind, StepTrace};
use gristmill_read::{
    ColumnSpec, ColumnType, FormatKind, Item, OpenRequest, ProbeRequest, ReadOptions, merge_columns, open,
    probe,
};
use proptest::prelude::*;

#[test]
fn forbidden_files_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.csv");
    std::fs::write(&path, "a\n1\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let failure = read(&path, &How::default()).err().unwrap();
    assert_eq!((failure.code(), failure.kind()), ("GM_READ_FORBIDDEN", FaultKind::Input));
    assert!(failure.message().contains("secret.csv"));
}

#[test]
fn too_many_keys_are_refused_unless_columns_are_declared() {
    let records: Vec<String> = (0..20_000).map(|i| format!("{{\"key {i}\":{i}}}")).collect();
    let lines = records.join("\n");
    let failure = read_bytes("a.jsonl", lines.as_bytes(), &How::default()).err().unwrap();
    assert_eq!((failure.code(), failure.kind()), ("GM_READ_TOO_MANY_COLUMNS", FaultKind::Usage));
    assert!(failure.message().contains("16384"), "{}", failure.message());
    let array = format!("[{}]", records.join(","));
    let failure = read_bytes("a.json", array.as_bytes(), &How::default()).err().unwrap();
    assert_eq!(failure.code(), "GM_READ_TOO_MANY_COLUMNS");
    let members: Vec<&str> = records[..16_384].iter().map(|record| &record[1..record.len() - 1]).collect();
    let fits = format!("{{{}}}\n{{}}\n", members.join(","));
    assert_eq!(read_bytes("a.jsonl", fits.as_bytes(), &How::default()).unwrap().names().len(), 16_384);
}

#[test]
fn a_hundred_thousand_csv_columns() {
    let record = |value: fn(usize) -> String| (0..100_000).map(value).collect::<Vec<_>>().join(",");
    let table = format!(
        "{}\n{}\n{}\n",
        record(|i| format!("c{i}")),
        record(|i| i.to_string()),
        record(|_| String::new())
    );
    let started = Instant::now();
    let got = read_bytes("a.csv", table.as_bytes(), &How::default()).unwrap();
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert_eq!((got.names().len(), got.trace.counts.rows_in), (100_000, 2));
    let rows = got.texts();
    assert_eq!((rows[0][99_999].as_str(), rows[1][99_999].as_str()), ("99999", ""));
}

#[test]
fn a_hundred_thousand_levels() {
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let started = Instant::now();
    let got = read_bytes("a.json", format!("{open}{close}").as_bytes(), &How::default()).unwrap();
    assert_eq!(got.codes(), ["GM_READ_JSON_DEPTH"]);
    let got =
        read_bytes("a.json", format!("[{{\"a\":{open}1{close}}},{{\"a\":2}}]").as_bytes(), &How::default())
            .unwrap();
    assert_eq!((got.rows().len(), got.codes()), (1, vec!["GM_READ_JSON_DEPTH".to_owned()]));
    let failure = read_bytes("a.json", open.as_bytes(), &How::default()).err().unwrap();
    assert_eq!(failure.code(), "GM_READ_TRUNCATED");
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn several_files_are_one_source() {
    let folder = tempfile::tempdir().unwrap();
    let files: [(&str, Vec<u8>); 4] = [
        ("one.csv", b"a,b\n1,x\n2,y\n".to_vec()),
        ("none.csv", b"b,c\n".to_vec()),
        ("two.jsonl.gz", gzip(b"{\"b\":\"z\",\"c\":3}\nbroken\n{\"a\":\"4\"}\n")),
        ("three.csv", b"c,a\n,5\n".to_vec()),
    ];
    for split_bytes in [1, 1 << 30] {
        let (mut items, mut columns) = (Vec::new(), Vec::new());
        for (name, bytes) in &files {
            let path = folder.path().join(name).to_str().unwrap().to_owned();
            std::fs::write(&path, bytes).unwrap();
            let (options, name) = (ReadOptions::default(), (*name).to_owned());
            let request =
                ProbeRequest { path: path.clone(), name: name.clone(), format: None, options, split_bytes };
            let about = probe(&request).unwrap();
            columns.push(about.columns);
            items.extend(about.splits.into_iter().map(|split| Item {
                path: path.clone(),
                name: name.clone(),
                format: about.format,
                codec: about.codec,
                split,
            }));
        }
        let columns = merge_columns(&columns);
        let kinds: Vec<(String, String)> =
            columns.iter().map(|c| (c.name.clone(), c.kind.clone().into())).collect();
        assert_eq!(kinds.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        let request =
            OpenRequest { splits: items, columns, options: ReadOptions::default(), key: None, source: None };
        let mut source = open(request).unwrap();
        let mut trace = [StepTrace::default()];
        let mut rows = Vec::new();
        while let Some(chunk) = source.cutter.next().unwrap() {
            let batch = source.parser.parse_steps(chunk, &mut trace).unwrap();
            assert_eq!(batch.schema(), source.schema);
            rows.extend(rows_of(batch.columns()));
        }
        let rows: Vec<Vec<&str>> =
            rows.iter().map(|row| row.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect()).collect();
        // CSV is text and JSON had a number, so the column holds JSON.
        let want = [
            ["one.csv:4", "1", "x", "-"],
            ["one.csv:8", "2", "y", "-"],
            ["two.jsonl.gz:0", "-", "z", "3"],
            ["two.jsonl.gz:23", "4", "-", "-"],
            ["three.csv:4", "5", "-", "\"\""],
        ];
        assert_eq!(rows, want, "{kinds:?}");
        let rejects = &trace[0].rejects;
        assert_eq!((rejects.len(), rejects[0].id.as_str()), (1, "two.jsonl.gz:16"));
        let progress = source.cutter.progress();
        assert_eq!(progress.bytes_done, progress.bytes_total);
    }
}

fn floats(text: &str, name: &str) -> Vec<u64> {
    let columns = Some(vec![ColumnSpec { name: "x".into(), kind: ColumnType::Float }]);
    let format = name.ends_with("json").then_some(FormatKind::Json);
    let got = read_bytes(name, text.as_bytes(), &How { format, columns, ..How::default() }).unwrap();
    assert!(got.trace.rejects.is_empty(), "{:?}", got.trace.rejects);
    let column = |batch: &gristmill_core::Batch| {
        use arrow_array::cast::AsArray;
        batch.columns().column(1).as_primitive::<arrow_array::types::Float64Type>().values().to_vec()
    };
    got.batches.iter().flat_map(column).map(f64::to_bits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn floats_are_the_nearest_to_their_digits(numbers in prop::collection::vec(
        prop_oneof![
            "-?(0|[1-9][0-9]{0,24})\\.[0-9]{1,30}([eE][+-]?[0-9]{1,2})?",
            "-?[1-9][0-9]{14,21}e-?[0-9]{1,2}",
            prop::num::f64::ANY.prop_filter("finite", |x| x.is_finite()).prop_map(|x| format!("{x:?}")),
            prop::num::f64::SUBNORMAL.prop_map(|x| format!("{x:e}")),
        ],
        1..40,
    )) {
        // The standard library's parser is correctly rounded.
        let want: Vec<u64> = numbers.iter().map(|text| text.parse::<f64>().unwrap().to_bits()).collect();
        let records: Vec<String> = numbers.iter().map(|text| format!("{{\"x\":{text}}}")).collect();
        prop_assert_eq!(floats(&records.join("\n"), "a.jsonl"), want.clone());
        prop_assert_eq!(floats(&format!("[{}]", records.join(",")), "a.json"), want);
    }
}
