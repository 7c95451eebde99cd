//! Counts, item by item, the rows that hold pieces of it, and says which items could be looked for at all.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use gristmill_core::{
    Batch, Failure, Finishing, FoldDef, FoldState, FoldStep, OpenTable, Saved, SavedWriter, hash128,
    options_from,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::hits::Hits;
use super::index::{Coverage, Index};
use super::rules::Settings;
use crate::failure::DedupFailure;

const KIND: &str = "contamination_report";

/// Examples told of an item.
const EXAMPLES: usize = 3;
/// Items told, those of most rows.
const TOLD: usize = 1000;
/// Items named that no rule can find.
const NAMED: usize = 20;

/// The fold.
#[must_use]
pub const fn def<T: OpenTable>() -> FoldDef {
    FoldDef {
        kind: KIND,
        build: |options| {
            let options: Options = options_from(KIND, options)?;
            Ok(Box::new(Report { options, readers: PhantomData::<T> }))
        },
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// What becomes of rows, to be told.
    action: String,
    /// What was looked for.
    settings: Settings,
}

struct Report<T> {
    options: Options,
    readers: PhantomData<T>,
}

/// What became known of one item.
#[derive(Default, Serialize, Deserialize)]
struct Entry {
    /// Rows with any piece of it.
    rows: u64,
    /// Pieces, by rule.
    rules: BTreeMap<String, u64>,
    /// Some of them, chosen by a hash of the row's id.
    examples: BTreeSet<Example>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Example {
    /// In hexadecimal digits, since JSON has no numbers of this size.
    hash: String,
    id: String,
    rule: String,
    start: u32,
    end: u32,
    piece: String,
}

impl Entry {
    fn trim(&mut self) {
        while self.examples.len() > EXAMPLES {
            self.examples.pop_last();
        }
    }

    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        for (rule, count) in other.rules {
            *self.rules.entry(rule).or_default() += count;
        }
        self.examples.extend(other.examples);
        self.trim();
    }
}

#[derive(Default, Serialize, Deserialize)]
struct State {
    /// Rows with any piece at all.
    rows: u64,
    items: BTreeMap<String, Entry>,
}

impl<T: OpenTable> FoldStep for Report<T> {
    fn empty(&self) -> Box<dyn FoldState> {
        Box::new(State::default())
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure> {
        Ok(Box::new(options_from::<State>(KIND, &saved.json()?)?))
    }

    fn finish(&self, state: Box<dyn FoldState>, _: &Finishing) -> Result<Value, Failure> {
        let state = (state as Box<dyn Any>).downcast::<State>().map_err(|_| DedupFailure::NoHits)?;
        let Settings { n, min_words, min_chars, .. } = self.options.settings;
        let index = Index::read::<T>(&self.options.settings)?;
        let benchmarks: Vec<Value> = index.coverage.iter().map(|coverage| told(coverage, &state)).collect();
        let found = state.items.len();
        let mut items: Vec<(String, Entry)> = state.items.into_iter().collect();
        // Stable: of items with equally many rows by name.
        items.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.rows));
        items.truncate(TOLD);
        let items: Vec<Value> = items.into_iter().map(|(item, entry)| told_item(&item, entry)).collect();
        Ok(json!({
            "action": self.options.action,
            "n": n,
            "min_words": min_words,
            "min_chars": min_chars,
            "rows": state.rows,
            "items_found": found,
            "benchmarks": benchmarks,
            "items": items,
        }))
    }
}

fn told(coverage: &Coverage, state: &State) -> Value {
    let prefix = format!("{}:", coverage.file);
    let found = state.items.keys().filter(|item| item.starts_with(&prefix)).count();
    json!({
        "file": coverage.file,
        "items": coverage.items,
        "items_found": found,
        "by_ngram": coverage.ngram,
        "by_substring": coverage.substring,
        "short": coverage.short,
        "untested": coverage.untested.len(),
        "untested_items": coverage.untested.iter().take(NAMED).collect::<Vec<_>>(),
        "texts_below_floor": coverage.below_floor,
    })
}

fn told_item(item: &str, entry: Entry) -> Value {
    let examples: Vec<Value> = entry
        .examples
        .into_iter()
        .map(|Example { id, rule, start, end, piece, .. }| {
            json!({ "id": id, "rule": rule, "start": start, "end": end, "piece": piece })
        })
        .collect();
    json!({ "item": item, "rows": entry.rows, "pieces": entry.rules, "examples": examples })
}

impl FoldState for State {
    fn observe(&mut self, batch: &Batch) -> Result<(), Failure> {
        let hits = Hits::of(batch)?;
        for row in 0..batch.len() {
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            for hit in hits.row(row) {
                if !self.items.contains_key(hit.item) {
                    self.items.insert(hit.item.to_owned(), Entry::default());
                }
                let Some(entry) = self.items.get_mut(hit.item) else { continue };
                *entry.rules.entry(hit.rule.to_owned()).or_default() += 1;
                if !seen.insert(hit.item) {
                    continue;
                }
                entry.rows += 1;
                let id = batch.ids().value(row);
                entry.examples.insert(Example {
                    hash: format!("{:032x}", hash128(id.as_bytes())),
                    id: id.to_owned(),
                    rule: hit.rule.to_owned(),
                    start: hit.span.0,
                    end: hit.span.1,
                    piece: hit.piece.to_owned(),
                });
                entry.trim();
            }
            self.rows += u64::from(!seen.is_empty());
        }
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn FoldState>) {
        let Ok(other) = (other as Box<dyn Any>).downcast::<Self>() else { return };
        self.rows += other.rows;
        for (item, entry) in other.items {
            self.items.entry(item).or_default().add(entry);
        }
    }

    fn save(&mut self, out: &mut SavedWriter<'_>) -> Result<(), Failure> {
        out.put(json!({ "rows": self.rows, "items": self.items }).to_string().as_bytes())
    }
}
