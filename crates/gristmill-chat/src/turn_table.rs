//! How many dialogues have how many turns, with a line for every count between the least and the most.

use gristmill_core::{Batch, Failure, Finishing, FoldDef, FoldState, FoldStep, Saved, options_from};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fold::{Running, Summary, load, result, summary_of};
use crate::histogram::Histogram;
use crate::rows::text_column;
use crate::turn_column::Turns;

const KIND: &str = "turn_table";

/// Widest table that fills its gaps; beyond it only counts that occur have a line.
const WIDEST: u64 = 100_000;

/// The fold `turn_table`.
pub const DEF: FoldDef = FoldDef {
    kind: KIND,
    build: |options| Ok(Box::new(TurnTable { options: options_from(KIND, options)? })),
};

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column that holds the dialogue, read where no column `turns` is there.
    #[serde(default = "text_column")]
    column: String,
}

struct TurnTable {
    options: Options,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct TurnHistogram {
    turns: Histogram,
}

/// Turns and rows, from the least to the most.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) turns: Vec<(u64, u64)>,
}

impl Summary for TurnHistogram {
    type Options = Options;

    fn observe(&mut self, options: &Options, batch: &Batch) -> Result<(), Failure> {
        let turns = Turns::of(batch, &options.column)?;
        for row in 0..batch.len() {
            self.turns.add(turns.at(row));
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        self.turns.merge(&other.turns);
    }
}

impl FoldStep for TurnTable {
    fn empty(&self) -> Box<dyn FoldState> {
        Box::new(Running { options: self.options.clone(), summary: TurnHistogram::default() })
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure> {
        load::<TurnHistogram>(KIND, &self.options, &saved)
    }

    fn finish(&self, state: Box<dyn FoldState>, _: &Finishing) -> Result<Value, Failure> {
        let turns = summary_of::<TurnHistogram>(KIND, state)?.turns;
        let table = match (turns.min(), turns.max()) {
            (Some(min), Some(max)) if max - min < WIDEST => (min..=max).map(|n| (n, turns.get(n))).collect(),
            _ => turns.iter().collect(),
        };
        result(KIND, &Table { turns: table })
    }
}
