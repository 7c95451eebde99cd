//! What a user sees: columns, ids, quarantine, policies, failures.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use common::{How, Outcome, gzip, read, read_bytes};
use gristmill_core::FaultKind;
use gristmill_read::{ColumnSpec, ColumnType, FormatKind, InvalidUtf8, Nested, OnDamage, UnknownKeys};

fn get(name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    read_bytes(name, bytes.as_ref(), &How::default()).unwrap()
}

fn fail(name: &str, bytes: impl AsRef<[u8]>, format: Option<FormatKind>) -> &'static str {
    let failure = read_bytes(name, bytes.as_ref(), &How { format, ..How::default() }).err().unwrap();
    assert_eq!(failure.kind(), FaultKind::Input, "{failure:?}");
    failure.code()
}

fn ids(outcome: &Outcome) -> Vec<String> {
    outcome.rows().into_iter().map(|mut row| row.remove(0).unwrap()).collect()
}

#[test]
fn csv_values_stay_what_they_are() {
    let got = get("a.csv", "\u{feff}a,b\r\nNA,null\nnan,\r\n\"x\ny\",\"q\"\"q\"\n1\n1,2,3\n\"a\"b,c\n");
    assert_eq!(got.names(), ["a", "b"]);
    assert_eq!(got.texts(), [["NA", "null"], ["nan", ""], ["x\ny", "q\"q"]]);
    assert_eq!(got.values()[1][1].as_deref(), Some(""), "an empty field is an empty text");
    assert_eq!(got.codes(), ["GM_READ_CSV_FIELDS", "GM_READ_CSV_FIELDS", "GM_READ_CSV_QUOTES"]);
    assert_eq!(ids(&got), ["a.csv:8", "a.csv:16", "a.csv:22"]);
    assert_eq!(got.trace.counts.rows_in, 6);
    let open = get("a.csv", "a,b\n1,2\n\"3,4\n5,6\n");
    assert_eq!((open.texts().len(), open.codes()), (1, vec!["GM_READ_CSV_QUOTES".to_owned()]));
    assert_eq!(fail("a.csv", "a,a\n1,2\n", None), "GM_READ_CSV_HEADER");
    assert_eq!(get("a.tsv", "a\tb\n1,0\t2\n").texts(), [["1,0", "2"]]);
    assert_eq!(get("a.csv", "a,b\r1,2\r3,4\r").texts(), [["1", "2"], ["3", "4"]]);
}

#[test]
fn empty_inputs_have_no_rows() {
    for (name, format) in [
        ("a.csv", None),
        ("a.jsonl", None),
        ("a.json", None),
        ("a.txt", None),
        ("a.parquet", None),
        ("a.arrow", None),
        ("a.json", Some(FormatKind::Discord)),
    ] {
        let got = read_bytes(name, b"", &How { format, ..How::default() }).unwrap();
        assert_eq!((got.rows().len(), got.trace.counts.rows_in), (0, 0), "{name}");
    }
    for (name, bytes) in [("a.csv", "a,b\n"), ("a.jsonl", "\n\n"), ("a.json", " [ ] "), ("a.csv.gz", "a\n")] {
        let bytes = if name.ends_with("gz") { gzip(bytes.as_bytes()) } else { bytes.into() };
        assert_eq!(get(name, bytes).trace.counts.rows_in, 0, "{name}");
    }
}

#[test]
fn json_types_and_quarantine() {
    let text = concat!(
        "{\"t\":\"a\\u0000\\ud800\",\"n\":1,\"f\":1.5,\"b\":true,\"o\":{\"x\": [1]},\"z\":null}\n",
        "{\"n\":2,\"f\":2,\"n\":3}\r\n\n",
        "[1]\n{\"t\":1,}\n{\"t\":\"x\"} y\n"
    );
    let got = get("d/a.jsonl".rsplit('/').next().unwrap(), text);
    let kinds: Vec<String> = got.probe.columns.iter().map(|c| String::from(c.kind.clone())).collect();
    assert_eq!(kinds, ["text", "int", "float", "bool", "json", "null"]);
    let rows = got.values();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][0].as_deref(), Some("a\0\u{fffd}"));
    assert_eq!(rows[0][4].as_deref(), Some("{\"x\": [1]}"), "raw JSON stays as it is");
    assert_eq!(rows[1][1].as_deref(), Some("3"), "the last of equal keys wins");
    assert_eq!(rows[1][0], None);
    assert_eq!(got.codes(), ["GM_READ_NOT_AN_OBJECT", "GM_READ_JSON", "GM_READ_JSON"]);
    let deep = format!("{{\"a\":{}{}}}\n{{\"a\":1}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let got = get("a.jsonl", deep);
    assert_eq!((got.rows().len(), got.codes()), (1, vec!["GM_READ_JSON_DEPTH".to_owned()]));
}

#[test]
fn declared_columns_rule() {
    let columns = vec![
        ColumnSpec { name: "n".into(), kind: ColumnType::Int },
        ColumnSpec { name: "gone".into(), kind: ColumnType::Text },
    ];
    let mut how = How { columns: Some(columns), key: Some("n".into()), ..How::default() };
    let text = "{\"n\":1}\n{\"n\":\"x\"}\n{\"n\":2,\"y\":3}\n{\"n\":null}\n";
    let got = read_bytes("a.jsonl", text.as_bytes(), &how).unwrap();
    assert_eq!(ids(&got), ["1", "a.jsonl:32"]);
    assert_eq!(got.codes(), ["GM_READ_WRONG_TYPE", "GM_READ_UNKNOWN_KEY"]);
    assert!(got.trace.rejects[0].excerpt.contains("`n`") && got.trace.rejects[0].excerpt.contains("columns"));
    assert_eq!(got.trace.rejects[1].id, "a.jsonl:18");
    how.options.unknown_keys = UnknownKeys::Ignore;
    assert_eq!(read_bytes("a.jsonl", text.as_bytes(), &how).unwrap().rows().len(), 3);
}

#[test]
fn json_arrays() {
    let got = get("a.json", " [ {\"a\":1} ,\n{\"a\":],{\"a\":2}, 7 ,,{\"a\":\"],[\"}] ");
    assert_eq!(got.rows().len(), 3, "a broken element does not take its neighbours with it");
    assert_eq!(got.codes(), ["GM_READ_JSON", "GM_READ_NOT_AN_OBJECT", "GM_READ_JSON"]);
    let got = get("a.json", "[{\"a\":1}, {\"a\" 2},{\"a\":3},7,,{\"a\":4},]\n");
    assert_eq!(ids(&got), ["a.json:1", "a.json:18", "a.json:29"]);
    let want = ["GM_READ_JSON", "GM_READ_NOT_AN_OBJECT", "GM_READ_JSON", "GM_READ_JSON"];
    assert_eq!(got.codes(), want);
    assert_eq!(fail("a.json", "[{\"a\":1}", None), "GM_READ_TRUNCATED");
    assert_eq!(fail("a.json", "[{\"a\":1}] x", None), "GM_READ_DAMAGED");
    assert_eq!(fail("a.json", "{\"a\":1}", Some(FormatKind::Json)), "GM_READ_NOT_AN_ARRAY");
    assert_eq!(get("a.json", "{\"a\":1}\n{\"a\":2}").probe.format, FormatKind::Jsonl);
}

#[test]
fn encodings() {
    assert_eq!(fail("a.txt", b"\xff\xfea\0", None), "GM_READ_UTF16");
    assert_eq!(fail("a.csv", b"\xfe\xff\0a", None), "GM_READ_UTF16");
    let bytes = b"\xef\xbb\xbfone\ntw\xffo\nthr\0ee";
    let got = get("a.txt", bytes);
    assert_eq!(got.texts(), [["one"], ["thr\0ee"]]);
    assert_eq!(got.trace.rejects[0].id, "a.txt:7");
    let mut how = How::default();
    how.options.invalid_utf8 = InvalidUtf8::Replace;
    assert_eq!(read_bytes("a.txt", bytes, &how).unwrap().texts()[1], ["tw\u{fffd}o"]);
    for (name, bytes) in
        [("a.csv", &b"a,b\n1,\xff\n2,3\n"[..]), ("a.jsonl", b"{\"a\":\"\xff\"}\n{\"a\":\"3\"}\n")]
    {
        assert_eq!(get(name, bytes).codes(), ["GM_READ_UTF8"], "{name}");
        assert_eq!(read_bytes(name, bytes, &how).unwrap().rows().len(), 2, "{name}");
    }
}

#[test]
fn files_that_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let code = |path: &std::path::Path| read(path, &How::default()).err().unwrap().code();
    assert_eq!(code(&folder.path().join("none.csv")), "GM_READ_MISSING");
    assert_eq!(code(folder.path()), "GM_READ_IS_FOLDER");
    assert_eq!(fail("a.xyz", "hello", None), "GM_READ_UNKNOWN_FORMAT");
    assert_eq!(fail("a.parquet.gz", gzip(b"PAR1"), Some(FormatKind::Parquet)), "GM_READ_PACKED");
}

#[test]
fn exports() {
    let head = r#"{"guild":{"id":"1","name":"g"},"channel":{"id":"2"},"messages":["#;
    let message = |id: u32, kind: &str| {
        format!(
            r#"{{"id":"{id}","type":"{kind}","timestamp":"2024-03-01T00:30:00+01:00","content":"a\n\"{id}\"","author":{{"id":"9","isBot":true}},"reference":{{"messageId":"5"}}}}"#
        )
    };
    let text = format!(
        "{head}{},{},{},{{\"id\":7,\"timestamp\":\"now\"}}],\"messageCount\":4}}",
        message(1, "Reply"),
        message(2, "ChannelPinnedMessage"),
        message(3, "Default")
    );
    let how = How { key: Some("message_id".into()), ..How::default() };
    let got = read_bytes("e.json", text.as_bytes(), &how).unwrap();
    assert_eq!(got.probe.format, FormatKind::Discord);
    assert_eq!(ids(&got), ["1", "2", "3"]);
    let references: Vec<_> = got.values().into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(references, [Some("5".to_owned()), None, None]);
    assert_eq!(got.texts()[0][2..], ["1", "2", "9", "true", "a\n\"1\"", "2024-02-29T23:30:00.000Z"]);
    assert_eq!(got.codes(), ["GM_READ_WRONG_TYPE"]);
    let discord = Some(FormatKind::Discord);
    assert_eq!(fail("e.json", "{\"a\":1}", discord), "GM_READ_NOT_AN_EXPORT");
    assert_eq!(fail("e.json", "[1]", discord), "GM_READ_NOT_AN_EXPORT");
    assert_eq!(fail("e.json", "{\"messages\":[]}", discord), "GM_READ_NOT_AN_EXPORT");
    assert_eq!(fail("e.json", &text[..text.len() - 3], discord), "GM_READ_TRUNCATED");
}

#[test]
fn long_records_are_skipped_without_being_held() {
    let mut how = How::default();
    how.options.max_record_bytes = 100;
    let long = "x".repeat(3_000_000);
    let got = read_bytes("a.txt", format!("a\n{long}\n{}\nb", "y".repeat(101)).as_bytes(), &how).unwrap();
    assert_eq!(got.texts(), [["a"], ["b"]]);
    assert_eq!(got.codes(), ["GM_READ_TOO_LONG", "GM_READ_TOO_LONG"]);
    assert_eq!(got.trace.rejects[0].id, "a.txt:2");
    assert!(got.trace.rejects.iter().all(|r| r.excerpt.chars().count() < 100));
    // A single line of 200 MB comes out of a small gzip file.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = vec![b'x'; 1 << 20];
    for _ in 0..200 {
        std::io::Write::write_all(&mut packed, &block).unwrap();
    }
    std::io::Write::write_all(&mut packed, b"\nend\n").unwrap();
    let got = get("a.txt.gz", packed.finish().unwrap());
    assert_eq!(got.texts(), [["end"]]);
    assert_eq!(got.codes(), ["GM_READ_TOO_LONG"]);
}

#[test]
fn damage_is_kept_only_when_asked() {
    let lines: Vec<String> = (0..50_000).map(|i| format!("line {}\n", i * 7919)).collect();
    let lines = lines.concat();
    let packed = gzip(lines.as_bytes());
    let cut = &packed[..packed.len() / 2];
    assert_eq!(fail("a.txt.gz", cut, None), "GM_READ_TRUNCATED");
    let mut how = How::default();
    how.options.on_damage = OnDamage::Keep;
    let got = read_bytes("a.txt.gz", cut, &how).unwrap();
    assert_eq!(got.codes(), ["GM_READ_TRUNCATED"]);
    let want: Vec<&str> = lines.lines().collect();
    let rows = got.texts();
    assert!(rows.len() > 10_000);
    // However early the damage, what stands before it is read with the right columns.
    let table = gzip(format!("a,b\n{}", "1,2\n".repeat(1000)).as_bytes());
    let got = read_bytes("a.csv.gz", &table[..table.len() - 6], &how).unwrap();
    assert!(!got.texts().is_empty() && got.texts().iter().all(|row| *row == ["1", "2"]));
    assert_eq!(got.codes(), ["GM_READ_TRUNCATED"]);
    let array = gzip(format!("[{}{{\"a\":2}}]", "{\"a\":1},".repeat(50)).as_bytes());
    let got = read_bytes("a.json.gz", &array[..array.len() - 6], &how).unwrap();
    assert!(got.rows().len() >= 50, "{:?}", got.codes());
    assert!(rows.iter().zip(&want).all(|(row, line)| row[0] == *line), "no half line among the rows");
}

#[test]
fn arrays_of_like_items_are_lists() {
    let lines = concat!(
        r#"{"m":[{"role":"user","content":"a\n\"é\""},{"content":"b","role":"bot"}],"h":[["x","y"]],"o":{"a":[1]}}"#,
        "\n",
        r#"{"m":[],"h":[],"o":null}"#,
        "\n",
        r#"{"m":null}"#,
        "\n",
        r#"{"m":[null,{"role":null,"content":"\u0063"}],"h":[[null],null]}"#,
        "\n",
    );
    let got = get("a.jsonl", lines);
    assert_eq!(got.names(), ["m", "h", "o"]);
    let schema = got.batches[0].schema();
    assert_eq!(schema.field(1).data_type().to_string(), r#"List(Struct("role": Utf8, "content": Utf8))"#);
    assert_eq!(schema.field(2).data_type().to_string(), "List(List(Utf8))");
    assert_eq!(schema.field(3).data_type().to_string(), "Utf8", "an object stays JSON");
    let column = got.batches[0].columns().column(1).as_list::<i32>().clone();
    assert!(column.is_null(2));
    assert_eq!(column.value_offsets(), [0, 2, 2, 2, 4]);
    let messages = column.values().as_struct();
    assert!(messages.is_null(2));
    let words = |at: usize| {
        messages.column(at).as_string::<i32>().iter().map(Option::unwrap_or_default).collect::<Vec<_>>()
    };
    assert_eq!(words(0), ["user", "bot", "", ""]);
    assert_eq!(words(1), ["a\n\"é\"", "b", "", "c"]);
}

#[test]
fn arrays_that_do_not_fit_the_schema_are_set_aside() {
    let columns = get("a.jsonl", "{\"m\":[{\"a\":1}]}\n").probe.columns;
    let how = How { columns: Some(columns), ..How::default() };
    let lines =
        "{\"m\":[{\"a\":2}]}\n{\"m\":[{\"b\":2}]}\n{\"m\":[{\"a\":\"x\"}]}\n{\"m\":{}}\n{\"m\":[{}]}\n";
    let got = read_bytes("b.jsonl", lines.as_bytes(), &how).unwrap();
    assert_eq!(got.rows().len(), 2, "a missing key is a missing value");
    assert_eq!(got.codes(), ["GM_READ_WRONG_TYPE"; 3]);
}

#[test]
fn arrays_stay_json_where_that_is_asked_for() {
    let mut how = How::default();
    how.options.nested = Nested::Text;
    let got = read_bytes("a.jsonl", b"{\"m\":[ 1,2 ]}\n{\"m\":[3]}\n", &how).unwrap();
    assert_eq!(got.texts(), [["[ 1,2 ]"], ["[3]"]]);
}
