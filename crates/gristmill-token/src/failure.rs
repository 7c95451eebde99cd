//! Causes of failure when tokenizers are loaded and used.

use std::path::PathBuf;

use gristmill_core::{Fault, FaultKind};

/// What can go wrong with a tokenizer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFailure {
    /// A step that counts tokens was given none.
    #[error("`{kind}` needs a tokenizer")]
    NoTokenizer {
        /// Kind of the step.
        kind: &'static str,
    },
    /// The file cannot be read.
    #[error("tokenizer `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a tokenizer.
    #[error("`{}` is not a tokenizer.json: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        message: String,
    },
    /// A text could not be encoded.
    #[error("text cannot be encoded: {message}")]
    Encode {
        /// What the tokenizer said.
        message: String,
    },
}

impl Fault for TokenFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::NoTokenizer { .. } => "GM_TOKEN_NO_TOKENIZER",
            Self::Unreadable { .. } => "GM_TOKEN_UNREADABLE",
            Self::Invalid { .. } => "GM_TOKEN_INVALID",
            Self::Encode { .. } => "GM_TOKEN_ENCODE",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoTokenizer { .. } => FaultKind::Usage,
            Self::Unreadable { .. } | Self::Invalid { .. } => FaultKind::Input,
            Self::Encode { .. } => FaultKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoTokenizer { .. } => Some(
                "set `tokenizer` to the path of a tokenizer.json, or to `words`, `chars` or `bytes` to count those"
                    .into(),
            ),
            Self::Unreadable { .. } => Some("check the path; it is the file `tokenizer.json` of a model".into()),
            Self::Invalid { .. } => {
                Some("give the `tokenizer.json` of a model; vocabulary files and `.model` files are other formats".into())
            }
            Self::Encode { .. } => None,
        }
    }
}
