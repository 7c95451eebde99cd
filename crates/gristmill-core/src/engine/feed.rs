//! A reader that is fed batches from outside the pool.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;

use super::failure::EngineFailure;
use crate::batch::Batch;
use crate::failure::Failure;
use crate::step::{Chunk, ChunkBody, Cutter, Parser, Progress};
use crate::trace::StepTrace;

/// Batches that may wait for the pool.
const CAPACITY: usize = 4;

#[derive(Default)]
struct Inner {
    waiting: VecDeque<RecordBatch>,
    ended: bool,
    given: u64,
}

/// The caller's end.
#[derive(Clone, Default)]
pub struct Feed(Arc<Mutex<Inner>>);

impl Feed {
    /// Whether a batch may be put in now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.lock().waiting.len() < CAPACITY
    }

    /// Puts a batch in.
    pub fn put(&self, rows: RecordBatch) {
        self.lock().waiting.push_back(rows);
    }

    /// Says that no more batches will come.
    pub fn end(&self) {
        self.lock().ended = true;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine's end.
pub struct FeedCutter(pub Feed);

impl Cutter for FeedCutter {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        let mut inner = self.0.lock();
        inner.given += 1;
        let rows = inner.waiting.pop_front();
        Ok(rows.map(|rows| Chunk { input: "".into(), address: 0, body: ChunkBody::Columns(rows) }))
    }

    fn ready(&self) -> bool {
        let inner = self.0.lock();
        inner.ended || !inner.waiting.is_empty()
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }
}

/// Wraps what was fed.
pub struct FeedParser;

impl Parser for FeedParser {
    fn parse(&self, chunk: Chunk, trace: &mut StepTrace) -> Result<Batch, Failure> {
        let ChunkBody::Columns(rows) = chunk.body else {
            return Err(EngineFailure::Closed.into());
        };
        trace.counts.rows_in += rows.num_rows() as u64;
        Batch::new(rows)
    }
}
