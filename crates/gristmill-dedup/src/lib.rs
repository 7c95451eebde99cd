//! Deduplication: what makes two rows the same. Each kind emits keys; the by-key decider keeps the best row of a key.
//!
//! * [`dedupe_chain`]: the same messages.
//! * [`dedupe_prefix`]: the same messages but for the assistant's last one; the longest answer stays.
//! * [`dedupe_last_message`]: the same last message (what the original tool really does).
//! * [`dedupe_exact`]: the same text in a column.

pub mod dedupe_chain;
pub mod dedupe_exact;
pub mod dedupe_last_message;
pub mod dedupe_prefix;
pub mod has_messages;
mod messages;

use gristmill_core::{KeyDef, MapDef};

/// The map steps.
pub const MAPS: &[MapDef] = &[has_messages::DEF];

/// The key kinds.
pub const KEYS: &[KeyDef] =
    &[dedupe_chain::DEF, dedupe_prefix::DEF, dedupe_last_message::DEF, dedupe_exact::DEF];
