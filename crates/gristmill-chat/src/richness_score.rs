//! Scores every row for the sort by richness with the quantiles of the whole data set.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, UInt32Builder};
use arrow_array::{Array, ArrayRef};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from, side_input};
use serde::Deserialize;

use crate::failure::ChatFailure;
use crate::richness::Quantiles;
use crate::richness_profile::Profile;
use crate::rows::{cell, schema_after, text_column};
use crate::text_counts::characters;
use crate::turn_column::Turns;

/// Name of the engine's column that the sort reads.
pub const SCORE_COLUMN: &str = "__score";

/// The step `richness_score`.
pub const DEF: MapDef = MapDef {
    kind: "richness_score",
    build: |options, side| {
        let options: Options = options_from("richness_score", options)?;
        let profile = Profile::deserialize(side_input(side, &options.profile)?).map_err(|_| {
            ChatFailure::WrongProfile {
                step: "richness_score",
                name: options.profile.clone(),
                wanted: "richness_profile",
            }
        })?;
        Ok(Box::new(RichnessScore { options, quantiles: profile.quantiles }))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
    /// Name of the side input that holds the profile.
    profile: String,
    /// Whether the column `char_count` stays for the reader.
    #[serde(default)]
    keep_char_count: bool,
}

struct RichnessScore {
    options: Options,
    quantiles: Quantiles,
}

impl MapStep for RichnessScore {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.options.column)?;
        let turns = Turns::of(batch, &self.options.column)?;
        let mut scores = Int64Builder::with_capacity(texts.len());
        let mut lengths = UInt32Builder::with_capacity(texts.len());
        for row in 0..texts.len() {
            let length = characters(cell(texts, row));
            let score = self.quantiles.score(turns.at(row), length);
            scores.append_value(i64::try_from(score).unwrap_or(i64::MAX));
            lengths.append_value(u32::try_from(length).unwrap_or(u32::MAX));
        }
        if self.options.keep_char_count {
            batch.set_column("char_count", Arc::new(lengths.finish()) as ArrayRef, false)?;
        }
        batch.set_column(SCORE_COLUMN, Arc::new(scores.finish()) as ArrayRef, false)
    }
}
