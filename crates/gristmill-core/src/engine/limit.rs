//! Stops a reader after a number of rows, for trying a recipe on the first rows of its input.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::batch::Batch;
use crate::failure::Failure;
use crate::step::{Chunk, ChunkBody, Cutter, Parser, Progress, Source};
use crate::trace::StepTrace;

type Traces = Arc<Mutex<BTreeMap<u64, StepTrace>>>;

/// Parses in the serial half, where the order of rows is known, and stops at the limit.
struct LimitCutter {
    inner: Box<dyn Cutter>,
    parser: Arc<dyn Parser>,
    left: u64,
    given: u64,
    traces: Traces,
}

/// Hands on what was parsed.
struct LimitParser {
    traces: Traces,
}

/// The source, cut after `rows` good rows.
pub fn limit(source: Source, rows: u64) -> Source {
    let traces = Traces::default();
    let cutter = LimitCutter {
        inner: source.cutter,
        parser: source.parser,
        left: rows,
        given: 0,
        traces: Arc::clone(&traces),
    };
    Source { cutter: Box::new(cutter), parser: Arc::new(LimitParser { traces }), schema: source.schema }
}

impl Cutter for LimitCutter {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        if self.left == 0 {
            return Ok(None);
        }
        let Some(chunk) = self.inner.next()? else { return Ok(None) };
        let input = Arc::clone(&chunk.input);
        let mut trace = StepTrace::default();
        let mut rows = self.parser.parse(chunk, &mut trace)?.into_columns()?;
        let found = rows.num_rows() as u64;
        if found > self.left {
            // Rows behind the limit were never read, as far as anyone is concerned.
            rows = rows.slice(0, self.left as usize);
            trace.counts.rows_in -= found - self.left;
        }
        self.left -= rows.num_rows() as u64;
        let number = self.given;
        self.given += 1;
        self.traces.lock().unwrap_or_else(PoisonError::into_inner).insert(number, trace);
        Ok(Some(Chunk { input, address: number, body: ChunkBody::Columns(rows) }))
    }

    fn progress(&self) -> Progress {
        self.inner.progress()
    }
}

impl Parser for LimitParser {
    fn parse(&self, chunk: Chunk, trace: &mut StepTrace) -> Result<Batch, Failure> {
        let found = self.traces.lock().unwrap_or_else(PoisonError::into_inner).remove(&chunk.address);
        trace.absorb(found.unwrap_or_default());
        match chunk.body {
            ChunkBody::Columns(rows) => Batch::new(rows),
            ChunkBody::Bytes(_) | ChunkBody::TooLong { .. } => {
                Err(super::failure::EngineFailure::Closed.into())
            }
        }
    }
}
