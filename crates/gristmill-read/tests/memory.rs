//! R23 and R27: memory and time of hostile files, each read in a process of its own.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a failed step is a failed test; the child reports on its output"
)]

mod common;

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{files_under, shared};
use gristmill_core::{Failure, StepTrace};
use gristmill_read::{FormatKind, Item, OpenRequest, ProbeRequest, ReadOptions, merge_columns, open, probe};

const FILE: &str = "GM_TEST_FILE";
const FORMAT: &str = "GM_TEST_FORMAT";

/// Reads a file as a build does, and keeps nothing.
fn drain(path: &str, format: Option<FormatKind>) -> Result<u64, Failure> {
    let (options, name) = (ReadOptions::default(), "file".to_owned());
    let request = ProbeRequest {
        path: path.into(),
        name: name.clone(),
        format,
        options: options.clone(),
        split_bytes: 256 << 20,
    };
    let about = probe(&request)?;
    let item = |split| Item {
        path: path.into(),
        name: name.clone(),
        format: about.format,
        codec: about.codec,
        split,
    };
    let splits = about.splits.into_iter().map(item).collect();
    let columns = merge_columns(&[about.columns]);
    let mut source = open(OpenRequest { splits, columns, options, key: None, source: None })?;
    let mut trace = [StepTrace::default()];
    while let Some(chunk) = source.cutter.next()? {
        source.parser.parse_steps(chunk, &mut trace)?;
    }
    Ok(trace[0].counts.rows_in)
}

#[test]
#[ignore = "the other tests run it in a process of its own"]
fn child() {
    let Ok(path) = std::env::var(FILE) else { return };
    let format = std::env::var(FORMAT).ok().map(|name| serde_json::from_value(name.into()).unwrap());
    let outcome = match drain(&path, format) {
        Ok(rows) => format!("{rows} rows"),
        Err(failure) => failure.code().to_owned(),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("\nOUTCOME {outcome}\nPEAK {}", peak.trim().trim_end_matches(" kB"));
}

struct Seen {
    outcome: String,
    megabytes: u64,
    time: Duration,
}

fn measure(path: &Path, format: Option<&str>) -> Seen {
    let started = Instant::now();
    // Not by its path: a build at the same time may have put another one there.
    let mut command = Command::new("/proc/self/exe");
    command.args(["--exact", "child", "--ignored", "--nocapture"]).env(FILE, path);
    if let Some(format) = format {
        command.env(FORMAT, format);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{} ended with {}: {text}", path.display(), output.status);
    let after = |word: &str| text.lines().find_map(|line| line.strip_prefix(word)).unwrap().trim().to_owned();
    let megabytes = after("PEAK").parse::<u64>().unwrap() >> 10;
    Seen { outcome: after("OUTCOME"), megabytes, time: started.elapsed() }
}

#[test]
fn hostile_files_stay_small() {
    let (mut count, mut most, mut slowest) = (0, 0, Duration::ZERO);
    for (part, format) in [
        ("hostile/parquet-testing/data", "parquet"),
        ("hostile/parquet-testing/bad_data", "parquet"),
        ("hostile/arrow-testing/parquet", "parquet"),
        ("hostile/arrow-testing/arrow-ipc-file", "arrow"),
        ("hostile/arrow-testing/arrow-ipc-stream", "arrow"),
        ("hostile/arrow-testing/csv", "csv"),
        ("hostile/json-test-suite", "json"),
        ("hostile/json-test-suite", "jsonl"),
        ("hostile/csv-spectrum/csvs", "csv"),
        ("hostile/utf8-stress", "text"),
        ("hostile/naughty-strings", "text"),
    ] {
        let Some(folder) = shared(part) else { return };
        for path in files_under(&folder) {
            let seen = measure(&path, Some(format));
            assert!(seen.megabytes < 512, "{} took {} MB ({})", path.display(), seen.megabytes, seen.outcome);
            assert!(seen.time < Duration::from_secs(20), "{} took {:?}", path.display(), seen.time);
            count += 1;
            most = most.max(seen.megabytes);
            slowest = slowest.max(seen.time);
        }
    }
    eprintln!("{count} files, at most {most} MB and {slowest:?}");
    assert!(count > 400, "{count}");
}

/// A file of one long thing between two other texts.
fn long(name: &str, before: &str, unit: &str, megabytes: usize, after: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    out.write_all(before.as_bytes()).unwrap();
    let block = unit.repeat((1 << 20) / unit.len());
    for _ in 0..megabytes {
        out.write_all(block.as_bytes()).unwrap();
    }
    out.write_all(after.as_bytes()).unwrap();
    drop(out);
    let seen = measure(&path, None);
    eprintln!("{name}, {megabytes} MB: {} MB, {:?}, {}", seen.megabytes, seen.time, seen.outcome);
    seen
}

#[test]
fn one_line_of_200_megabytes() {
    for (name, before, after, outcome) in [
        ("a.txt", "a\n", "\nb\n", "3 rows"),
        ("a.jsonl", "{\"t\":\"1\"}\n{\"t\":\"", "\"}\n{\"t\":\"2\"}\n", "3 rows"),
        ("a.csv", "t,u\n1,2\n\"", "\",3\n4,5\n", "3 rows"),
        ("a.json", "[{\"t\":\"1\"},{\"t\":\"", "\"},{\"t\":\"2\"}]", "3 rows"),
        ("open.jsonl", "{\"t\":\"1\"}\n{\"t\":\"", "", "2 rows"),
    ] {
        let seen = long(name, before, "long text ", 200, after);
        assert!(seen.megabytes < 512, "{name}: {} MB", seen.megabytes);
        assert_eq!(seen.outcome, outcome, "{name}");
    }
}

#[test]
fn a_dictionary_of_one_long_text() {
    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use parquet::file::properties::WriterProperties;
    let text = "long text ".repeat(400_000);
    let column = std::sync::Arc::new(StringArray::from(vec![text.as_str(); 20])) as ArrayRef;
    let rows = RecordBatch::try_from_iter([("text", column)]).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(parquet::basic::Compression::ZSTD(parquet::basic::ZstdLevel::default()))
        .set_dictionary_page_size_limit(64 << 20)
        .build();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let file = std::fs::File::create(&path).unwrap();
    let mut out = parquet::arrow::ArrowWriter::try_new(file, rows.schema(), Some(properties)).unwrap();
    for _ in 0..20 {
        out.write(&rows).unwrap();
    }
    out.close().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 100_000, "the text stands in it once");
    let seen = measure(&path, None);
    eprintln!("1.6 GB from a dictionary: {} MB, {:?}", seen.megabytes, seen.time);
    assert!(seen.megabytes < 512, "{} MB", seen.megabytes);
    assert_eq!(seen.outcome, "400 rows");
}

#[test]
fn one_long_text_that_all_rows_of_a_batch_refer_to() {
    use arrow_array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, StringViewArray};
    use std::sync::Arc;
    let text = "long text ".repeat(400_000);
    let values = Arc::new(StringArray::from(vec![text.as_str()])) as ArrayRef;
    let tags = DictionaryArray::new(Int32Array::from(vec![0; 400]), values);
    let mut views = arrow_array::builder::StringViewBuilder::new();
    let block = views.append_block(text.clone().into_bytes().into());
    for _ in 0..400 {
        views.try_append_view(block, 0, text.len() as u32).unwrap();
    }
    let views: StringViewArray = views.finish();
    for column in [Arc::new(tags) as ArrayRef, Arc::new(views)] {
        let kind = column.data_type().to_string();
        let rows = RecordBatch::try_from_iter([("text", column)]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.arrow");
        let file = std::fs::File::create(&path).unwrap();
        let mut out = arrow_ipc::writer::FileWriter::try_new(file, &rows.schema()).unwrap();
        out.write(&rows).unwrap();
        out.finish().unwrap();
        let seen = measure(&path, None);
        eprintln!("1.6 GB from a {kind}: {} MB, {:?}", seen.megabytes, seen.time);
        assert!(seen.megabytes < 512, "{} MB", seen.megabytes);
        assert_eq!(seen.outcome, "400 rows");
    }
}

#[test]
fn many_rows_of_few_keys_among_many_columns() {
    let keys: Vec<String> = (0..16_000).map(|i| format!("\"k{i}\":1")).collect();
    let seen = long("a.jsonl", &format!("{{{}}}\n", keys.join(",")), "{}\n", 0, &"{}\n".repeat(8_200));
    assert!(seen.megabytes < 512, "{} MB", seen.megabytes);
    assert_eq!(seen.outcome, "8201 rows");
}

#[test]
fn millions_of_keys_in_one_object() {
    // Just under the longest record, and over it.
    for megabytes in [62, 130] {
        let seen = long("a.jsonl", "{\"k\":1}\n{", "\"k\":12345,", megabytes, "\"k\":2}\n");
        assert!(seen.megabytes < 512, "{} MB", seen.megabytes);
        assert_eq!(seen.outcome, "2 rows");
    }
}
