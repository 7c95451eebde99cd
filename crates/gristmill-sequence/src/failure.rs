//! Causes of failure when sequences are made.

use gristmill_core::{Fault, FaultKind};

/// What can be wrong with the options of a step of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SequenceFailure {
    /// A share outside 0 to 1.
    #[error("`{name}` is {found}, which is no share")]
    NotAShare {
        /// Name of the option.
        name: &'static str,
        /// Its value.
        found: f64,
    },
    /// All kinds of cut have the weight nothing.
    #[error("no kind of cut has a weight")]
    NoKinds,
    /// A column that should hold lists of token ids holds something else.
    #[error("column `{column}` holds {found}, not lists of whole numbers")]
    NotLists {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// A column that goes on with blocks has the name of one that blocks have anyway.
    #[error("blocks have a column `{column}` of their own, so no other of this name can go on with them")]
    ColumnTaken {
        /// The column.
        column: String,
    },
    /// Columns of unequal length: a fault of the step.
    #[error("the columns of the blocks do not fit together")]
    Columns {
        /// Why.
        source: arrow_schema::ArrowError,
    },
}

/// Refuses what is not from 0 to 1.
///
/// # Errors
/// `GM_FIM_NOT_A_SHARE`.
pub(crate) fn share(name: &'static str, found: f64) -> Result<(), SequenceFailure> {
    if (0.0..=1.0).contains(&found) { Ok(()) } else { Err(SequenceFailure::NotAShare { name, found }) }
}

impl Fault for SequenceFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAShare { .. } => "GM_FIM_NOT_A_SHARE",
            Self::NoKinds => "GM_FIM_NO_KINDS",
            Self::NotLists { .. } => "GM_PACK_NOT_LISTS",
            Self::ColumnTaken { .. } => "GM_PACK_COLUMN_TAKEN",
            Self::Columns { .. } => "GM_INTERNAL_PACK_COLUMNS",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Columns { .. } => FaultKind::Failed,
            _ => FaultKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotAShare { .. } => "give a number from 0 to 1",
            Self::NoKinds => "give at least one of random, line and multi a weight above 0",
            Self::NotLists { .. } => "put `encode` before it, or name the column that holds token ids",
            Self::ColumnTaken { .. } => "give that column another name before, or leave it out of `by`",
            Self::Columns { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
