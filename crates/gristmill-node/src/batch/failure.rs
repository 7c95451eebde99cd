//! Causes of failure in the batch functions themselves.

use gristmill_core::{Fault, FaultKind};

#[derive(Debug)]
pub enum BatchFailure {
    /// Offsets that do not describe texts in the data.
    BadOffsets { index: usize, problem: &'static str },
    /// A text that is not UTF-8, or an offset inside a character.
    NotUtf8 { row: usize },
    /// The result does not fit 32-bit offsets.
    TooLarge { bytes: usize },
    /// Columns of different numbers of rows.
    UnevenColumns { column: String, rows: usize, wanted: usize },
    /// Two columns of one name, or names and columns of different numbers.
    BadColumns { problem: String },
    /// Arrow refused rows.
    Arrow { doing: &'static str, source: arrow_schema::ArrowError },
    /// The pool went away before the work was done.
    Lost,
}

impl std::fmt::Display for BatchFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BadOffsets { index, problem } => write!(f, "offset {index} of packed texts {problem}"),
            Self::NotUtf8 { row } => write!(f, "text {row} is not UTF-8, or is cut inside a character"),
            Self::TooLarge { bytes } => write!(f, "{bytes} bytes of text are more than one batch can hold"),
            Self::UnevenColumns { column, rows, wanted } => {
                write!(f, "column `{column}` has {rows} rows, the first one {wanted}")
            }
            Self::BadColumns { problem } => f.write_str(problem),
            Self::Arrow { doing, source } => write!(f, "cannot {doing}: {source}"),
            Self::Lost => f.write_str("the native threads were stopped before the work was done"),
        }
    }
}

impl std::error::Error for BatchFailure {}

impl Fault for BatchFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::BadOffsets { .. } => "GM_BATCH_BAD_OFFSETS",
            Self::NotUtf8 { .. } => "GM_BATCH_NOT_UTF8",
            Self::TooLarge { .. } => "GM_BATCH_TOO_LARGE",
            Self::UnevenColumns { .. } | Self::BadColumns { .. } => "GM_BATCH_BAD_COLUMNS",
            Self::Arrow { .. } => "GM_BATCH_BAD_ROWS",
            Self::Lost => "GM_BATCH_LOST",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Lost => FaultKind::Failed,
            _ => FaultKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::BadOffsets { .. } => Some(
                "give one more offset than texts, ascending, the last within the data; `pack` makes them"
                    .into(),
            ),
            Self::TooLarge { .. } => Some("give fewer texts at once; 4 GiB is the limit".into()),
            _ => None,
        }
    }
}
