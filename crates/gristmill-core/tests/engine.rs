//! The engine from end to end on generated rows: the same files for any number of threads and any batch size, every
//! row accounted for, deciders and exchange against plain recomputation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "specifications are made where they are passed")]

#[path = "engine/passing.rs"]
mod passing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::engine::{
    FileRef, Job, JobEnd, Landed, Outlet, Pool, Pump, Registry, Role, RunState, open_chain, open_reader,
    open_run,
};
use gristmill_core::{
    Batch, Chunk, ChunkBody, Cutter, Failure, KeyDef, KeyRow, KeyStep, MapDef, MapStep, Parser, Progress,
    Source, StepTrace, hash128, options_from, steps,
};
use serde::Deserialize;
use serde_json::{Value, json};

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("__id", DataType::Utf8, false),
        Field::new("text", DataType::Utf8, true),
        Field::new("n", DataType::Int64, false),
    ]))
}

/// Rows `0..rows`: every third has a null text, texts repeat, `n` goes up and down.
fn rows(from: usize, to: usize) -> RecordBatch {
    let ids: StringArray = (from..to).map(|i| Some(format!("r{i}"))).collect();
    let text: StringArray =
        (from..to).map(|i| (i % 3 != 0).then(|| format!("text {}", i * 7919 % 501))).collect();
    let n: Int64Array = (from..to).map(|i| Some((i as i64 * 7919) % 1009 - 500)).collect();
    RecordBatch::try_new(schema(), vec![Arc::new(ids), Arc::new(text), Arc::new(n)]).unwrap()
}

#[derive(Deserialize)]
struct Input {
    rows: usize,
    batch: usize,
    #[serde(default)]
    fail_at: Option<usize>,
}

struct Generated {
    input: Input,
    at: usize,
}

impl Cutter for Generated {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        if self.at >= self.input.rows {
            return Ok(None);
        }
        let to = (self.at + self.input.batch).min(self.input.rows);
        let rows = rows(self.at, to);
        assert!(self.input.fail_at.is_none_or(|at| to < at), "planted fault");
        self.at = to;
        Ok(Some(Chunk { input: "g".into(), address: 0, body: ChunkBody::Columns(rows) }))
    }

    fn progress(&self) -> Progress {
        Progress { bytes_done: self.at as u64, bytes_total: self.input.rows as u64 }
    }
}

struct Wrap;

impl Parser for Wrap {
    fn parse(&self, chunk: Chunk, trace: &mut StepTrace) -> Result<Batch, Failure> {
        let ChunkBody::Columns(rows) = chunk.body else { unreachable!() };
        trace.counts.rows_in += rows.num_rows() as u64;
        Batch::new(rows)
    }
}

fn open_input(spec: &Value) -> Result<Source, Failure> {
    let input = options_from("input", spec)?;
    Ok(Source { cutter: Box::new(Generated { input, at: 0 }), parser: Arc::new(Wrap), schema: schema() })
}

/// Drops every tenth row and panics on ids that end in 777.
struct Picky;

impl MapStep for Picky {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        Ok(input.clone())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        for row in batch.alive_rows() {
            let id = batch.ids().value(row).to_owned();
            assert!(!id.ends_with("777"), "planted panic");
            if id.ends_with('5') {
                batch.drop_row(row, trace, "five", "", None, &id);
            }
        }
        Ok(())
    }
}

const PICKY: &[MapDef] = &[MapDef { kind: "picky", build: |_, _| Ok(Box::new(Picky)) }];

/// Keys of the texts; rank by `n`.
struct TextKeys;

impl KeyStep for TextKeys {
    fn columns(&self) -> Vec<String> {
        vec!["text".into(), "n".into()]
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let (texts, n) = (batch.text("text")?, batch.int64("n")?);
        for row in 0..batch.len() {
            let key = hash128(texts.value(row).as_bytes());
            out.push(KeyRow { row: row as u32, key, rank: (n.value(row) + 1000) as u64, payload: 0 });
        }
        Ok(())
    }
}

const TEXT_KEYS: &[KeyDef] = &[KeyDef { kind: "text", build: |_| Ok(Box::new(TextKeys)) }];

fn registry() -> Registry {
    Registry {
        maps: vec![steps::MAPS, PICKY],
        keys: vec![steps::KEYS, TEXT_KEYS],
        folds: vec![steps::FOLDS],
        open_input: Some(open_input),
        ..Registry::default()
    }
}

struct Bench {
    registry: Registry,
    pool: Pool,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(threads: usize) -> Self {
        Self::with_memory(threads, 1 << 30)
    }

    fn with_memory(threads: usize, memory: u64) -> Self {
        Self {
            registry: registry(),
            pool: Pool::start(threads, memory).unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn open(&self, reader: Value, chain: Value, sink: Value) -> Result<(Arc<Pump>, Option<Outlet>), Failure> {
        let reader = open_reader(&self.registry, &self.pool, reader)?;
        let chain = Arc::new(open_chain(&self.registry, chain)?);
        open_run(&self.registry, &self.pool, reader, chain, sink)
    }

    fn run(&self, reader: Value, chain: Value, sink: Value) -> Result<Landed, Failure> {
        let (pump, _) = self.open(reader, chain, sink)?;
        loop {
            pump.wait(Duration::from_secs(20));
            match pump.take_end() {
                RunState::Running => assert!(pump.ended(), "a run hangs"),
                RunState::Done(landed) => return Ok(*landed),
                RunState::Failed(failure) => return Err(failure),
                RunState::Cancelled => panic!("nobody cancelled"),
            }
        }
    }

    fn job(&self, spec: Value) -> Vec<FileRef> {
        let job = Job::open(&self.registry, &self.pool, spec).unwrap();
        assert!(job.wait(Duration::from_secs(20)), "a job hangs");
        match job.take_end() {
            JobEnd::Files(files) => files,
            JobEnd::Failed(failure) => panic!("{failure:?}"),
            _ => panic!("no files"),
        }
    }

    fn path(&self, stage: &str, file: &FileRef) -> PathBuf {
        self.folder().join(stage).join(&file.name)
    }

    fn parts(&self, stage: &str, landed: &Landed) -> Value {
        landed
            .files
            .iter()
            .filter(|f| f.role == Role::Part)
            .map(
                |f| json!({"path": self.path(stage, f), "task": 0, "first_row": f.first_row, "rows": f.rows}),
            )
            .collect()
    }

    /// All rows of parts under marks, as (id, n).
    fn read(&self, parts: &Value, marks: Value) -> Vec<(String, i64)> {
        let reader = json!({"kind": "parts", "parts": parts, "marks": marks, "columns": null, "rows": null});
        let (pump, outlet) = self.open(reader, json!({"steps": []}), json!({"kind": "outlet"})).unwrap();
        let outlet = outlet.unwrap();
        let mut found = Vec::new();
        loop {
            let ended = pump.ended();
            if let Some(batch) = outlet.take(Duration::from_millis(if ended { 0 } else { 20 })) {
                self.pool.waker().wake();
                let ids = batch.column(0).as_string::<i32>();
                let n = batch.column_by_name("n").unwrap().as_primitive::<arrow_array::types::Int64Type>();
                found.extend((0..batch.num_rows()).map(|r| (ids.value(r).to_owned(), n.value(r))));
            } else if ended {
                return found;
            }
        }
    }
}

fn chain(kinds: &[&str]) -> Value {
    let steps: Vec<Value> =
        kinds.iter().map(|k| json!({"step": k, "kind": k, "options": {}, "side": {}})).collect();
    json!({ "steps": steps })
}

fn parts_sink(bench: &Bench, stage: &str, format: &str, keys: Value) -> Value {
    json!({"kind": "parts", "folder": bench.folder().join(stage), "stem": "part-00000", "task": 0, "format": format,
        "part_bytes": 100_000, "keys": keys, "folds": []})
}

fn keys(sort: &str, partitions: usize) -> Value {
    json!({"kind": "text", "options": {}, "partitions": partitions, "sort": sort})
}

fn input(rows: usize, batch: usize) -> Value {
    json!({"kind": "input", "rows": rows, "batch": batch})
}

const ROWS: usize = 20_000;

#[test]
fn files_do_not_depend_on_threads_or_batch_size() {
    for format in ["arrow", "parquet"] {
        let mut first: Option<Vec<(String, String)>> = None;
        for (threads, batch) in [(1, 8192), (2, 1000), (7, 37), (3, 1), (2, ROWS)] {
            let bench = Bench::new(threads);
            let sink = parts_sink(&bench, "s", format, keys("key", 4));
            let rows = if batch == 1 { input(ROWS, 3) } else { input(ROWS, batch) };
            let landed = bench.run(rows, chain(&["picky"]), sink).unwrap();
            let mut hashes: Vec<_> =
                landed.files.iter().map(|f| (f.name.clone(), f.sha256.clone())).collect();
            hashes.sort();
            assert!(hashes.len() > 3, "several parts, keys, trace");
            assert_eq!(first.get_or_insert_with(|| hashes.clone()), &hashes, "{format} {threads} {batch}");
        }
    }
}

#[test]
fn parts_in_splits_hold_each_row_once_however_rows_come() {
    let shares = json!([["train", 8], ["test", 1], ["validation", 1]]);
    let options = json!({"shares": shares, "by": ["text"], "column": "split", "seed": 1});
    let step = json!({"step": "split", "kind": "train_test_split", "options": options, "side": {}});
    let mut first: Option<Vec<(String, String)>> = None;
    for (threads, batch) in [(1, 8192), (2, 1000), (7, 37)] {
        let bench = Bench::new(threads);
        let mut sink = parts_sink(&bench, "s", "parquet", Value::Null);
        sink["by"] = json!("split");
        let landed = bench.run(input(ROWS, batch), json!({"steps": [step]}), sink).unwrap();
        let parts: Vec<_> = landed.files.iter().filter(|file| file.role == Role::Part).collect();
        let named: Vec<_> = parts.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect();
        assert_eq!(first.get_or_insert_with(|| named.clone()), &named, "{threads} {batch}");
        let (mut at, mut seen) = (0, vec![false; ROWS]);
        for split in ["test", "train", "validation"] {
            let mut before = None;
            for part in parts.iter().filter(|part| part.label.as_deref() == Some(split)) {
                assert_eq!(part.first_row, Some(at));
                at += part.rows;
                let part =
                    json!([{"path": bench.path("s", part), "task": 0, "first_row": 0, "rows": part.rows}]);
                for (id, _) in bench.read(&part, json!([])) {
                    let row: usize = id[1..].parse().unwrap();
                    assert!(before.replace(row) < Some(row) && !std::mem::replace(&mut seen[row], true));
                }
            }
            assert!(before.is_some(), "{split} has rows");
        }
        assert!(seen.into_iter().all(|seen| seen) && at == ROWS as u64);
    }
    // A null is no split.
    let bench = Bench::new(2);
    let mut sink = parts_sink(&bench, "s", "arrow", Value::Null);
    sink["by"] = json!("text");
    let failure = bench.run(input(ROWS, 99), chain(&[]), sink).err().unwrap();
    assert_eq!(failure.code(), "GM_RUN_BAD_SPLIT");
}

#[test]
fn a_panic_costs_its_rows_and_every_row_is_accounted_for() {
    let bench = Bench::new(2);
    let landed = bench
        .run(input(ROWS, 500), chain(&["picky"]), parts_sink(&bench, "s", "arrow", Value::Null))
        .unwrap();
    let (step, counts) = &landed.counts[1];
    assert_eq!(step, "picky");
    assert_eq!(counts.quarantined, (0..ROWS).filter(|i| i % 1000 == 777).count() as u64);
    assert_eq!(counts.dropped["five"], ROWS as u64 / 10);
    assert!(counts.balanced());
    assert_eq!(landed.rows, counts.rows_out);
}

#[test]
fn a_fault_in_the_reader_fails_the_run_and_leaves_no_file() {
    let bench = Bench::new(2);
    let mut reader = input(ROWS, 100);
    reader["fail_at"] = json!(5000);
    let failure =
        bench.run(reader, chain(&["picky"]), parts_sink(&bench, "s", "arrow", keys("key", 2))).err().unwrap();
    assert_eq!(failure.code(), "GM_INTERNAL_PANIC");
    assert_eq!(std::fs::read_dir(bench.folder().join("s")).unwrap().count(), 0);
}

#[test]
fn cancelling_leaves_no_file() {
    let bench = Bench::new(2);
    let folder = bench.folder().join("s");
    let patience = Instant::now() + Duration::from_mins(1);
    // An input without end: only cancelling ends the run.
    let (pump, _) = bench
        .open(input(usize::MAX, 100), chain(&["picky"]), parts_sink(&bench, "s", "arrow", Value::Null))
        .unwrap();
    // Files are begun with the first rows that land; before that there would be nothing to remove.
    while !std::fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some()) {
        assert!(Instant::now() < patience, "the run begins no file");
        std::thread::sleep(Duration::from_millis(1));
    }
    pump.cancel();
    while !pump.ended() {
        assert!(Instant::now() < patience, "the run goes on");
        pump.wait(Duration::from_millis(100));
    }
    assert!(matches!(pump.take_end(), RunState::Cancelled));
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn by_key_keeps_the_best_of_each_key() {
    let bench = Bench::new(2);
    let landed =
        bench.run(input(ROWS, 999), chain(&[]), parts_sink(&bench, "s", "arrow", keys("key", 4))).unwrap();
    let key_file = landed.files.iter().find(|f| f.role == Role::Keys).unwrap();
    let mut marks = Vec::new();
    for partition in 0..4 {
        let files = bench.job(json!({"job": "decide", "folder": bench.folder().join("d"),
            "stem": format!("marks-{partition}"), "task": partition, "decider": {"kind": "by_key", "keep": 1},
            "keys": [{"path": bench.path("s", key_file), "task": 0}], "partition": partition, "partitions": 4,
            "task_rows": [landed.rows], "memory_bytes": 1}));
        marks.push(bench.path("d", &files[0]));
    }
    let marks = json!([{"step": "d", "files": marks, "reasons": ["twin"], "count": true, "label": false}]);
    let kept = bench.read(&bench.parts("s", &landed), marks);

    let all = rows(0, ROWS);
    let (text, n) =
        (all.column(1).as_string::<i32>(), all.column(2).as_primitive::<arrow_array::types::Int64Type>());
    let mut best: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
    for i in 0..ROWS {
        let entry = best.entry(text.value(i)).or_insert((n.value(i), i));
        *entry = (*entry).min((n.value(i), i));
    }
    let mut wanted: Vec<usize> = best.values().map(|(_, i)| *i).collect();
    wanted.sort_unstable();
    let kept: Vec<String> = kept.into_iter().map(|(id, _)| id).collect();
    assert_eq!(kept, wanted.iter().map(|i| format!("r{i}")).collect::<Vec<_>>());
}

#[test]
fn in_order_keeps_the_first_rows_by_rank() {
    let bench = Bench::new(1);
    let landed =
        bench.run(input(ROWS, 999), chain(&[]), parts_sink(&bench, "s", "arrow", keys("rank", 1))).unwrap();
    let key_file = landed.files.iter().find(|f| f.role == Role::Keys).unwrap();
    let files =
        bench.job(json!({"job": "decide", "folder": bench.folder().join("d"), "stem": "marks", "task": 0,
        "decider": {"kind": "in_order", "rows": 1234, "payload": null},
        "keys": [{"path": bench.path("s", key_file), "task": 0}], "partition": 0, "partitions": 1,
        "task_rows": [landed.rows], "memory_bytes": 1}));
    let marks = json!([{"step": "d", "files": [bench.path("d", &files[0])], "reasons": ["over"], "count": true,
        "label": false}]);
    let kept = bench.read(&bench.parts("s", &landed), marks);
    let mut all: Vec<(i64, usize)> = (0..ROWS).map(|i| ((i as i64 * 7919) % 1009 - 500, i)).collect();
    all.sort_unstable();
    let mut wanted: Vec<usize> = all[..1234].iter().map(|(_, i)| *i).collect();
    wanted.sort_unstable();
    assert_eq!(kept.len(), 1234);
    assert_eq!(
        kept.into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
        wanted.iter().map(|i| format!("r{i}")).collect::<Vec<_>>()
    );
}

#[test]
fn an_exchange_by_range_sorts_and_does_not_depend_on_runs() {
    let mut first: Option<Vec<(String, i64)>> = None;
    for (threads, run_bytes, batch) in [(1, 1 << 20, 4000), (2, 20_000, 77), (7, 1, 5000)] {
        let bench = Bench::new(threads);
        let cuts = bench.folder().join("cuts.json");
        let sign = 1_u64 << 63;
        std::fs::write(&cuts, json!({"cuts": [sign - 300, sign, sign + 200]}).to_string()).unwrap();
        let sink = json!({"kind": "exchange", "folder": bench.folder().join("x"), "stem": "ex-00000", "task": 0,
            "partitions": 4, "run_bytes": run_bytes, "route": {"order": null,
                "by": {"kind": "range", "column": "n", "descending": false, "cuts": cuts}}});
        let landed = bench.run(input(ROWS, batch), chain(&[]), sink).unwrap();
        let segment = bench.path("x", &landed.files[0]);
        let mut sorted = Vec::new();
        for partition in 0..4 {
            let reader = json!({"kind": "partition", "segments": [{"path": segment, "task": 0}],
                "partition": partition, "group": null, "step": "sort"});
            let stage = format!("g{partition}");
            let landed =
                bench.run(reader, chain(&[]), parts_sink(&bench, &stage, "arrow", Value::Null)).unwrap();
            assert!(landed.counts[0].1.balanced());
            sorted.extend(bench.read(&bench.parts(&stage, &landed), json!([])));
        }
        let mut wanted: Vec<(i64, usize)> = (0..ROWS).map(|i| ((i as i64 * 7919) % 1009 - 500, i)).collect();
        wanted.sort_unstable();
        let wanted: Vec<_> = wanted.into_iter().map(|(n, i)| (format!("r{i}"), n)).collect();
        assert_eq!(sorted, wanted);
        assert_eq!(first.get_or_insert_with(|| sorted.clone()), &sorted);
    }
}

#[test]
fn a_limit_gives_the_first_rows() {
    let bench = Bench::new(3);
    let mut reader = input(ROWS, 300);
    reader["limit"] = json!(1001);
    let landed = bench.run(reader, chain(&[]), parts_sink(&bench, "s", "arrow", Value::Null)).unwrap();
    assert_eq!(landed.rows, 1001);
    let kept = bench.read(&bench.parts("s", &landed), json!([]));
    assert_eq!(kept[1000].0, "r1000");
}

#[test]
fn a_range_of_rows_is_read_across_parts() {
    let bench = Bench::new(2);
    let landed =
        bench.run(input(ROWS, 300), chain(&[]), parts_sink(&bench, "s", "arrow", Value::Null)).unwrap();
    let parts = bench.parts("s", &landed);
    assert!(parts.as_array().unwrap().len() > 2);
    let reader = json!({"kind": "parts", "parts": parts, "marks": [], "columns": null, "rows": [4000, 7001]});
    let again = bench.run(reader, chain(&[]), parts_sink(&bench, "t", "arrow", Value::Null)).unwrap();
    assert_eq!(again.rows, 7001);
    let kept = bench.read(&bench.parts("t", &again), json!([]));
    assert_eq!((kept[0].0.as_str(), kept[7000].0.as_str()), ("r4000", "r11000"));
}

#[test]
fn damaged_own_files_are_told_from_good_ones() {
    let bench = Bench::new(1);
    let landed =
        bench.run(input(3000, 300), chain(&[]), parts_sink(&bench, "s", "arrow", keys("key", 2))).unwrap();
    let key_file = bench.path("s", landed.files.iter().find(|f| f.role == Role::Keys).unwrap());
    let bytes = std::fs::read(&key_file).unwrap();
    for cut in [0, 1, 31, 33, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&key_file, &bytes[..cut]).unwrap();
        let job = Job::open(
            &bench.registry,
            &bench.pool,
            json!({"job": "decide", "folder": bench.folder().join("d"),
            "stem": "m", "task": 0, "decider": {"kind": "by_key", "keep": 1},
            "keys": [{"path": key_file, "task": 0}], "partition": 0, "partitions": 2, "task_rows": [3000],
            "memory_bytes": 1}),
        )
        .unwrap();
        assert!(job.wait(Duration::from_secs(10)));
        match job.take_end() {
            JobEnd::Failed(failure) => assert_eq!(failure.code(), "GM_RUN_DAMAGED_FILE"),
            _ => panic!("a cut file was accepted at {cut}"),
        }
    }
}
