//! Causes of failure with `SentencePiece` models.

use gristmill_core::{Fault, FaultKind};

/// What can go wrong when a `.model` is read, used or trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpmFailure {
    /// The bytes are not a protobuf message of the right shape.
    #[error("not a SentencePiece model: {what} at byte {offset}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where, counted in the message being read.
        offset: usize,
    },
    /// A piece that no model may hold.
    #[error("piece {id} of the model {what}")]
    Piece {
        /// Its id.
        id: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The model lacks a part that is needed to use it.
    #[error("the model {what}")]
    Model {
        /// What is wrong.
        what: &'static str,
    },
    /// The map of characters in the model is damaged.
    #[error("the character map of the model {what}")]
    CharsMap {
        /// What is wrong.
        what: &'static str,
    },
    /// A `.vocab` line that is no piece.
    #[error("line {line} of the vocabulary {what}")]
    Vocab {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// An id that the model does not have.
    #[error("id {id} is not below the {size} pieces of the model")]
    Id {
        /// The id.
        id: u32,
        /// Pieces of the model.
        size: usize,
    },
    /// Training options that contradict each other or cannot be met.
    #[error("`{option}` {what}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// There is nothing to train on.
    #[error("the training text holds no words")]
    NoText,
    /// The text does not yield the wanted number of pieces.
    #[error("vocabulary of {wanted} is too large for this text: {possible} pieces are possible")]
    VocabTooLarge {
        /// Asked for.
        wanted: usize,
        /// What the text yields.
        possible: usize,
    },
    /// A part of a tokenizer that the other format cannot say.
    #[error("a {from} cannot become a {to}: {reason}")]
    NoCounterpart {
        /// The format it comes from.
        from: &'static str,
        /// The format it should have.
        to: &'static str,
        /// The part.
        reason: String,
    },
    /// The characters alone do not fit.
    #[error("vocabulary of {wanted} is too small: {needed} are taken by characters and special pieces")]
    VocabTooSmall {
        /// Asked for.
        wanted: usize,
        /// What must be held.
        needed: usize,
    },
}

impl Fault for SpmFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "GM_SPM_MALFORMED",
            Self::Piece { .. } => "GM_SPM_PIECE",
            Self::Model { .. } => "GM_SPM_MODEL",
            Self::CharsMap { .. } => "GM_SPM_CHARSMAP",
            Self::Vocab { .. } => "GM_SPM_VOCAB",
            Self::Id { .. } => "GM_SPM_ID",
            Self::Option { .. } => "GM_SPM_OPTION",
            Self::NoCounterpart { .. } => "GM_SPM_NO_COUNTERPART",
            Self::NoText => "GM_SPM_NO_TEXT",
            Self::VocabTooLarge { .. } => "GM_SPM_VOCAB_TOO_LARGE",
            Self::VocabTooSmall { .. } => "GM_SPM_VOCAB_TOO_SMALL",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Option { .. } | Self::NoCounterpart { .. } => FaultKind::Usage,
            _ => FaultKind::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Malformed { .. } => {
                "give the `.model` file that SentencePiece wrote; it may be cut off".into()
            }
            Self::Piece { .. } | Self::Model { .. } | Self::CharsMap { .. } => {
                "the file was damaged or made by a faulty tool: fetch or export it again".into()
            }
            Self::Vocab { .. } => "a line is a piece, a tab and a number".into(),
            Self::Id { .. } => "the ids come from another tokenizer".into(),
            Self::Option { .. } => return None,
            Self::NoCounterpart { .. } => "keep the format it has, or choose one that can say it".into(),
            Self::NoText => "check the column and the filters before training".into(),
            Self::VocabTooLarge { possible, .. } => {
                format!(
                    "set `vocab_size` to {possible} or less, give more text, or set `hard_vocab_limit: false`"
                )
            }
            Self::VocabTooSmall { needed, .. } => {
                format!("set `vocab_size` above {needed}, or lower `character_coverage`")
            }
        })
    }
}
