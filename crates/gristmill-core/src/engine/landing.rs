//! The serial end of a run: where processed batches arrive in order.

use std::sync::Arc;

use super::attempt::{Attempt, FileRef, Place, Role};
use super::failure::EngineFailure;
use super::keys::{KeyWriter, address};
use super::process::Processed;
use super::sink::{EncodeJob, RowSink};
use super::summary::{SavedWriter, Scratch};
use super::trace_sink::TraceSink;
use crate::failure::Failure;
use crate::step::{FoldState, FoldStep};
use crate::trace::{Counts, StepTrace};
use std::io::Write as _;

/// A fold of a run with its running state.
pub struct LandedFold {
    /// Name the plan gave it.
    pub name: String,
    /// The fold.
    pub step: Arc<dyn FoldStep>,
    /// What was merged so far.
    pub state: Box<dyn FoldState>,
}

impl LandedFold {
    fn commit(&mut self, place: &Place) -> Result<FileRef, Failure> {
        let tag = format!("state-{}", self.name);
        let attempt = Attempt::create(place, &tag)?;
        self.state.save(&mut SavedWriter::new(&mut attempt.writer(), attempt.path()))?;
        let mut file = attempt.commit(&tag, "state", Role::State, 0)?;
        file.label = Some(self.name.clone());
        Ok(file)
    }
}

/// Everything a run leaves behind, filled in batch order.
pub struct Landing {
    pub rows: Box<dyn RowSink>,
    pub keys: Option<KeyWriter>,
    pub folds: Vec<LandedFold>,
    pub scratch: Scratch,
    pub trace: TraceSink,
    /// Per step, in chain order.
    pub counts: Vec<(String, Counts)>,
    pub place: Option<Place>,
    /// Task number, part of row addresses.
    pub task: u64,
    /// Number of the first row that arrives: rows of a scan keep the numbers of their part.
    pub landed: u64,
}

impl Landing {
    pub fn accept(&mut self, done: Processed, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        for (at, trace) in done.traces.into_iter().enumerate() {
            self.take_trace(at, trace)?;
        }
        if let Some(keys) = &mut self.keys {
            match &done.addresses {
                Some(addresses) => keys.push_addressed(&done.keys, &done.bands, addresses)?,
                None => keys.push(&done.keys, &done.bands, address(self.task, self.landed))?,
            }
        }
        for (fold, state) in self.folds.iter_mut().zip(done.folds) {
            fold.state.merge(state);
            fold.state.spill(&self.scratch)?;
        }
        self.landed += done.rows.num_rows() as u64;
        self.rows.accept(done.rows, jobs)
    }

    fn take_trace(&mut self, at: usize, trace: StepTrace) -> Result<(), Failure> {
        let (step, counts) = &mut self.counts[at];
        counts.merge(&trace.counts);
        self.trace.push(step, trace.rejects)
    }

    pub fn finish(mut self) -> Result<Landed, Failure> {
        let mut files = self.rows.finish()?;
        if let Some(keys) = self.keys.take() {
            files.extend(keys.commit()?);
        }
        if let Some(place) = &self.place {
            for fold in &mut self.folds {
                files.push(fold.commit(place)?);
            }
        }
        files.extend(self.trace.finish()?);
        Ok(Landed { files, counts: self.counts, rows: self.landed })
    }
}

/// What a finished run reports.
pub struct Landed {
    /// The committed files.
    pub files: Vec<FileRef>,
    /// Counts per step: those of the reader, then those of the chain.
    pub counts: Vec<(String, Counts)>,
    /// Rows that reached the sink.
    pub rows: u64,
}

/// Commits a JSON value as a file.
pub fn write_json(
    place: &Place,
    value: &serde_json::Value,
    tag: &str,
    role: Role,
) -> Result<FileRef, Failure> {
    let attempt = Attempt::create(place, tag)?;
    attempt
        .writer()
        .write_all(value.to_string().as_bytes())
        .map_err(EngineFailure::file("write", attempt.path()))?;
    attempt.commit(tag, "json", role, 0)
}
