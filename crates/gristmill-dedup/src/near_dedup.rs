//! Texts that share most of their shingles are one. Rows emit a key for their exact text and one hash for each band
//! of their sketch; the decider of likeness compares those that meet, here by the exact similarity of their sets.

use gristmill_core::{Alike, BandRow, Batch, Failure, KeyDef, KeyRow, KeyStep, options_from};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::messages::text_column;
use crate::near::bands::Bands;
use crate::near::shingles::{Shingler, jaccard};
use crate::near::sketch::{Sketcher, estimate};
use crate::near::tokens::TokenKind;
use crate::rank::{best_first, numbers};

/// The key kind `near_dedup`. A null emits nothing and so stays.
pub const DEF: KeyDef = KeyDef {
    kind: "near_dedup",
    build: |options| Ok(Box::new(NearDedup::new(options_from::<Options>("near_dedup", options)?))),
};

/// Options of the kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// Column with the text.
    column: String,
    /// What shingles are made of.
    shingles: Unit,
    /// Tokens of a shingle.
    size: usize,
    /// Similarity from which two texts are one.
    threshold: f64,
    /// Values of a sketch.
    permutations: usize,
    /// Chance to be compared for a pair at the threshold.
    recall: f64,
    /// What decides whether a pair that met is alike.
    verify: Verify,
    /// Which row of a cluster stays.
    keep: Keep,
    /// Column that says which is best.
    by: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            column: text_column(),
            shingles: Unit::Words,
            size: 5,
            threshold: 0.8,
            permutations: 128,
            recall: 0.97,
            verify: Verify::Exact,
            keep: Keep::First,
            by: None,
        }
    }
}

/// What shingles are made of.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    Words,
    Code,
    Chars,
}

impl Unit {
    /// The tokens behind it.
    pub(crate) const fn kind(self) -> TokenKind {
        match self {
            Self::Words => TokenKind::Words,
            Self::Code => TokenKind::Code,
            Self::Chars => TokenKind::Chars,
        }
    }

    /// The word for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Code => "code",
            Self::Chars => "chars",
        }
    }
}

/// What decides whether two texts that met are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verify {
    Exact,
    Estimate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Keep {
    First,
    Longest,
    Best,
    None,
}

struct NearDedup {
    options: Options,
    kind: TokenKind,
    bands: Bands,
}

impl NearDedup {
    fn new(mut options: Options) -> Self {
        if options.keep != Keep::Best {
            options.by = None;
        }
        let kind = options.shingles.kind();
        let bands = Bands::for_recall(options.permutations, options.threshold, options.recall);
        Self { options, kind, bands }
    }

    fn shingler(&self) -> Shingler {
        Shingler::new(self.kind, self.options.size)
    }

    /// Rank and second rank of a row: the least of its cluster stays.
    fn rank(&self, text: &str, best: u64) -> (u64, u64) {
        let length = u64::MAX - text.len() as u64;
        match self.options.keep {
            Keep::First | Keep::None => (0, 0),
            Keep::Longest => (length, 0),
            Keep::Best => (best, length),
        }
    }
}

impl KeyStep for NearDedup {
    fn columns(&self) -> Vec<String> {
        let mut columns = vec![self.options.column.clone()];
        columns.extend(self.options.by.clone());
        columns
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        self.sketch(batch, out, &mut Vec::new())
    }

    fn alike(&self) -> Option<&dyn Alike> {
        Some(self)
    }
}

impl Alike for NearDedup {
    fn sketch(&self, batch: &Batch, keys: &mut Vec<KeyRow>, bands: &mut Vec<BandRow>) -> Result<(), Failure> {
        let best = self.options.by.as_deref().map(|by| numbers(batch, by)).transpose()?;
        let mut shingler = self.shingler();
        let mut sketcher = Sketcher::new(self.options.permutations);
        let texts = batch.text(&self.options.column)?;
        for (row, text) in texts.iter().enumerate() {
            let Some(text) = text else { continue };
            let (rank, payload) = self.rank(text, best_first(best.as_ref(), row));
            shingler.read(text);
            let row = row as u32;
            keys.push(KeyRow { row, key: shingler.exact_key(text), rank, payload });
            if !shingler.shingles().is_empty() {
                let sketch = sketcher.sketch(shingler.shingles());
                bands.extend(self.bands.hashes(sketch).map(|hash| BandRow { row, hash }));
            }
        }
        Ok(())
    }

    fn features(&self, batch: &Batch, rows: &[u32], each: &mut dyn FnMut(&[u64])) -> Result<(), Failure> {
        let mut shingler = self.shingler();
        let mut sketcher = Sketcher::new(self.options.permutations);
        let texts = batch.text(&self.options.column)?;
        for &row in rows {
            shingler.read(texts.value(row as usize));
            match self.options.verify {
                Verify::Exact => each(shingler.set()),
                Verify::Estimate if shingler.shingles().is_empty() => each(&[]),
                Verify::Estimate => each(sketcher.sketch(shingler.shingles())),
            }
        }
        Ok(())
    }

    fn similarity(&self, a: &[u64], b: &[u64]) -> f64 {
        match self.options.verify {
            Verify::Exact => jaccard(a, b),
            Verify::Estimate => estimate(a, b),
        }
    }

    fn hopeless(&self, a: usize, b: usize) -> bool {
        // The similarity of sets is never above the quotient of their sizes; those of sketches are all one.
        (a.min(b) as f64) < self.options.threshold * a.max(b) as f64
    }

    fn threshold(&self) -> f64 {
        self.options.threshold
    }

    fn describe(&self) -> Value {
        let Bands { bands, rows } = self.bands;
        let curve: Vec<Value> = (50..=100)
            .step_by(5)
            .map(|percent| {
                let similarity = f64::from(percent) / 100.0;
                json!({ "similarity": similarity, "compared": thousandths(self.bands.chance(similarity)) })
            })
            .collect();
        json!({
            "permutations": self.options.permutations,
            "bands": bands,
            "rows": rows,
            "threshold": self.options.threshold,
            "recall_at_threshold": thousandths(self.bands.chance(self.options.threshold)),
            "curve": curve,
        })
    }
}

fn thousandths(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
