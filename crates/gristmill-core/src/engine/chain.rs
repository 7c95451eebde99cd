//! Map steps in a row.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_schema::SchemaRef;

use super::panic::panic_message;
use crate::batch::Batch;
use crate::failure::Failure;
use crate::step::MapStep;
use crate::trace::StepTrace;

/// One step of a chain: under which name it counts, and what runs.
pub struct ChainStep {
    /// Name of the step in the recipe.
    pub step: String,
    /// The native step.
    pub map: Box<dyn MapStep>,
}

/// Map steps that run one after the other on each batch.
#[derive(Default)]
pub struct Chain {
    steps: Vec<ChainStep>,
}

impl Chain {
    /// A chain of these steps.
    #[must_use]
    pub const fn new(steps: Vec<ChainStep>) -> Self {
        Self { steps }
    }

    /// Names under which the steps count, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|s| s.step.as_str())
    }

    /// The columns that leave the chain.
    ///
    /// # Errors
    /// Whatever a step refuses about its input.
    pub fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut schema = input.clone();
        for step in &self.steps {
            schema = step.map.schema(&schema)?;
        }
        Ok(schema)
    }

    /// Runs all steps on a batch and compacts it. `traces` has one entry per step.
    /// A panic costs the rows that cause it: they go to quarantine, the others go on.
    ///
    /// # Errors
    /// A step's own failures.
    pub fn run(&self, mut batch: Batch, traces: &mut [StepTrace]) -> Result<Batch, Failure> {
        for (step, trace) in self.steps.iter().zip(traces) {
            let before = batch.alive() as u64;
            trace.counts.rows_in += before;
            batch = run_guarded(step, batch, trace)?;
            let after = batch.alive() as u64;
            trace.counts.rows_out += after;
        }
        batch.compact()?;
        Ok(batch)
    }
}

/// Runs one step; on a panic runs it again row by row, which is allowed since a map is row-local and pure.
fn run_guarded(step: &ChainStep, batch: Batch, trace: &mut StepTrace) -> Result<Batch, Failure> {
    let mut tried = batch.clone();
    let mut counted = StepTrace::default();
    match catch_unwind(AssertUnwindSafe(|| step.map.run(&mut tried, &mut counted))) {
        Ok(done) => {
            done?;
            tried.tell_rows(&batch, &mut counted)?;
            trace.absorb(counted);
            Ok(tried)
        }
        Err(_) => one_by_one(step, batch, trace),
    }
}

fn one_by_one(step: &ChainStep, mut batch: Batch, trace: &mut StepTrace) -> Result<Batch, Failure> {
    batch.compact()?;
    let mut pieces = Vec::with_capacity(batch.len());
    let mut schema = None;
    for row in 0..batch.len() {
        let single = Batch::new(batch.columns().slice(row, 1))?;
        let mut tried = single.clone();
        let mut counted = StepTrace::default();
        match catch_unwind(AssertUnwindSafe(|| step.map.run(&mut tried, &mut counted))) {
            Ok(done) => {
                done?;
                tried.tell_rows(&single, &mut counted)?;
                trace.absorb(counted);
                let columns = tried.into_columns()?;
                schema.get_or_insert_with(|| columns.schema());
                pieces.push(columns);
            }
            Err(panic) => {
                let mut poisoned = single;
                poisoned.quarantine_row(0, trace, "GM_INTERNAL_PANIC", &panic_message(&*panic));
                poisoned.tell_rows(&poisoned, trace)?;
            }
        }
    }
    let schema = match schema {
        Some(schema) => schema,
        None => step.map.schema(&batch.schema())?,
    };
    let joined = arrow_select::concat::concat_batches(&schema, &pieces)
        .map_err(super::failure::EngineFailure::arrow("join rows"))?;
    Batch::new(joined)
}
