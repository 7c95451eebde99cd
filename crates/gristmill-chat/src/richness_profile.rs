//! What the sort by richness must know of a whole data set before it can score a row: two quantiles of text length,
//! and where to cut the scores so that every partition gets about as many rows.

use std::collections::BTreeSet;

use gristmill_core::{
    Batch, Failure, Finishing, FoldDef, FoldState, FoldStep, Saved, options_from, row_hash,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fold::{Running, Summary, load, result, summary_of};
use crate::histogram::Histogram;
use crate::richness::{Quantiles, sort_key};
use crate::rows::{cell, text_column};
use crate::text_counts::characters;
use crate::turn_column::Turns;

const KIND: &str = "richness_profile";

/// Rows of the sample by which cuts are chosen.
const SAMPLE: usize = 16_384;

/// The fold `richness_profile`.
pub const DEF: FoldDef = FoldDef {
    kind: KIND,
    build: |options| Ok(Box::new(RichnessProfile { options: options_from(KIND, options)? })),
};

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
    /// Partitions of the sort to find cuts for.
    #[serde(default = "one")]
    partitions: usize,
}

const fn one() -> usize {
    1
}

struct RichnessProfile {
    options: Options,
}

/// What the score and the sort read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Profile {
    #[serde(flatten)]
    pub(crate) quantiles: Quantiles,
    /// Rows seen.
    pub(crate) rows: u64,
    /// First sort keys of all partitions but the first, ascending.
    pub(crate) cuts: Vec<u64>,
    /// Turns and characters of the sampled rows.
    pub(crate) sample: Vec<(u64, u64)>,
}

/// Lengths of all texts, and the rows with the lowest hashes.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Lengths {
    characters: Histogram,
    /// Hash of the id, turns, characters.
    sample: BTreeSet<(u64, u64, u64)>,
}

impl Summary for Lengths {
    type Options = Options;

    fn observe(&mut self, options: &Options, batch: &Batch) -> Result<(), Failure> {
        let texts = batch.text(&options.column)?;
        let turns = Turns::of(batch, &options.column)?;
        for row in 0..batch.len() {
            let length = characters(cell(texts, row));
            self.characters.add(length);
            let hash = row_hash(0, KIND, batch.ids().value(row));
            if self.sample.len() < SAMPLE || self.sample.last().is_some_and(|last| hash <= last.0) {
                self.sample.insert((hash, turns.at(row), length));
                self.trim();
            }
        }
        Ok(())
    }

    fn merge(&mut self, mut other: Self) {
        self.characters.merge(&other.characters);
        self.sample.append(&mut other.sample);
        self.trim();
    }
}

impl Lengths {
    fn trim(&mut self) {
        while self.sample.len() > SAMPLE {
            self.sample.pop_last();
        }
    }
}

impl FoldStep for RichnessProfile {
    fn empty(&self) -> Box<dyn FoldState> {
        Box::new(Running { options: self.options.clone(), summary: Lengths::default() })
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure> {
        load::<Lengths>(KIND, &self.options, &saved)
    }

    fn finish(&self, state: Box<dyn FoldState>, _: &Finishing) -> Result<Value, Failure> {
        let lengths: Lengths = summary_of(KIND, state)?;
        let quantiles =
            Quantiles { p50: lengths.characters.nearest(0.5), p95: lengths.characters.nearest(0.95) };
        let sample: Vec<(u64, u64)> =
            lengths.sample.iter().map(|&(_, turns, chars)| (turns, chars)).collect();
        let mut keys: Vec<u64> = sample.iter().map(|&(t, c)| sort_key(quantiles.score(t, c))).collect();
        keys.sort_unstable();
        result(
            KIND,
            &Profile {
                quantiles,
                rows: lengths.characters.count(),
                cuts: cuts(&keys, self.options.partitions),
                sample,
            },
        )
    }
}

/// First keys of partitions 2 to n, such that the sorted keys fall evenly; no two are equal and none is the least.
fn cuts(keys: &[u64], partitions: usize) -> Vec<u64> {
    let mut cuts: Vec<u64> =
        (1..partitions).filter_map(|n| keys.get(n * keys.len() / partitions).copied()).collect();
    cuts.dedup();
    cuts.retain(|cut| keys.first() != Some(cut));
    cuts
}

#[cfg(test)]
mod tests {
    use super::cuts;

    #[test]
    fn cuts_are_even_and_distinct() {
        assert_eq!(cuts(&(0..100).collect::<Vec<_>>(), 4), [25, 50, 75]);
        assert_eq!(cuts(&[5; 9], 4), [0_u64; 0]);
        assert_eq!(cuts(&[1, 1, 1, 2], 4), [2]);
        assert_eq!(cuts(&[], 4), [0_u64; 0]);
    }
}
