//! Deduplication: what makes two rows the same. Each kind emits keys; the by-key decider keeps the best row of a key.
//!
//! * [`dedupe_chain`]: the same messages.
//! * [`dedupe_prefix`]: the same messages but for the assistant's last one; the longest answer stays.
//! * [`dedupe_last_message`]: the same last message (what the original tool really does).
//! * [`dedupe_exact`]: the same text in a column, or nearly so: white space, punctuation and case may make no difference.
//! * [`contamination`]: texts that hold pieces of benchmarks.
//! * [`known`]: texts that another data set has.
//! * [`lines`]: lines and paragraphs that texts share.
//! * [`near_dedup`]: texts that are alike; its decider compares rows by their [`near`] shingles.

mod compared;
pub mod contamination;
pub mod dedupe_chain;
pub mod dedupe_exact;
pub mod dedupe_last_message;
pub mod dedupe_prefix;
mod failure;
pub mod has_messages;
pub mod known;
pub mod lines;
mod messages;
pub mod near;
pub mod near_columns;
pub mod near_dedup;
mod rank;

use gristmill_core::{FoldDef, FormatDef, KeyDef, MapDef, OpenTable};

/// The map steps.
pub const MAPS: &[MapDef] = &[
    has_messages::DEF,
    near_columns::DEF,
    contamination::act::DEF,
    known::exact::DEF,
    known::near::DEF,
    lines::cut::DEF,
];

/// The output formats.
pub const FORMATS: &[FormatDef] = &[known::write::DEF];

/// The key kinds.
pub const KEYS: &[KeyDef] = &[
    dedupe_chain::DEF,
    dedupe_prefix::DEF,
    dedupe_last_message::DEF,
    dedupe_exact::DEF,
    near_dedup::DEF,
    lines::keys::DEF,
];

/// The map steps that read tables of their own, by what opens them.
#[must_use]
pub const fn table_maps<T: OpenTable>() -> [MapDef; 1] {
    [contamination::step::def::<T>()]
}

/// The folds that read tables of their own, by what opens them.
#[must_use]
pub const fn table_folds<T: OpenTable>() -> [FoldDef; 1] {
    [contamination::report::def::<T>()]
}
