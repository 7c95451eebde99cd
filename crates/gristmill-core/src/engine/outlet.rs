//! A sink that hands batches to a caller outside the pool, one at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arrow_array::RecordBatch;

use super::attempt::FileRef;
use super::sink::{EncodeJob, RowSink};
use crate::failure::Failure;
use crate::format::Encoded;

/// Batches that may wait for the caller.
const CAPACITY: usize = 4;

/// The caller's end: batches in order.
#[derive(Clone, Default)]
pub struct Outlet(Arc<Waiting>);

#[derive(Default)]
struct Waiting {
    batches: Mutex<VecDeque<RecordBatch>>,
    filled: Condvar,
}

impl Outlet {
    /// The next batch; waits a while for one to come.
    #[must_use]
    pub fn take(&self, patience: Duration) -> Option<RecordBatch> {
        let mut batches = self.lock();
        if batches.is_empty() {
            batches = match self.0.filled.wait_timeout(batches, patience) {
                Ok((batches, _)) => batches,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        batches.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<RecordBatch>> {
        self.0.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine's end.
pub struct OutletSink(pub Outlet);

impl RowSink for OutletSink {
    fn accept(&mut self, rows: RecordBatch, _jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        if rows.num_rows() > 0 {
            self.0.lock().push_back(rows);
            self.0.0.filled.notify_one();
        }
        Ok(())
    }

    fn flush(&mut self, _jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        Ok(())
    }

    fn append(&mut self, _encoded: Encoded) -> Result<(), Failure> {
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<FileRef>, Failure> {
        Ok(Vec::new())
    }

    fn ready(&self) -> bool {
        self.0.lock().len() < CAPACITY
    }
}

/// A sink for runs that only emit keys or folds.
pub struct NoRows;

impl RowSink for NoRows {
    fn accept(&mut self, _rows: RecordBatch, _jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        Ok(())
    }

    fn flush(&mut self, _jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        Ok(())
    }

    fn append(&mut self, _encoded: Encoded) -> Result<(), Failure> {
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<FileRef>, Failure> {
        Ok(Vec::new())
    }
}
