//! Tokens: turning text into ids and back, and counting them.
//!
//! [`Tokenizer`] loads any `tokenizer.json`, tiktoken's files of ranks, and `vocab.json` with `merges.txt`. Byte-level
//! byte-pair encoding runs on an engine of our own; everything else goes to the `tokenizers` crate, and
//! [`Tokenizer::engine`] says why. [`TokenCounter`] also counts words, characters and bytes.

mod added;
mod bpe;
mod byte_level;
mod counter;
mod failure;
mod load;
mod native;
mod normal;
mod spelling;
mod split;
pub mod spm;
pub mod steps;
mod stream;
mod tokenizer;
pub mod train;
mod worker;

pub use added::Specials;
pub use counter::{CountWorker, TokenCounter};
pub use failure::TokenFailure;
pub use load::LoadOptions;
pub use split::Preset;
pub use stream::StreamDecoder;
pub use tokenizer::{EngineInfo, Tokenizer};
pub use worker::Worker;

use gristmill_core::MapDef;

/// Map steps of this crate.
pub const MAPS: &[MapDef] = &[steps::count_tokens::DEF, steps::token_limit::DEF];
