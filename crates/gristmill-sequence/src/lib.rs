//! From texts and their tokens to the sequences that a model is trained on.
//!
//! * [`fim`]: rearranges a text so that a model learns to fill in the middle.
//! * [`pack`]: puts sequences of tokens into blocks of one length.
//! * [`repository`]: joins the files of a repository to one text.

mod failure;
pub mod fim;
pub mod pack;
pub mod repository;

pub use failure::SequenceFailure;

use gristmill_core::{GroupDef, KeyDef, MapDef};

/// The map steps.
pub const MAPS: &[MapDef] = &[fim::DEF, pack::CUT, pack::SPLIT];

/// The key kinds.
pub const KEYS: &[KeyDef] = &[pack::LENGTHS];

/// The group steps.
pub const GROUPS: &[GroupDef] = &[pack::JOIN, repository::DEF];
