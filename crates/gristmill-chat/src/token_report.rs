//! The token report: how long the texts of a data set are, in every figure that people plan training runs with.

use gristmill_core::{Batch, Failure, Finishing, FoldDef, FoldState, FoldStep, Saved, options_from};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fold::{Running, Summary, load, result, summary_of};
use crate::histogram::Histogram;
use crate::rows::{Mode, cell, text_column};
use crate::text_counts::{TurnCounts, characters, words};

const KIND: &str = "token_report";

/// Lower edges of the bins, and the upper edge of the last one.
const EDGES: [u64; 13] = [0, 8, 16, 32, 64, 128, 256, 384, 512, 768, 1024, 2048, 4096];

/// The fold `token_report`.
pub const DEF: FoldDef = FoldDef {
    kind: KIND,
    build: |options| Ok(Box::new(TokenReport { options: options_from(KIND, options)? })),
};

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column that holds the text.
    #[serde(default = "text_column")]
    column: String,
    /// Column that holds the token counts.
    #[serde(default = "tokens_column")]
    tokens: String,
    /// `fixed` also counts the texts beyond the last bin.
    #[serde(default)]
    mode: Mode,
}

fn tokens_column() -> String {
    "tokens".to_owned()
}

struct TokenReport {
    options: Options,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Totals {
    tokens: Histogram,
    characters: u64,
    words: u64,
    assistant_blocks: u64,
}

impl Summary for Totals {
    type Options = Options;

    fn observe(&mut self, options: &Options, batch: &Batch) -> Result<(), Failure> {
        let texts = batch.text(&options.column)?;
        for tokens in batch.whole_numbers(&options.tokens)?.iter() {
            self.tokens.add(tokens.and_then(|n| u64::try_from(n).ok()).unwrap_or(0));
        }
        for row in 0..batch.len() {
            let text = cell(texts, row);
            self.characters += characters(text);
            self.words += words(text);
            self.assistant_blocks += TurnCounts::of(text).assistant;
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        self.tokens.merge(&other.tokens);
        self.characters += other.characters;
        self.words += other.words;
        self.assistant_blocks += other.assistant_blocks;
    }
}

/// The finished figures. A figure that no row defines (a mean of nothing, a skew without spread) is null.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) column: String,
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
    pub(crate) mean: Option<f64>,
    pub(crate) median: Option<f64>,
    pub(crate) std: Option<f64>,
    pub(crate) skew: Option<f64>,
    pub(crate) kurt: Option<f64>,
    pub(crate) count: u64,
    pub(crate) sum: u64,
    /// Name and value, in the order of the report.
    pub(crate) percentiles: Vec<(String, Option<f64>)>,
    pub(crate) total_chars: u64,
    pub(crate) total_words: u64,
    pub(crate) avg_chars: Option<f64>,
    pub(crate) avg_words: Option<f64>,
    pub(crate) avg_chars_per_word: Option<f64>,
    pub(crate) tokens_per_char: Option<f64>,
    /// Name and count, in the order of the report.
    pub(crate) bins: Vec<(String, u64)>,
    pub(crate) assistant_blocks: u64,
}

impl FoldStep for TokenReport {
    fn empty(&self) -> Box<dyn FoldState> {
        Box::new(Running { options: self.options.clone(), summary: Totals::default() })
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure> {
        load::<Totals>(KIND, &self.options, &saved)
    }

    fn finish(&self, state: Box<dyn FoldState>, _: &Finishing) -> Result<Value, Failure> {
        let totals: Totals = summary_of(KIND, state)?;
        result(KIND, &report(&totals, &self.options))
    }
}

fn report(totals: &Totals, options: &Options) -> Report {
    let tokens = &totals.tokens;
    let count = tokens.count();
    let sum = u64::try_from(tokens.sum()).unwrap_or(u64::MAX);
    let variance = tokens.central_moment(2);
    let quantile = |q: f64| (count > 0).then(|| tokens.linear(q));
    let mut percentiles = vec![("99.9%".to_owned(), quantile(0.999))];
    percentiles.extend((1..=100_u32).map(|p| (format!("{p}%"), quantile(f64::from(p) / 100.0))));
    Report {
        column: options.column.clone(),
        min: tokens.min(),
        max: tokens.max(),
        mean: ratio(sum, count),
        median: quantile(0.5),
        std: finite(variance.sqrt()),
        skew: finite(tokens.central_moment(3) / variance.powf(1.5)),
        kurt: finite(tokens.central_moment(4) / (variance * variance)),
        count,
        sum,
        percentiles,
        total_chars: totals.characters,
        total_words: totals.words,
        avg_chars: ratio(totals.characters, count),
        avg_words: ratio(totals.words, count),
        avg_chars_per_word: ratio(totals.characters, totals.words),
        tokens_per_char: ratio(sum, totals.characters),
        bins: bins(tokens, options.mode),
        assistant_blocks: totals.assistant_blocks,
    }
}

/// The last bin has both its edges; what lies beyond has a bin of its own in fixed mode.
fn bins(tokens: &Histogram, mode: Mode) -> Vec<(String, u64)> {
    let last = EDGES[EDGES.len() - 1];
    let mut bins: Vec<(String, u64)> = EDGES
        .windows(2)
        .map(|edge| {
            let end = if edge[1] == last { last + 1 } else { edge[1] };
            (format!("{}-{}", edge[0], edge[1]), tokens.between(edge[0], end))
        })
        .collect();
    if mode == Mode::Fixed {
        bins.push((format!("{last}+"), tokens.between(last + 1, u64::MAX)));
    }
    bins
}

fn ratio(a: u64, b: u64) -> Option<f64> {
    finite(a as f64 / b as f64)
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}
