//! The parallel middle of a run: one chunk in, everything that follows from it out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::RecordBatch;

use super::chain::Chain;
use super::failure::EngineFailure;
use super::panic::panic_message;
use super::parts::ADDRESS_COLUMN;
use crate::batch::Batch;
use crate::failure::Failure;
use crate::step::{BandRow, Chunk, FoldState, FoldStep, KeyRow, KeyStep, Parser};
use crate::trace::StepTrace;

/// What a chunk became.
pub struct Processed {
    pub rows: RecordBatch,
    /// One per counted step.
    pub traces: Vec<StepTrace>,
    pub keys: Vec<KeyRow>,
    /// Bands of likeness, for key steps that compare.
    pub bands: Vec<BandRow>,
    /// Addresses of the rows where they are not simply consecutive (a scan under marks).
    pub addresses: Option<Vec<u64>>,
    pub folds: Vec<Box<dyn FoldState>>,
}

/// The work done on each chunk, shared by all threads.
pub struct Process {
    pub parser: Arc<dyn Parser>,
    /// How many traces the parser fills: one per select whose marks it applies, one for a reader or group.
    pub parser_steps: usize,
    pub chain: Arc<Chain>,
    pub steps: usize,
    pub keys: Option<Arc<dyn KeyStep>>,
    pub folds: Vec<Arc<dyn FoldStep>>,
    /// Whether only keys and folds are wanted.
    pub scan: bool,
    /// Positions of the columns that go to the sink; all where `None`.
    pub columns: Option<Vec<usize>>,
}

impl Process {
    /// Runs everything on one chunk. A panic outside a map step cannot be pinned to a row and fails the run.
    pub fn run(&self, chunk: Chunk, sequence: u64) -> Result<Processed, Failure> {
        catch_unwind(AssertUnwindSafe(|| self.work(chunk))).unwrap_or_else(|panic| {
            let place = format!("batch {sequence}");
            Err(EngineFailure::Panic { place, message: panic_message(&*panic) }.into())
        })
    }

    fn work(&self, chunk: Chunk) -> Result<Processed, Failure> {
        let mut traces = vec![StepTrace::default(); self.parser_steps + self.steps];
        let (reading, chaining) = traces.split_at_mut(self.parser_steps);
        let parsed = self.parser.parse_steps(chunk, reading)?;
        let mut batch = self.chain.run(parsed, chaining)?;
        let addresses = if self.scan { take_addresses(&mut batch)? } else { None };
        let (mut keys, mut bands) = (Vec::new(), Vec::new());
        if let Some(step) = &self.keys {
            match step.alike() {
                Some(alike) => alike.sketch(&batch, &mut keys, &mut bands)?,
                None => step.keys(&batch, &mut keys)?,
            }
        }
        let mut folds = Vec::with_capacity(self.folds.len());
        for fold in &self.folds {
            let mut state = fold.empty();
            state.observe(&batch)?;
            folds.push(state);
        }
        let mut rows = batch.into_columns()?;
        if let Some(columns) = &self.columns {
            rows = rows.project(columns).map_err(EngineFailure::arrow("pick columns"))?;
        }
        Ok(Processed { rows, traces, keys, bands, addresses, folds })
    }
}

fn take_addresses(batch: &mut Batch) -> Result<Option<Vec<u64>>, Failure> {
    use arrow_array::cast::AsArray;
    use arrow_array::types::UInt64Type;
    if batch.find(ADDRESS_COLUMN).is_none() {
        return Ok(None);
    }
    let addresses = batch.column(ADDRESS_COLUMN)?.as_primitive::<UInt64Type>().values().to_vec();
    batch.drop_column(ADDRESS_COLUMN)?;
    Ok(Some(addresses))
}
