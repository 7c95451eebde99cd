//! Causes of failure in the chat steps.

use gristmill_core::{Fault, FaultKind};

/// Causes of failure in the chat steps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ChatFailure {
    #[error("`speakers` is {found}; a dialogue needs at least two")]
    TooFewSpeakers { found: u32 },
    #[error("parity mode knows dialogues of two speakers and whole trees only")]
    ParityOptions,
    #[error("the result `{name}` that `{step}` reads is not the result of `{wanted}`")]
    WrongProfile { step: &'static str, name: String, wanted: &'static str },
    #[error("the saved state of `{kind}` cannot be read")]
    BadState { kind: &'static str, source: serde_json::Error },
    #[error("the result of `{kind}` cannot be written as JSON")]
    BadResult { kind: &'static str, source: serde_json::Error },
    #[error("`min` is {min} but `max` is {max}; no row could pass")]
    EmptyRange { min: u64, max: u64 },
    #[error("the state given to `{kind}` is that of another fold")]
    ForeignState { kind: &'static str },
    #[error("the columns of the dialogues do not fit together")]
    Columns { source: arrow_schema::ArrowError },
    #[error("column `{column}` belongs to the engine")]
    EngineColumn { column: String },
}

impl Fault for ChatFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::TooFewSpeakers { .. } => "GM_CHAT_TOO_FEW_SPEAKERS",
            Self::ParityOptions => "GM_CHAT_PARITY_OPTIONS",
            Self::WrongProfile { .. } => "GM_CHAT_WRONG_PROFILE",
            Self::BadState { .. } => "GM_CHAT_BAD_STATE",
            Self::BadResult { .. } => "GM_CHAT_BAD_RESULT",
            Self::EmptyRange { .. } => "GM_CHAT_EMPTY_RANGE",
            Self::ForeignState { .. } => "GM_INTERNAL_CHAT_STATE",
            Self::Columns { .. } => "GM_INTERNAL_CHAT_COLUMNS",
            Self::EngineColumn { .. } => "GM_CHAT_ENGINE_COLUMN",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::TooFewSpeakers { .. }
            | Self::ParityOptions
            | Self::EmptyRange { .. }
            | Self::EngineColumn { .. } => FaultKind::Usage,
            Self::ForeignState { .. }
            | Self::Columns { .. }
            | Self::WrongProfile { .. }
            | Self::BadState { .. }
            | Self::BadResult { .. } => FaultKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::ParityOptions => Some("leave out `speakers` and `paths`, or use mode `fixed`".into()),
            Self::EngineColumn { .. } => {
                Some("names that start with two underscores cannot be chosen".into())
            }
            _ => None,
        }
    }
}
