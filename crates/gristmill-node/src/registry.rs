//! All native kinds of all crates, in one registry.

use std::sync::LazyLock;

use gristmill_core::engine::Registry;
use gristmill_core::{Failure, Source, options_from, steps};
use serde_json::Value;

/// Every kind the addon can build.
pub static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry {
    maps: vec![
        steps::MAPS,
        gristmill_chat::MAPS,
        gristmill_text::MAPS,
        gristmill_token::MAPS,
        gristmill_dedup::MAPS,
        gristmill_sequence::MAPS,
    ],
    keys: vec![steps::KEYS, gristmill_chat::KEYS, gristmill_dedup::KEYS, gristmill_sequence::KEYS],
    groups: vec![gristmill_chat::GROUPS, gristmill_sequence::GROUPS],
    folds: vec![steps::FOLDS, gristmill_chat::FOLDS, gristmill_token::FOLDS],
    formats: vec![gristmill_write::FORMATS],
    open_input: Some(open_input),
});

fn open_input(spec: &Value) -> Result<Source, Failure> {
    gristmill_read::open(options_from("input", spec)?)
}
