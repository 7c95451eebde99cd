//! Keeps a share of the rows, chosen by a hash of seed and id: a bigger share contains every smaller one.

use arrow_schema::SchemaRef;
use serde::Deserialize;
use serde_json::Value;

use crate::batch::Batch;
use crate::failure::Failure;
use crate::hash::row_hash;
use crate::step::{MapDef, MapStep, SideInputs, options_from};
use crate::trace::StepTrace;

/// The step.
pub const DEF: MapDef = MapDef { kind: "sample", build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Share of the rows to keep, 0 to 1.
    fraction: f64,
    /// The recipe's seed.
    seed: u64,
}

struct Sample {
    /// Rows whose hash is below this stay.
    below: u128,
    seed: u64,
}

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: Options = options_from("sample", options)?;
    let whole = (u128::from(u64::MAX) + 1) as f64;
    let below = (options.fraction.clamp(0.0, 1.0) * whole) as u128;
    Ok(Box::new(Sample { below, seed: options.seed }))
}

impl MapStep for Sample {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        Ok(input.clone())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        for row in batch.alive_rows() {
            let hash = row_hash(self.seed, "sample", batch.ids().value(row));
            if u128::from(hash) >= self.below {
                batch.drop_row(row, trace, "not_sampled", "", None, "");
            }
        }
        Ok(())
    }
}
