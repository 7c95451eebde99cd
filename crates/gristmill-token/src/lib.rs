//! Tokens: for now, counting them with any `tokenizer.json`.
//!
//! [`TokenCounter`] is the whole of it; `count_tokens` is the map step around it.

mod counter;
mod failure;
pub mod steps;

pub use counter::TokenCounter;
pub use failure::TokenFailure;

use gristmill_core::MapDef;

/// Map steps of this crate.
pub const MAPS: &[MapDef] = &[steps::count_tokens::DEF, steps::token_limit::DEF];
