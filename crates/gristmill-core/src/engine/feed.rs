//! A reader that is fed batches from outside the pool.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    emptied: Condvar,
}

/// The caller's end.
#[derive(Clone, Default)]
pub struct Feed(Arc<Shared>);

impl Feed {
    /// Whether a batch may be put in; waits a while until it may.
    #[must_use]
    pub fn has_room(&self, patience: Duration) -> bool {
        let inner = self.lock();
        if inner.waiting.len() < CAPACITY {
            return true;
        }
        match self.0.emptied.wait_timeout(inner, patience) {
            Ok((inner, _)) => inner.waiting.len() < CAPACITY,
            Err(poisoned) => poisoned.into_inner().0.waiting.len() < CAPACITY,
        }
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
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine's end.
pub struct FeedCutter(pub Feed);

impl Cutter for FeedCutter {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        let mut inner = self.0.lock();
        let rows = inner.waiting.pop_front();
        drop(inner);
        self.0.0.emptied.notify_one();
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
