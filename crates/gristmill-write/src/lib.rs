//! Output formats: how rows become the bytes of a file.
//!
//! The engine re-cuts rows into blocks and groups of blocks; every format here turns one group into bytes (or
//! Parquet column chunks) as a pure function on the pool, and frames them in order. So a file depends on its rows
//! and options alone. [`FORMATS`] is the list the binding walks; [`figures`] reads finished files back for the
//! data card, and [`features`] names their columns in the words of Hugging Face.

mod arrow;
mod calendar;
mod column;
mod compress;
mod csv;
mod failure;
pub mod features;
pub mod figures;
mod json;
mod jsonl;
mod mds;
mod parquet;
mod schema;
mod stream;
mod text;
mod tokens;

use gristmill_core::FormatDef;

pub use column::{JSON_TYPE, TYPE_KEY};

/// Every output format.
pub const FORMATS: &[FormatDef] = &[
    arrow::DEF,
    csv::DEF,
    jsonl::DEF,
    mds::DEF,
    parquet::DEF,
    text::DEF,
    tokens::npy::DEF,
    tokens::megatron::DEF,
];
