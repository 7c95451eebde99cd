//! How fast are near duplicates found? From texts in memory to marked rows, through files as ever: megabytes of text
//! per CPU second and per second, best of five, over the shared passages or any JSON lines with `text`:
//! `cargo run --release -p gristmill-dedup --example near_speed -- [FILE] [THREADS]`.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]
#![expect(clippy::expect_used, reason = "an example ends where it cannot go on")]

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::engine::{
    FileRef, Job, JobEnd, Landed, Pool, Registry, Role, RunState, open_chain, open_reader, open_run,
};
use gristmill_core::{Batch, Chunk, ChunkBody, Cutter, Failure, Parser, Progress, Source, StepTrace};
use serde_json::{Value, json};

static BATCHES: OnceLock<Vec<RecordBatch>> = OnceLock::new();

fn batches() -> &'static [RecordBatch] {
    BATCHES.get().map_or(&[], Vec::as_slice)
}

fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![text("__id"), text("text")]))
}

struct Held(usize);

impl Cutter for Held {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        let Some(batch) = batches().get(self.0) else { return Ok(None) };
        self.0 += 1;
        Ok(Some(Chunk { input: "".into(), address: 0, body: ChunkBody::Columns(batch.clone()) }))
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }
}

struct Wrap;

impl Parser for Wrap {
    fn parse(&self, chunk: Chunk, _: &mut StepTrace) -> Result<Batch, Failure> {
        let ChunkBody::Columns(rows) = chunk.body else { unreachable!("rows are held in columns") };
        Batch::new(rows)
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().expect("give a file of JSON lines");
    let threads = args.next().map_or(1, |threads| threads.parse().expect("a number of threads"));
    let texts: Vec<String> = std::fs::read_to_string(path)
        .expect("the file can be read")
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["text"].as_str().map(str::to_owned))
        .collect();
    let bytes = texts.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    BATCHES.get_or_init(|| {
        texts
            .chunks((texts.len() / 60).clamp(1, 8192))
            .scan(0, |at, texts| {
                let ids: StringArray = (*at..*at + texts.len()).map(|id| Some(id.to_string())).collect();
                *at += texts.len();
                let columns: Vec<ArrayRef> =
                    vec![Arc::new(ids), Arc::new(texts.iter().map(Some).collect::<StringArray>())];
                Some(RecordBatch::try_new(schema(), columns).expect("the columns are whole"))
            })
            .collect()
    });
    sketching(bytes);
    exact_keys(bytes);
    let pool = Pool::start(threads, 1 << 30).expect("threads start");
    let registry = Registry {
        keys: vec![gristmill_dedup::KEYS],
        open_input: Some(|_| {
            Ok(Source { cutter: Box::new(Held(0)), parser: Arc::new(Wrap), schema: schema() })
        }),
        ..Registry::default()
    };
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        let landed = commit(&registry, &pool, folder.path());
        let (cpu_then, then) = (cpu_seconds(), wall.elapsed().as_secs_f64());
        let marked = decide(&registry, &pool, folder.path(), &landed);
        let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
        println!(
            "{threads} threads: {marked} rows marked, {:.0} MB/cs, {:.0} MB/s (deciding: {:.3} s CPU, {:.3} s)",
            bytes / cpu,
            bytes / wall,
            cpu_seconds() - cpu_then,
            wall - then,
        );
    }
}

fn options() -> Value {
    json!({"column": "text", "shingles": "words", "size": 5, "threshold": 0.8, "permutations": 128,
        "recall": 0.97, "verify": "exact", "keep": "first", "by": null})
}

/// The sketches alone, without any file.
fn sketching(bytes: f64) {
    let step = (gristmill_dedup::near_dedup::DEF.build)(&options()).expect("the options are right");
    let mut best = f64::MAX;
    for _ in 0..5 {
        let cpu = cpu_seconds();
        for rows in batches() {
            let batch = Batch::new(rows.clone()).expect("the id is there");
            let (mut keys, mut bands) = (Vec::new(), Vec::new());
            let alike = step.alike().expect("it compares");
            alike.sketch(&batch, &mut keys, &mut bands).expect("the text is there");
        }
        best = best.min(cpu_seconds() - cpu);
    }
    println!("sketches alone: {:.0} MB/cs", bytes / best);
}

/// The keys of equal texts alone, a few times over, since the clock is coarse.
fn exact_keys(bytes: f64) {
    const TIMES: u32 = 40;
    let step = (gristmill_dedup::dedupe_exact::DEF.build)(&json!({"column": "text"}))
        .expect("the options are right");
    let cpu = cpu_seconds();
    for _ in 0..TIMES {
        for rows in batches() {
            let batch = Batch::new(rows.clone()).expect("the id is there");
            let mut keys = Vec::new();
            step.keys(&batch, &mut keys).expect("the text is there");
            std::hint::black_box(keys);
        }
    }
    println!("exact keys alone: {:.0} MB/cs", bytes * f64::from(TIMES) / (cpu_seconds() - cpu));
}

fn commit(registry: &Registry, pool: &Pool, folder: &Path) -> Landed {
    let keys = json!({"kind": "near_dedup", "options": options(), "partitions": 1, "sort": "alike"});
    let sink = json!({"kind": "parts", "folder": folder, "stem": "part", "task": 0, "format": "arrow",
        "part_bytes": 256 << 20, "keys": keys, "folds": []});
    let reader = open_reader(registry, pool, json!({"kind": "input"})).expect("a reader");
    let chain = Arc::new(open_chain(registry, json!({"steps": []})).expect("a chain"));
    let (pump, _) = open_run(registry, pool, reader, chain, sink).expect("a run");
    loop {
        pump.wait(Duration::from_secs(1));
        match pump.take_end() {
            RunState::Running => {}
            RunState::Done(landed) => return *landed,
            _ => unreachable!("nothing can go wrong with rows in memory"),
        }
    }
}

fn decide(registry: &Registry, pool: &Pool, folder: &Path, landed: &Landed) -> u64 {
    let of = |role: Role| landed.files.iter().filter(move |file| file.role == role);
    let path = |file: &FileRef| folder.join(&file.name);
    let keys: Vec<Value> = of(Role::Keys).map(|file| json!({"path": path(file), "task": 0})).collect();
    let parts: Vec<Value> = of(Role::Part)
        .map(|f| json!({"path": path(f), "task": 0, "first_row": f.first_row, "rows": f.rows}))
        .collect();
    let step = json!({"kind": "near_dedup", "options": options()});
    let spec = json!({"job": "decide", "folder": folder, "stem": "marks", "task": 0,
        "decider": {"kind": "alike", "step": step, "keep": "first"}, "keys": keys, "partition": 0, "partitions": 1,
        "task_rows": [landed.rows], "memory_bytes": 256 << 20, "parts": parts});
    let job = Job::open(registry, pool, spec).expect("a job");
    while !job.wait(Duration::from_secs(1)) {}
    match job.take_end() {
        JobEnd::Files(files) => files.iter().filter(|file| file.role == Role::Marks).map(|f| f.rows).sum(),
        _ => unreachable!("nothing can go wrong with files just written"),
    }
}

/// CPU time of this process, threads that have ended included, in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("a Linux process");
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
