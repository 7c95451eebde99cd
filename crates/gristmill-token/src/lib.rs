//! Tokens: turning text into ids and back, and counting them.
//!
//! [`Tokenizer`] loads any `tokenizer.json`, tiktoken's files of ranks, `vocab.json` with `merges.txt`, and `.model` files
//! of `SentencePiece`. Byte-level byte-pair encoding and `.model` files run on engines of our own; everything else goes
//! to the `tokenizers` crate, and [`Tokenizer::engine`] says why. [`TokenCounter`] also counts words, characters and bytes.

mod added;
mod bpe;
mod byte_level;
mod convert;
mod counter;
mod describe;
mod failure;
mod files;
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
mod varint;
mod worker;

pub use added::Specials;
pub use convert::{Converted, Target, convert};
pub use counter::{CountWorker, TokenCounter};
pub use describe::{AddedDescription, Description};
pub use failure::TokenFailure;
pub use load::LoadOptions;
pub use split::Preset;
pub use stream::StreamDecoder;
pub use tokenizer::{EngineInfo, Tokenizer};
pub use worker::Worker;

use gristmill_core::{FoldDef, MapDef};

/// Map steps of this crate.
pub const MAPS: &[MapDef] =
    &[steps::count_tokens::DEF, steps::token_limit::DEF, steps::encode::DEF, steps::decode::DEF];

/// Folds of this crate.
pub const FOLDS: &[FoldDef] =
    &[steps::train_bpe::DEF, steps::train_unigram::DEF, steps::tokenizer_report::DEF];
