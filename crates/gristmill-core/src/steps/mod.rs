//! Steps that belong to no subject: sampling, limits and the cuts of a sort.

mod change_log;
mod matching_rows;
mod mix_cells;
mod range_cuts;
mod rejected_rows;
mod repeat_rows;
mod resample;
mod row_order;
mod sample;
mod trace_rows;
mod train_test_split;

use crate::step::{FoldDef, KeyDef, MapDef};

/// Map steps of the core.
pub const MAPS: &[MapDef] = &[
    sample::DEF,
    matching_rows::DEF,
    resample::SCORE,
    repeat_rows::DEF,
    train_test_split::DEF,
    train_test_split::NAMES,
    trace_rows::DEF,
    rejected_rows::DEF,
    change_log::DEF,
];
/// Key steps of the core.
pub const KEYS: &[KeyDef] = &[row_order::DEF, resample::ORDER, mix_cells::DEF, train_test_split::ORDER];
/// Folds of the core.
pub const FOLDS: &[FoldDef] = &[range_cuts::DEF];
