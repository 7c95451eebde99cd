//! What can go wrong in this crate.

use gristmill_core::{Fault, FaultKind};

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DedupFailure {
    #[error("column `{column}` says which row is best, but holds {found}, not numbers")]
    NoNumbers { column: String, found: String },
}

impl Fault for DedupFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::NoNumbers { .. } => "GM_DEDUP_NO_NUMBERS",
        }
    }

    fn kind(&self) -> FaultKind {
        FaultKind::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoNumbers { .. } => Some("name a column of numbers with `by`".into()),
        }
    }
}
