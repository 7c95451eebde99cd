//! Drops rows whose text is nearly one that is in an index.

use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use super::layout::{Sketching, Table};
use super::read::{Known, KnownRow, Room};
use crate::failure::DedupFailure;
use crate::near::bands::Bands;
use crate::near::shingles::{Shingler, jaccard};
use crate::near::sketch::{Sketcher, estimate};
use crate::near_dedup::{Unit, Verify};

/// The map kind `known_near`.
pub const DEF: MapDef = MapDef {
    kind: "known_near",
    build: |options, _| {
        let options: Options = options_from("known_near", options)?;
        Ok(Box::new(KnownNear::new(options)?))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column with the text.
    column: String,
    /// Files of the index.
    against: Vec<String>,
    /// What shingles are made of.
    shingles: Unit,
    /// Tokens of a shingle.
    size: usize,
    /// Similarity from which two texts are one.
    threshold: f64,
    /// What decides whether a pair that met is alike.
    verify: Verify,
}

struct KnownNear {
    options: Options,
    known: Known,
    permutations: usize,
    bands: Bands,
}

impl KnownNear {
    fn new(options: Options) -> Result<Self, Failure> {
        let known = Known::open(&options.against)?;
        let Some(sketching) = known.sketching() else {
            return Err(DedupFailure::NoKnown { path: options.against.join(", ") }.into());
        };
        let asked = (options.shingles.word(), options.size);
        if asked != (sketching.shingles.as_str(), sketching.size) {
            let found = format!("{} in runs of {}", sketching.shingles, sketching.size);
            let asked = format!("{} in runs of {}", asked.0, asked.1);
            return Err(DedupFailure::KnownOther { found, asked }.into());
        }
        let bands = Bands { bands: sketching.bands, rows: sketching.rows };
        let permutations = sketching.permutations;
        if Sketching::new(options.shingles, options.size, permutations, bands) != *sketching {
            return Err(DedupFailure::KnownVersion { path: options.against.join(", ") }.into());
        }
        Ok(Self { options, known, permutations, bands })
    }
}

/// Room for one row after the other.
struct Work {
    shingler: Shingler,
    sketcher: Sketcher,
    other: Sketcher,
    room: Room,
    found: Vec<KnownRow>,
    set: Vec<u64>,
}

impl KnownNear {
    /// The row of the index that is most like a text, of equally similar ones the first.
    fn most_alike(&self, work: &mut Work) -> Result<Option<(KnownRow, f64)>, Failure> {
        let Work { shingler, sketcher, other, room, found, set } = work;
        found.clear();
        if shingler.shingles().is_empty() {
            return Ok(None);
        }
        let sketch = sketcher.sketch(shingler.shingles());
        for hash in self.bands.hashes(sketch) {
            self.known.find(Table::Bands, u128::from(hash), room, found)?;
        }
        found.sort_unstable();
        found.dedup();
        let mut best: Option<(KnownRow, f64)> = None;
        let own = shingler.set();
        for &row in &*found {
            self.known.shingles(row, room, set)?;
            let similarity = match self.options.verify {
                Verify::Exact => jaccard(own, set),
                Verify::Estimate => estimate(sketch, other.sketch(set)),
            };
            if similarity >= self.options.threshold && best.is_none_or(|(_, best)| similarity > best) {
                best = Some((row, similarity));
            }
        }
        Ok(best)
    }
}

impl MapStep for KnownNear {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        Batch::new(RecordBatch::new_empty(input.clone()))?.text(&self.options.column)?;
        Ok(input.clone())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.options.column)?.clone();
        let mut work = Work {
            shingler: Shingler::new(self.options.shingles.kind(), self.options.size),
            sketcher: Sketcher::new(self.permutations),
            other: Sketcher::new(self.permutations),
            room: Room::default(),
            found: Vec::new(),
            set: Vec::new(),
        };
        for row in (0..texts.len()).filter(|&row| texts.is_valid(row)) {
            let text = texts.value(row);
            work.shingler.read(text);
            work.found.clear();
            let key = work.shingler.exact_key(text);
            self.known.find(Table::Tokens, key, &mut work.room, &mut work.found)?;
            if let Some(&twin) = work.found.first() {
                let twin = self.known.id(twin, &mut work.room)?;
                batch.drop_match(row, trace, ("known_text", ""), &twin, None, text);
            } else if let Some((twin, similarity)) = self.most_alike(&mut work)? {
                let twin = self.known.id(twin, &mut work.room)?;
                let rule = format!("similarity {similarity:.4}");
                batch.drop_match(row, trace, ("near_known", &rule), &twin, None, text);
            }
        }
        Ok(())
    }
}
