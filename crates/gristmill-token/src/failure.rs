//! Causes of failure when tokenizers are loaded and used.

use std::path::PathBuf;

use gristmill_core::{Fault, FaultKind};

use crate::split::Preset;

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
    #[error("`{}` is not a tokenizer: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        message: String,
    },
    /// A folder holds no tokenizer.
    #[error("`{}` has no tokenizer in it", path.display())]
    NothingInFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file of ranks does not say how text is split.
    #[error("`{}` does not say how text is split", path.display())]
    NoSplit {
        /// The file.
        path: PathBuf,
    },
    /// The split asked for cannot be used.
    #[error("split `{split}` is neither a name nor a valid pattern: {message}")]
    BadSplit {
        /// What was asked for.
        split: String,
        /// What the regex engine said.
        message: String,
    },
    /// The text of a special token stands in a document.
    #[error("the text holds the special token `{token}`")]
    SpecialInText {
        /// The token.
        token: String,
    },
    /// Weights of roles that are below zero or no numbers.
    #[error("`loss_weights` holds what is no weight")]
    BadWeights,
    /// A column that should hold ids holds something else.
    #[error("column `{column}` holds {found}, not lists of ids")]
    NoIds {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// The vocabulary has no room for what must be in it.
    #[error("a vocabulary of {size} has no room for special tokens and bytes: {least}")]
    SmallVocabulary {
        /// What was asked for.
        size: usize,
        /// The least possible.
        least: usize,
    },
    /// A token with a task is not among the special tokens.
    #[error("`{token}` is not among the special tokens")]
    NotSpecial {
        /// The token.
        token: String,
    },
    /// The distinct words do not fit into memory while they are merged.
    #[error(
        "{words} distinct words take {} MB while they are merged, more than the {} MB there are",
        needed >> 20, memory >> 20
    )]
    TrainMemory {
        /// Distinct words.
        words: u64,
        /// Those that occur more than once.
        repeated: u64,
        /// Bytes they take.
        needed: u64,
        /// Bytes there are.
        memory: u64,
    },
    /// Saved counts cannot be read.
    #[error("the saved state of `{kind}` cannot be read")]
    BadState {
        /// Kind of the fold.
        kind: &'static str,
    },
    /// The other format cannot say what this tokenizer does.
    #[error("this tokenizer cannot be written as {target}: {reason}")]
    NoConversion {
        /// The files asked for.
        target: &'static str,
        /// What they cannot say.
        reason: String,
    },
    /// The files of a tokenizer could not be made.
    #[error("the tokenizer cannot be written: {message}")]
    Write {
        /// Why.
        message: String,
    },
    /// An id that the tokenizer does not have.
    #[error("there is no token {id}")]
    UnknownId {
        /// The id.
        id: u32,
    },
    /// Ids could not be decoded.
    #[error("ids cannot be decoded: {message}")]
    Decode {
        /// What the tokenizer said.
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
            Self::NothingInFolder { .. } => "GM_TOKEN_EMPTY_FOLDER",
            Self::NoSplit { .. } => "GM_TOKEN_NO_SPLIT",
            Self::BadSplit { .. } => "GM_TOKEN_BAD_SPLIT",
            Self::SpecialInText { .. } => "GM_TOKEN_SPECIAL_IN_TEXT",
            Self::NoIds { .. } => "GM_TOKEN_NO_IDS",
            Self::BadWeights => "GM_TOKEN_BAD_WEIGHTS",
            Self::SmallVocabulary { .. } => "GM_TOKEN_SMALL_VOCABULARY",
            Self::NotSpecial { .. } => "GM_TOKEN_NOT_SPECIAL",
            Self::TrainMemory { .. } => "GM_TOKEN_TRAIN_MEMORY",
            Self::BadState { .. } => "GM_TOKEN_BAD_STATE",
            Self::NoConversion { .. } => "GM_TOKEN_NO_CONVERSION",
            Self::Write { .. } => "GM_TOKEN_WRITE",
            Self::UnknownId { .. } => "GM_TOKEN_UNKNOWN_ID",
            Self::Decode { .. } => "GM_TOKEN_DECODE",
            Self::Encode { .. } => "GM_TOKEN_ENCODE",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoTokenizer { .. }
            | Self::NoSplit { .. }
            | Self::BadSplit { .. }
            | Self::NoIds { .. }
            | Self::BadWeights
            | Self::SmallVocabulary { .. }
            | Self::NotSpecial { .. }
            | Self::NoConversion { .. } => FaultKind::Usage,
            Self::Unreadable { .. } | Self::Invalid { .. } | Self::NothingInFolder { .. } => FaultKind::Input,
            Self::SpecialInText { .. }
            | Self::TrainMemory { .. }
            | Self::BadState { .. }
            | Self::Write { .. }
            | Self::UnknownId { .. }
            | Self::Decode { .. }
            | Self::Encode { .. } => FaultKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoTokenizer { .. } => Some(
                "set `tokenizer` to the path of a tokenizer.json, or to `words`, `chars` or `bytes` to count those"
                    .into(),
            ),
            Self::Unreadable { .. } => Some("check the path; it is the file `tokenizer.json` of a model".into()),
            Self::Invalid { .. } => Some(
                "give a `tokenizer.json`, a tiktoken file of ranks, `vocab.json` beside `merges.txt`, or a `.model` of SentencePiece"
                    .into(),
            ),
            Self::NothingInFolder { .. } => {
                Some("a folder is searched for `tokenizer.json`, `tokenizer.model`, then for `vocab.json` beside `merges.txt`".into())
            }
            Self::NoSplit { .. } | Self::BadSplit { .. } => {
                Some(format!("set `split` to one of {}, or to a pattern", Preset::NAMES))
            }
            Self::SpecialInText { .. } => Some("set `specials` to `ignore` to take it as ordinary text".into()),
            Self::NoIds { .. } => Some("name the column that `encode` has added".into()),
            Self::BadWeights => Some("give numbers from 0 up".into()),
            Self::SmallVocabulary { least, .. } => Some(format!("set `vocab_size` above {least}")),
            Self::NotSpecial { .. } => Some("add it to `special_tokens`, or leave it out".into()),
            Self::NoConversion { .. } => Some("a `tokenizer.json` can say most".into()),
            Self::TrainMemory { words, repeated, .. } => Some(format!(
                "give it more memory (`--memory`), train on a part of the text, or leave rare words out: \
                 {} of them occur once and go with `min_word_count: 2`",
                words - repeated
            )),
            Self::UnknownId { .. } => Some("the ids were made by another tokenizer".into()),
            Self::BadState { .. } | Self::Write { .. } | Self::Decode { .. } | Self::Encode { .. } => None,
        }
    }
}
