//! Finds where to cut a sort into partitions of about equal size, from a sample that merges exactly: the rows with
//! the smallest hashes.

use std::any::Any;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::batch::Batch;
use crate::engine::{Finishing, Saved, SavedWriter, ordinals};
use crate::failure::Failure;
use crate::hash::row_hash;
use crate::step::{FoldDef, FoldState, FoldStep, options_from};

/// The fold.
pub const DEF: FoldDef = FoldDef { kind: "range_cuts", build };

/// Rows sampled: cuts are then within about one percent of the wanted share.
const SAMPLE: usize = 16_384;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column that orders the rows: a number, or text of digits.
    column: String,
    /// Whether big values come first.
    descending: bool,
    /// Partitions wanted.
    partitions: usize,
}

struct RangeCuts(Options);

fn build(options: &Value) -> Result<Box<dyn FoldStep>, Failure> {
    Ok(Box::new(RangeCuts(options_from("range_cuts", options)?)))
}

#[derive(Serialize, Deserialize)]
struct Sample {
    sample: BTreeSet<(u64, u64)>,
}

struct State {
    options: Options,
    /// (hash of the id, value), the smallest hashes.
    sample: BTreeSet<(u64, u64)>,
}

impl State {
    fn add(&mut self, entry: (u64, u64)) {
        if self.sample.len() < SAMPLE {
            self.sample.insert(entry);
        } else if self.sample.last().is_some_and(|last| entry < *last) && self.sample.insert(entry) {
            self.sample.pop_last();
        }
    }
}

impl FoldStep for RangeCuts {
    fn empty(&self) -> Box<dyn FoldState> {
        Box::new(State { options: self.0.clone(), sample: BTreeSet::new() })
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure> {
        let saved: Sample = options_from("range_cuts", &saved.json()?)?;
        Ok(Box::new(State { options: self.0.clone(), sample: saved.sample }))
    }

    fn finish(&self, state: Box<dyn FoldState>, _: &Finishing) -> Result<Value, Failure> {
        let mut values: Vec<u64> = match (state as Box<dyn Any>).downcast::<State>() {
            Ok(state) => state.sample.into_iter().map(|(_, value)| value).collect(),
            Err(_) => Vec::new(),
        };
        values.sort_unstable();
        let cuts: Vec<u64> = if values.is_empty() {
            Vec::new()
        } else {
            (1..self.0.partitions).map(|p| values[p * values.len() / self.0.partitions]).collect()
        };
        Ok(json!({ "cuts": cuts }))
    }
}

impl FoldState for State {
    fn observe(&mut self, batch: &Batch) -> Result<(), Failure> {
        let values = ordinals(batch.columns(), &self.options.column, self.options.descending)?;
        for (row, value) in values.into_iter().enumerate() {
            self.add((row_hash(0, "range_cuts", batch.ids().value(row)), value));
        }
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn FoldState>) {
        if let Ok(other) = (other as Box<dyn Any>).downcast::<Self>() {
            for entry in other.sample {
                self.add(entry);
            }
        }
    }

    fn save(&mut self, out: &mut SavedWriter<'_>) -> Result<(), Failure> {
        out.put(json!({ "sample": self.sample }).to_string().as_bytes())
    }
}
