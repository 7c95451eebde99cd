//! The trait behind every place that rows can go to.

use arrow_array::RecordBatch;

use super::attempt::FileRef;
use crate::failure::Failure;
use crate::format::{Begun, Encoded};

/// Work that a sink wants done on the pool; results come back to it in order.
pub type EncodeJob = Box<dyn FnOnce() -> Result<Begun, Failure> + Send>;

/// Where rows go.
pub trait RowSink: Send {
    /// Takes the next rows, in order; may ask for encoding work.
    fn accept(&mut self, rows: RecordBatch, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure>;

    /// No more rows will come; asks for the last encoding work.
    fn flush(&mut self, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure>;

    /// Takes the next encoded piece, in order.
    fn append(&mut self, encoded: Encoded) -> Result<(), Failure>;

    /// Commits what was written.
    fn finish(&mut self) -> Result<Vec<FileRef>, Failure>;

    /// Bytes that the largest piece of encoding work under way or next holds, rows and result together.
    fn job_bytes(&self) -> u64 {
        4 << 20
    }

    /// Whether it can take rows at once; only an outlet to JavaScript ever says no.
    fn ready(&self) -> bool {
        true
    }
}
