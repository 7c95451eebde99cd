//! The step: rearranges a share of the texts, chosen by hash.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, SEAMS_COLUMN, SideInputs, StepTrace, options_from};
use serde::Deserialize;
use serde_json::Value;

use super::choose::{Weights, cut};
use super::layout::{Order, lay_out};
use super::profile::{Profile, Tokens};
use super::random::Choices;
use crate::failure::{SequenceFailure, share};
use crate::pack::builder;

/// The step.
pub const DEF: MapDef = MapDef { kind: "fim", build };

/// Options of `fim`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Text column.
    column: String,
    /// Share of texts that are rearranged.
    rate: f64,
    /// Share of those that are laid out suffix first.
    spm: f64,
    /// How often each kind of hole is taken.
    kinds: Weights,
    /// Family of models, for the names of the tokens.
    profile: Profile,
    /// Names of the tokens instead.
    tokens: Option<Tokens>,
    /// Appended to rearranged texts and to the others.
    end: Option<String>,
    /// Texts with fewer lines stay as they are.
    min_lines: usize,
    /// Texts with more characters stay as they are.
    max_chars: usize,
    /// Values of the column `type` whose rows stay as they are.
    except_types: Vec<String>,
    /// Seed of the choices.
    seed: u64,
}

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let mut options: Options = options_from(DEF.kind, options)?;
    let Weights { random, line, multi } = options.kinds;
    share("rate", options.rate)?;
    share("spm", options.spm)?;
    for (name, found) in [("random", random), ("line", line), ("multi", multi)] {
        if !found.is_finite() || found < 0.0 {
            return Err(SequenceFailure::NotAShare { name, found }.into());
        }
    }
    if random + line + multi <= 0.0 {
        return Err(SequenceFailure::NoKinds.into());
    }
    if !options.profile.takes_spm() {
        options.spm = 0.0;
    }
    let tokens = options.tokens.take().unwrap_or_else(|| options.profile.tokens());
    Ok(Box::new(Fim { options, tokens }))
}

struct Fim {
    options: Options,
    tokens: Tokens,
}

/// Column whose values may keep a row as it is.
const TYPE: &str = "type";

impl Fim {
    /// Why a text stays as it is; counted under this name.
    fn untouched(&self, text: &str) -> Option<&'static str> {
        let Options { min_lines, max_chars, .. } = self.options;
        if text.lines().take(min_lines).count() < min_lines {
            return Some("kept:too_few_lines");
        }
        // Characters are at most bytes.
        if text.len() > max_chars && text.chars().count() > max_chars {
            return Some("kept:too_long");
        }
        self.tokens.are_in(text).then_some("kept:holds_a_token")
    }

    fn rearrange(
        &self,
        text: &str,
        choices: &mut Choices,
        trace: &mut StepTrace,
        out: &mut String,
    ) -> Option<usize> {
        let cut = cut(text, &self.options.kinds, choices);
        let order = if choices.happens(self.options.spm) { Order::Spm } else { Order::Psm };
        let word = if cut.holes.len() > 1 { "several" } else { order.word() };
        trace.changed(&format!("{word}:{}", cut.kind.word()));
        lay_out(text, &cut.holes, order, &self.tokens, out)
    }
}

impl MapStep for Fim {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        probe.text(&self.options.column)?;
        if probe.find(TYPE).is_some() && !self.options.except_types.is_empty() {
            probe.text(TYPE)?;
        }
        let mut probe = probe;
        probe.set_column(SEAMS_COLUMN, Arc::new(builder(0).finish()), true)?;
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.options.column)?.clone();
        let types =
            batch.find(TYPE).and_then(|at| batch.columns().column(at).as_string_opt::<i32>().cloned());
        let excepted = |row: usize| {
            types.as_ref().is_some_and(|types| {
                !types.is_null(row) && self.options.except_types.iter().any(|name| name == types.value(row))
            })
        };
        let mut made: Vec<Option<String>> = Vec::with_capacity(texts.len());
        let mut seams = builder(texts.len());
        for row in 0..texts.len() {
            if !batch.is_alive(row) || texts.is_null(row) {
                made.push(None);
                seams.append_null();
                continue;
            }
            let text = texts.value(row);
            let mut choices = Choices::new(self.options.seed, DEF.kind, batch.ids().value(row));
            let mut out = String::with_capacity(text.len() + 64);
            if excepted(row) {
                trace.changed("kept:by_type");
                out.push_str(text);
            } else if !choices.happens(self.options.rate) {
                out.push_str(text);
            } else if let Some(why) = self.untouched(text) {
                trace.changed(why);
                out.push_str(text);
            } else {
                let seam = self.rearrange(text, &mut choices, trace, &mut out);
                seams.values().extend(seam.map(|at| Some(at as i32)));
            }
            seams.append(true);
            out.push_str(self.options.end.as_deref().unwrap_or_default());
            made.push(Some(out));
        }
        let made: StringArray = made.into_iter().collect();
        batch.set_column(&self.options.column, Arc::new(made), true)?;
        batch.set_column(SEAMS_COLUMN, Arc::new(seams.finish()), true)
    }
}
