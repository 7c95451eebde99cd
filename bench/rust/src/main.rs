//! The same work as a run driven from Node, without Node: what is left of the difference is the price of the border.
//!
//! `gristmill-bench-rust SPEC.json` opens the reader, chain and sink that the file specifies, in the words of
//! `ts/native/specs.ts`, runs them on `threads` threads, and prints one line of JSON.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod failure;
/// The addon's own list, so that both sides can never run other code.
#[path = "../../../crates/gristmill-node/src/registry.rs"]
mod registry;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gristmill_core::Failure;
use gristmill_core::engine::{Landed, Pool, RunState, open_chain, open_reader, open_run};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::{NoThreads, Stopped};
use crate::registry::REGISTRY;

/// The allocator of the addon.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What runs may hold, as the suites set it.
const MEMORY: u64 = 4 << 30;

/// As long as the TypeScript side waits between two looks.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    threads: usize,
    reader: Value,
    chain: Value,
    sink: Value,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: gristmill-bench-rust SPEC.json")?;
    let spec: Spec = serde_json::from_slice(&std::fs::read(path)?)?;
    let started = Instant::now();
    let landed = run(spec).map_err(|failure| format!("{failure:?}"))?;
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    println!(
        "{}",
        json!({
            "cpu_s": cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9,
            "wall_s": started.elapsed().as_secs_f64(),
            "rows": landed.rows,
            "sha256": landed.files.iter().map(|file| &file.sha256).collect::<Vec<_>>(),
        })
    );
    Ok(())
}

fn run(spec: Spec) -> Result<Landed, Failure> {
    let registry = &*REGISTRY;
    let pool = Pool::start(spec.threads, MEMORY).map_err(|source| NoThreads { source })?;
    let reader = open_reader(registry, &pool, spec.reader)?;
    let chain = Arc::new(open_chain(registry, spec.chain)?);
    let (pump, _outlet) = open_run(registry, &pool, reader, chain, spec.sink)?;
    loop {
        pump.wait(LOOK);
        match pump.take_end() {
            RunState::Running => {}
            RunState::Done(landed) => return Ok(*landed),
            RunState::Failed(failure) => return Err(failure),
            RunState::Cancelled => return Err(Stopped.into()),
        }
    }
}
