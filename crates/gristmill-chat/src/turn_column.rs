//! Turns of a row: the column `turns` where a step has counted them, else counted from the text.

use arrow_array::{Array, Int64Array, StringArray};
use arrow_schema::DataType;
use gristmill_core::{Batch, Failure};

use crate::rows::cell;
use crate::text_counts::TurnCounts;

/// Where turns are read from.
pub(crate) enum Turns<'a> {
    Counted(&'a Int64Array),
    Text(&'a StringArray),
}

impl<'a> Turns<'a> {
    pub(crate) fn of(batch: &'a Batch, column: &str) -> Result<Self, Failure> {
        let counted =
            batch.find("turns").is_some_and(|at| *batch.columns().column(at).data_type() == DataType::Int64);
        if counted { Ok(Self::Counted(batch.int64("turns")?)) } else { Ok(Self::Text(batch.text(column)?)) }
    }

    pub(crate) fn at(&self, row: usize) -> u64 {
        match self {
            Self::Counted(turns) if turns.is_null(row) => 0,
            Self::Counted(turns) => u64::try_from(turns.value(row)).unwrap_or(0),
            Self::Text(texts) => TurnCounts::of(cell(texts, row)).turns,
        }
    }
}
