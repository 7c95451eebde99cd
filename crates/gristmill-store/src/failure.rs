//! Causes of failure of the message store. None of them holds the text of a message.

use gristmill_core::{Fault, FaultKind};
use rusqlite::{Error, ErrorCode};

/// Causes of failure of the message store. They are cloned when several batches share a transaction.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFailure {
    /// No file, and none is to be made.
    #[error("there is no message store {place}")]
    Missing {
        /// The store.
        place: String,
    },
    /// The file cannot be opened at all.
    #[error("the message store {place} cannot be opened: {why}")]
    Unopenable {
        /// The store.
        place: String,
        /// What the system says.
        why: String,
    },
    /// Not a store, or a broken one.
    #[error("{place} is no message store, or it is damaged: {why}")]
    Damaged {
        /// The store.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// Made by a later version.
    #[error("the message store {place} has format {found}; this version knows up to {known}")]
    Newer {
        /// The store.
        place: String,
        /// Its format.
        found: i64,
        /// The latest format known.
        known: i64,
    },
    /// Locked for too long.
    #[error("the message store {place} is locked by another process")]
    Busy {
        /// The store.
        place: String,
    },
    /// It must not, or cannot, be written.
    #[error("the message store {place} is read-only: {why}")]
    ReadOnly {
        /// The store.
        place: String,
        /// Why.
        why: String,
    },
    /// No room.
    #[error("no room is left for the message store {place}")]
    Full {
        /// The store.
        place: String,
    },
    /// The disk failed.
    #[error("the disk under the message store {place} failed: {why}")]
    Io {
        /// The store.
        place: String,
        /// What the system says.
        why: String,
    },
    /// Anything else.
    #[error("the message store {place} failed: {why}")]
    Failed {
        /// The store.
        place: String,
        /// What is said.
        why: String,
    },
    /// An event is malformed.
    #[error("event {index} of the batch cannot be taken: {why}")]
    BadEvent {
        /// Its place, from 0.
        index: usize,
        /// What is wrong.
        why: String,
    },
    /// The batch is no list.
    #[error("the batch is not a JSON list of events: {why}")]
    BadBatch {
        /// What is wrong.
        why: String,
    },
    /// A key was used twice, for different batches.
    #[error("the idempotency key {key:?} was used for another batch")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// A table without message ids.
    #[error("the rows have no column {column:?}; they have: {present}")]
    NoColumn {
        /// What is missing.
        column: &'static str,
        /// What is there.
        present: String,
    },
    /// Closed already.
    #[error("the message store {place} is closed")]
    Closed {
        /// The store.
        place: String,
    },
}

impl StoreFailure {
    /// What a failure of `SQLite` means.
    pub(crate) fn of(place: &str, error: &Error) -> Self {
        let place = place.to_owned();
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { place },
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::AuthorizationForStatementDenied,
            ) => Self::ReadOnly { place, why },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { place, why },
            Some(ErrorCode::DiskFull) => Self::Full { place },
            Some(ErrorCode::SystemIoFailure) => Self::Io { place, why },
            Some(ErrorCode::CannotOpen) => Self::Unopenable { place, why },
            _ => Self::Failed { place, why },
        }
    }

    /// Whether only the batch is to blame, so that others of its transaction may go on.
    pub(crate) fn is_of_batch(&self) -> bool {
        matches!(self, Self::BadEvent { .. } | Self::BadBatch { .. } | Self::KeyReused { .. })
    }
}

impl Fault for StoreFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "GM_STORE_MISSING",
            Self::Unopenable { .. } => "GM_STORE_UNAVAILABLE",
            Self::Damaged { .. } => "GM_STORE_DAMAGED",
            Self::Newer { .. } => "GM_STORE_NEWER",
            Self::Busy { .. } => "GM_STORE_BUSY",
            Self::ReadOnly { .. } => "GM_STORE_READ_ONLY",
            Self::Full { .. } => "GM_STORE_FULL",
            Self::Io { .. } => "GM_STORE_IO",
            Self::Failed { .. } => "GM_STORE_FAILED",
            Self::BadEvent { .. } | Self::BadBatch { .. } => "GM_STORE_BAD_EVENT",
            Self::KeyReused { .. } => "GM_STORE_KEY_REUSED",
            Self::NoColumn { .. } => "GM_STORE_NO_COLUMN",
            Self::Closed { .. } => "GM_CLOSED",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Missing { .. } | Self::Damaged { .. } | Self::Newer { .. } | Self::NoColumn { .. } => {
                FaultKind::Input
            }
            Self::BadEvent { .. } | Self::BadBatch { .. } | Self::KeyReused { .. } | Self::Closed { .. } => {
                FaultKind::Usage
            }
            _ => FaultKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } => "fill one with `gristmill import` or `gristmill capture`",
            Self::Unopenable { .. } => "look whether the folder is there and may be written",
            Self::Damaged { .. } => "restore it from a copy, or import the messages into a new one",
            Self::Newer { .. } => "use a version of gristmill at least as new as the one that made it",
            Self::Busy { .. } => "wait for the other process, or look for one that hangs",
            Self::ReadOnly { .. } => "SQLite needs to write the file and its folder",
            Self::Full { .. } => "make room; what was confirmed is safe",
            Self::Io { .. } => "look at the system's log; what was confirmed before is safe",
            Self::NoColumn { .. } => "a message table has message_id, channel_id, author_id, content",
            _ => return None,
        };
        Some(hint.into())
    }
}
