//! Groups that a format cuts into pieces come out whole and in order, whoever encodes the pieces.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::engine::{Landed, Pool, Registry, Role, RunState, open_chain, open_reader, open_run};
use gristmill_core::{
    Batch, Begun, Chunk, ChunkBody, Companion, Cutter, Encoded, Failure, Format, FormatDef, FormatFile, Head,
    Parser, Piece, Progress, Source, StepTrace, options_from,
};
use serde::Deserialize;
use serde_json::{Value, json};

const ROWS: usize = 30_000;
const SLICE: usize = 100;

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("__id", DataType::Utf8, false),
        Field::new("text", DataType::Utf8, false),
    ]))
}

#[derive(Deserialize)]
struct Input {
    batch: usize,
}

struct Generated {
    at: usize,
    batch: usize,
}

impl Cutter for Generated {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        let to = (self.at + self.batch).min(ROWS);
        if self.at == to {
            return Ok(None);
        }
        let texts: StringArray = (self.at..to).map(|row| Some(row.to_string())).collect();
        self.at = to;
        let rows = RecordBatch::try_new(schema(), vec![Arc::new(texts.clone()), Arc::new(texts)]).unwrap();
        Ok(Some(Chunk { input: "g".into(), address: 0, body: ChunkBody::Columns(rows) }))
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

fn open_input(spec: &Value) -> Result<Source, Failure> {
    let Input { batch } = options_from("input", spec)?;
    Ok(Source { cutter: Box::new(Generated { at: 0, batch }), parser: Arc::new(Wrap), schema: schema() })
}

/// Lines of text, each slice of a block a piece; a planted panic in the piece of one row.
struct Lines {
    panics_at: Option<String>,
}

impl Format for Lines {
    fn extension(&self) -> String {
        "txt".to_owned()
    }

    fn group_bytes(&self) -> usize {
        20_000
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        self.begin(blocks)?.finish()
    }

    fn begin(&self, blocks: &[RecordBatch]) -> Result<Begun, Failure> {
        let mut pieces = Vec::new();
        for block in blocks {
            for from in (0..block.num_rows()).step_by(SLICE) {
                let texts = block.column(0).slice(from, SLICE.min(block.num_rows() - from));
                let panics_at = self.panics_at.clone();
                let piece = move || {
                    let texts: Vec<&str> = texts.as_string::<i32>().iter().map(Option::unwrap).collect();
                    assert!(!panics_at.is_some_and(|at| texts.contains(&at.as_str())), "planted panic");
                    Ok(Encoded(Box::new(texts.join("\n") + "\n")))
                };
                pieces.push(Box::new(piece) as Piece);
            }
        }
        Ok(Begun::Pieces(pieces))
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        Ok(Box::new(LinesFile(out)))
    }
}

struct LinesFile(Box<dyn Write + Send>);

impl FormatFile for LinesFile {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        for piece in *group.0.downcast::<Vec<Encoded>>().unwrap_or_default() {
            self.0.write_all(piece.0.downcast::<String>().unwrap_or_default().as_bytes()).unwrap();
        }
        Ok(())
    }

    fn finish(self: Box<Self>, _: &mut [Companion]) -> Result<Head, Failure> {
        Ok(Head::AsWritten)
    }
}

const LINES: &[FormatDef] = &[FormatDef {
    kind: "lines",
    build: |options, _| Ok(Box::new(Lines { panics_at: options["panics_at"].as_str().map(str::to_owned) })),
}];

fn run(folder: &std::path::Path, threads: usize, batch: usize, options: &Value) -> Result<Landed, Failure> {
    let registry = Registry { open_input: Some(open_input), formats: vec![LINES], ..Registry::default() };
    // Little memory: the groups wait for each other.
    let pool = Pool::start(threads, 1 << 18).unwrap();
    let reader = open_reader(&registry, &pool, json!({ "kind": "input", "batch": batch }))?;
    let chain = Arc::new(open_chain(&registry, json!({ "steps": [] }))?);
    let sink = json!({ "kind": "output", "folder": folder, "stem": "rows", "task": 0, "columns": ["text"],
        "format": { "kind": "lines", "options": options } });
    let (pump, _) = open_run(&registry, &pool, reader, chain, sink)?;
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

#[test]
fn pieces_are_joined_in_order() {
    let lines: Vec<String> = (0..ROWS).map(|row| row.to_string()).collect();
    let want = lines.join("\n") + "\n";
    for (threads, batch) in [(1, 5000), (2, 777), (7, 64)] {
        let folder = tempfile::tempdir().unwrap();
        let landed = run(folder.path(), threads, batch, &json!({})).unwrap();
        let file = landed.files.iter().find(|file| file.role == Role::Output).unwrap();
        assert_eq!(file.rows as usize, ROWS);
        let found = std::fs::read_to_string(folder.path().join(&file.name)).unwrap();
        assert!(found == want, "{threads} threads");
    }
}

#[test]
fn a_piece_that_panics_fails_the_run_and_leaves_no_file() {
    for threads in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let failure = run(folder.path(), threads, 1000, &json!({ "panics_at": "17000" })).err().unwrap();
        assert_eq!(failure.code(), "GM_INTERNAL_PANIC");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
