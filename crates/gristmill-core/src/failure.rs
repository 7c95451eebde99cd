//! One error type across crate borders, many variants inside each crate.

use std::error::Error;
use std::fmt;

/// What a failure means to the person who ran the command; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Something broke while running (exit code 1).
    Failed,
    /// The recipe or an option is wrong (exit code 2).
    Usage,
    /// An input is missing or cannot be read (exit code 3).
    Input,
    /// The output is in the way (exit code 5).
    Exists,
    /// The user stopped the run (exit code 130).
    Cancelled,
}

/// A typed cause of failure. Every crate has an enum of its own that implements this, one variant per cause.
pub trait Fault: Error + Send + Sync + 'static {
    /// Stable identifier, `GM_<AREA>_<WHAT>`; never reused, never renamed.
    fn code(&self) -> &'static str;

    /// What kind of trouble this is.
    fn kind(&self) -> FaultKind {
        FaultKind::Failed
    }

    /// What to do next, one sentence without a full stop.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// A failure of any crate, with its code, message, cause chain and advice.
pub struct Failure(Box<dyn Fault>);

impl Failure {
    /// Stable identifier of the cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// What kind of trouble this is.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.0.kind()
    }

    /// What to do next, if there is advice.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    /// The message followed by the messages of all causes, `: ` between them.
    #[must_use]
    pub fn message(&self) -> String {
        let mut text = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let part = error.to_string();
            if !text.contains(&part) {
                text.push_str(": ");
                text.push_str(&part);
            }
            cause = error.source();
        }
        text
    }
}

impl<F: Fault> From<F> for Failure {
    fn from(fault: F) -> Self {
        Self(Box::new(fault))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

/// Causes of failure inside the core.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CoreFailure {
    #[error("column `{column}` is missing; the rows have: {present}")]
    MissingColumn { column: String, present: String },
    #[error("column `{column}` holds {found}, not {wanted}")]
    WrongType { column: String, found: String, wanted: &'static str },
    #[error("column `{column}` holds `{value}`, which is no whole number")]
    NotANumber { column: String, value: String },
    #[error("options of `{kind}` are not valid")]
    BadOptions { kind: String, source: serde_json::Error },
    #[error("side input `{name}` is missing")]
    MissingSideInput { name: String },
    #[error("Arrow refused the columns")]
    Arrow {
        #[from]
        source: arrow_schema::ArrowError,
    },
}

impl Fault for CoreFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::MissingColumn { .. } => "GM_STEP_MISSING_COLUMN",
            Self::WrongType { .. } => "GM_STEP_WRONG_TYPE",
            Self::NotANumber { .. } => "GM_STEP_NOT_A_NUMBER",
            Self::BadOptions { .. } => "GM_STEP_BAD_OPTIONS",
            Self::MissingSideInput { .. } => "GM_STEP_MISSING_SIDE_INPUT",
            Self::Arrow { .. } => "GM_INTERNAL_ARROW",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::MissingColumn { .. }
            | Self::WrongType { .. }
            | Self::NotANumber { .. }
            | Self::BadOptions { .. } => FaultKind::Usage,
            Self::MissingSideInput { .. } | Self::Arrow { .. } => FaultKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::MissingColumn { .. } => {
                Some("name the column with the step's column option, or add the step that makes it".into())
            }
            Self::NotANumber { .. } => {
                Some("name another column, or set such rows aside first with the step `cast`".into())
            }
            _ => None,
        }
    }
}

/// The failure of a step or output that asks for a column the rows do not have.
pub(crate) fn missing_column(column: &str, present: &[&str]) -> Failure {
    CoreFailure::MissingColumn { column: column.to_owned(), present: present.join(", ") }.into()
}
