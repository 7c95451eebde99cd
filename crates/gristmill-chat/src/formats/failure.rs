//! Causes of failure in the chat formats.

use std::path::PathBuf;

use gristmill_core::{Fault, FaultKind};

/// Causes of failure in the chat formats.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FormatFailure {
    #[error("`{role}` is not a role")]
    UnknownRole { role: String },
    #[error("the special tokens cannot be searched for")]
    Tags { source: aho_corasick::BuildError },
    #[error("column `{column}` holds {found}, not dialogues")]
    NotDialogues { column: String, found: String },
    #[error("column `{column}` holds {found}, not {wanted}")]
    WrongType { column: String, found: String, wanted: &'static str },
    #[error("the rows have none of the columns of a known chat format; they have: {present}")]
    NoFormat { present: String },
    #[error("option `{option}` does not go with format `{format}`")]
    Unfitting { option: &'static str, format: &'static str },
    #[error("format `template` needs the option `template`")]
    NoTemplate,
    #[error("the chat template {path} cannot be read")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} is no tokenizer_config.json with a chat template: {detail}")]
    NotConfig { path: PathBuf, detail: String },
    #[error("the chat template {path} is not valid")]
    Invalid { path: PathBuf, source: minijinja::Error },
    #[error("the chat template {path} asks for today's date")]
    NeedsDate { path: PathBuf },
    #[error("`{date}` is not a date")]
    BadDate { date: String },
    #[error("column `{column}` cannot be kept: the step makes a column of that name")]
    Taken { column: String },
    #[error("the columns of the dialogues do not fit together")]
    Columns {
        #[from]
        source: arrow_schema::ArrowError,
    },
}

impl Fault for FormatFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownRole { .. } => "GM_CHAT_UNKNOWN_ROLE",
            Self::Tags { .. } => "GM_CHAT_SPECIAL_TOKENS",
            Self::NotDialogues { .. } => "GM_CHAT_NOT_DIALOGUES",
            Self::WrongType { .. } => "GM_CHAT_WRONG_TYPE",
            Self::NoFormat { .. } => "GM_CHAT_NO_FORMAT",
            Self::Unfitting { .. } => "GM_CHAT_UNFITTING_OPTION",
            Self::NoTemplate => "GM_CHAT_NO_TEMPLATE",
            Self::Unreadable { .. } => "GM_CHAT_TEMPLATE_UNREADABLE",
            Self::NotConfig { .. } => "GM_CHAT_TEMPLATE_CONFIG",
            Self::Invalid { .. } => "GM_CHAT_TEMPLATE_INVALID",
            Self::NeedsDate { .. } => "GM_CHAT_TEMPLATE_DATE",
            Self::BadDate { .. } => "GM_CHAT_BAD_DATE",
            Self::Taken { .. } => "GM_CHAT_COLUMN_TAKEN",
            Self::Columns { .. } => "GM_INTERNAL_CHAT_FORMAT_COLUMNS",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Unreadable { .. } => FaultKind::Input,
            Self::Columns { .. } => FaultKind::Failed,
            _ => FaultKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownRole { .. } => "the roles are system, user, assistant and tool",
            Self::NotDialogues { .. } => {
                "name a column of ChatML text, of {role, content} messages, or of such messages as JSON"
            }
            Self::NoFormat { .. } => "say `format`, and `column` when the dialogue's column has another name",
            Self::NoTemplate => "give a tokenizer_config.json or a .jinja file",
            Self::NotConfig { .. } => {
                "newer tokenizers keep the template in chat_template.jinja; give that file"
            }
            Self::NeedsDate { .. } => {
                "set `date`, e.g. 2026-01-31, so that the same rows give the same text every day"
            }
            Self::BadDate { .. } => "write it like 2026-01-31",
            Self::Taken { .. } => "take it out of `keep`, or rename it before",
            _ => return None,
        };
        Some(hint.into())
    }
}
