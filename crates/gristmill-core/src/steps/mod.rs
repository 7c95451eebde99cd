//! Steps that belong to no subject: sampling, limits and the cuts of a sort.

mod range_cuts;
mod resample;
mod row_order;
mod sample;

use crate::step::{FoldDef, KeyDef, MapDef};

/// Map steps of the core.
pub const MAPS: &[MapDef] = &[sample::DEF, resample::SCORE];
/// Key steps of the core.
pub const KEYS: &[KeyDef] = &[row_order::DEF, resample::ORDER];
/// Folds of the core.
pub const FOLDS: &[FoldDef] = &[range_cuts::DEF];
