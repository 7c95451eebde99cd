//! A reader that is fed batches from outside the pool.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use super::failure::EngineFailure;
use crate::batch::{Batch, ID_COLUMN};
use crate::failure::Failure;
use crate::step::{Chunk, ChunkBody, Cutter, Parser, Progress};
use crate::trace::StepTrace;

/// Batches that may wait for the pool.
const CAPACITY: usize = 4;

#[derive(Default)]
struct Inner {
    waiting: VecDeque<RecordBatch>,
    /// Rows put in so far.
    rows: u64,
    ended: bool,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    emptied: Condvar,
    numbered: bool,
}

/// The caller's end.
#[derive(Clone)]
pub struct Feed(Arc<Shared>);

impl Feed {
    /// `numbered`: rows without ids get their numbers as ids.
    #[must_use]
    pub fn new(numbered: bool) -> Self {
        Self(Arc::new(Shared { numbered, ..Shared::default() }))
    }

    /// The columns of the rows as they are read, given those of what is put in.
    #[must_use]
    pub(super) fn schema(&self, given: SchemaRef) -> SchemaRef {
        if !self.0.numbered || has_ids(&given) {
            return given;
        }
        let id = Arc::new(Field::new(ID_COLUMN, DataType::Utf8, false));
        let fields = std::iter::once(id).chain(given.fields().iter().cloned());
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

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
    ///
    /// # Errors
    /// `GM_INTERNAL_ARROW` when ids cannot be put in front of its columns.
    pub fn put(&self, rows: RecordBatch) -> Result<(), Failure> {
        let mut inner = self.lock();
        let first = inner.rows;
        inner.rows += rows.num_rows() as u64;
        drop(inner);
        let rows = if self.0.numbered && !has_ids(rows.schema_ref()) {
            self.with_ids(&rows, first).map_err(EngineFailure::arrow("number rows"))?
        } else {
            rows
        };
        self.lock().waiting.push_back(rows);
        Ok(())
    }

    fn with_ids(&self, rows: &RecordBatch, first: u64) -> Result<RecordBatch, ArrowError> {
        let mut digits = itoa::Buffer::new();
        let mut ids = StringBuilder::with_capacity(rows.num_rows(), rows.num_rows() * 8);
        for number in first..first + rows.num_rows() as u64 {
            ids.append_value(digits.format(number));
        }
        let ids: ArrayRef = Arc::new(ids.finish());
        let columns = std::iter::once(ids).chain(rows.columns().iter().cloned()).collect();
        RecordBatch::try_new(self.schema(rows.schema()), columns)
    }

    /// Says that no more batches will come.
    pub fn end(&self) {
        self.lock().ended = true;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_ids(schema: &Schema) -> bool {
    schema.fields().first().is_some_and(|field| field.name() == ID_COLUMN)
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
