//! What the tests of steps that decide by keys share: generated rows, and the stages of a select run one by one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use gristmill_core::engine::{
    FileRef, Job, JobEnd, Landed, Pool, Registry, Role, RunState, open_chain, open_reader, open_run,
};
use gristmill_core::{
    Batch, Chunk, ChunkBody, Cutter, Failure, Parser, Progress, Source, StepTrace, options_from,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A small generator, the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What rows are generated, and how many at once.
#[derive(Deserialize)]
pub struct Input {
    pub seed: u64,
    pub count: usize,
    rows: (usize, usize),
    batch: usize,
}

/// The rows from a number on, up to another.
type Make = Box<dyn Fn(usize, usize) -> RecordBatch + Send>;

struct Generated {
    make: Make,
    at: usize,
    to: usize,
    batch: usize,
}

impl Cutter for Generated {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        let (from, to) = (self.at, (self.at + self.batch).min(self.to));
        if from == to {
            return Ok(None);
        }
        self.at = to;
        Ok(Some(Chunk { input: "g".into(), address: 0, body: ChunkBody::Columns((self.make)(from, to)) }))
    }

    fn progress(&self) -> Progress {
        Progress::default()
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

/// A source of the rows that `generator` gives.
pub fn source(spec: &Value, generator: impl Fn(&Input) -> Make) -> Result<Source, Failure> {
    let input: Input = options_from("input", spec)?;
    let make = generator(&input);
    let schema = make(0, 0).schema();
    let ((at, to), batch) = (input.rows, input.batch);
    Ok(Source { cutter: Box::new(Generated { make, at, to, batch }), parser: Arc::new(Wrap), schema })
}

/// How a run is carried out; nothing of it may be seen in what comes out.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub threads: usize,
    pub batch: usize,
    pub tasks: usize,
    pub memory: u64,
    pub format: &'static str,
    /// Bytes of memory for files, where the folder is thrown away.
    pub room: Option<u64>,
}

pub const PLAIN: Manner =
    Manner { threads: 1, batch: 64, tasks: 1, memory: 1 << 30, format: "arrow", room: None };

/// What the first stage of a select leaves: rows in parts, and their keys.
pub struct Committed {
    keys: Vec<Value>,
    pub parts: Vec<Value>,
    task_rows: Vec<u64>,
}

pub struct Bench {
    registry: Registry,
    pool: Pool,
    folder: tempfile::TempDir,
    manner: Manner,
}

impl Bench {
    pub fn new(manner: Manner, open_input: fn(&Value) -> Result<Source, Failure>) -> Self {
        // A quarter of the memory is room for files.
        let memory = manner.room.map_or(1 << 30, |room| room * 4);
        Self {
            registry: Registry {
                maps: vec![gristmill_dedup::MAPS],
                keys: vec![gristmill_dedup::KEYS],
                open_input: Some(open_input),
                ..Registry::default()
            },
            pool: Pool::start(manner.threads, memory).unwrap(),
            folder: tempfile::tempdir().unwrap(),
            manner,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, file: &FileRef) -> PathBuf {
        self.folder().join(&file.name)
    }

    /// The one file of a role.
    pub fn file(&self, files: &[FileRef], role: Role) -> PathBuf {
        self.path(files.iter().find(|file| file.role == role).unwrap())
    }

    fn run(&self, reader: Value, chain: Value, sink: Value) -> Landed {
        let reader = open_reader(&self.registry, &self.pool, reader).unwrap();
        let chain = Arc::new(open_chain(&self.registry, chain).unwrap());
        let (pump, _) = open_run(&self.registry, &self.pool, reader, chain, sink).unwrap();
        loop {
            pump.wait(Duration::from_secs(20));
            match pump.take_end() {
                RunState::Running => assert!(pump.ended(), "a run hangs"),
                RunState::Done(landed) => return *landed,
                RunState::Failed(failure) => panic!("{failure:?}"),
                RunState::Cancelled => panic!("nobody cancelled"),
            }
        }
    }

    /// Generates rows and commits them in parts, task by task, with their keys.
    pub fn commit(&self, seed: u64, count: usize, keys: &Value, part_bytes: u64) -> Committed {
        let Manner { batch, tasks, format, room, .. } = self.manner;
        let mut committed = Committed { keys: Vec::new(), parts: Vec::new(), task_rows: Vec::new() };
        for task in 0..tasks {
            let rows = [count * task / tasks, count * (task + 1) / tasks];
            let input = json!({"kind": "input", "seed": seed, "count": count, "rows": rows, "batch": batch});
            let sink = json!({"kind": "parts", "folder": self.folder(), "stem": format!("part-{task}"),
                "task": task, "format": format, "part_bytes": part_bytes, "keys": keys, "folds": [],
                "passing": room.is_some()});
            let landed = self.run(input, json!({"steps": []}), sink);
            committed.task_rows.push(landed.rows);
            for file in &landed.files {
                let path = self.path(file);
                match file.role {
                    Role::Keys => committed.keys.push(json!({"path": path, "task": task})),
                    Role::Part => committed.parts.push(
                        json!({"path": path, "task": task, "first_row": file.first_row, "rows": file.rows}),
                    ),
                    _ => {}
                }
            }
        }
        committed
    }

    /// Has a decider speak about what is committed.
    pub fn decide(&self, committed: &Committed, decider: &Value) -> Vec<FileRef> {
        let spec = json!({"job": "decide", "folder": self.folder(), "stem": "marks", "task": 0,
            "decider": decider, "keys": committed.keys, "partition": 0, "partitions": 1,
            "task_rows": committed.task_rows, "memory_bytes": self.manner.memory, "parts": committed.parts,
            "passing": self.manner.room.is_some()});
        let job = Job::open(&self.registry, &self.pool, spec).unwrap();
        assert!(job.wait(Duration::from_secs(50)), "a job hangs");
        match job.take_end() {
            JobEnd::Files(files) => files,
            JobEnd::Failed(failure) => panic!("{failure:?}"),
            _ => panic!("no files"),
        }
    }

    /// Reads what is committed under marks, through the chain.
    pub fn read(&self, committed: &Committed, marks: &Value, chain: Value) -> Landed {
        let reader = json!({"kind": "parts", "parts": committed.parts, "marks": [marks], "columns": null,
            "rows": null});
        let sink = json!({"kind": "parts", "folder": self.folder(), "stem": "out", "task": 0,
            "format": "arrow", "part_bytes": 1 << 30, "keys": null, "folds": []});
        self.run(reader, chain, sink)
    }
}
