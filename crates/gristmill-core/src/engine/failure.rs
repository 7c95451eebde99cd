//! Causes of failure inside the engine.

use std::io;
use std::path::{Path, PathBuf};

use crate::failure::{Fault, FaultKind};

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineFailure {
    #[error("cannot {doing} {}", path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("no native {shape} is called `{kind}`")]
    UnknownKind { shape: &'static str, kind: String },
    #[error("the specification of a {what} is not valid")]
    BadSpec { what: &'static str, source: serde_json::Error },
    #[error("{} is damaged: {why}", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("a worker panicked in {place}: {message}")]
    Panic { place: String, message: String },
    #[error("Arrow refused to {doing}")]
    Arrow { doing: &'static str, source: arrow_schema::ArrowError },
    #[error("Parquet refused to {doing}")]
    Parquet { doing: &'static str, source: parquet::errors::ParquetError },
    #[error("column `{column}` cannot order rows: {why}")]
    BadOrder { column: String, why: String },
    #[error("column `{column}` cannot say which split rows belong to: {why}")]
    BadSplit { column: String, why: String },
    #[error("{rows} rows are more than one decider can hold")]
    TooManyRows { rows: u64 },
    #[error("one group has more than {most} bytes of rows")]
    GroupTooBig { most: u64 },
    #[error("the handle is closed")]
    Closed,
}

impl EngineFailure {
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { doing, path, source }
    }

    pub fn arrow(doing: &'static str) -> impl FnOnce(arrow_schema::ArrowError) -> Self {
        move |source| Self::Arrow { doing, source }
    }
}

impl Fault for EngineFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::File { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "GM_RUN_DISK_FULL",
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => "GM_RUN_READ_ONLY",
                _ => "GM_RUN_IO",
            },
            Self::UnknownKind { .. } => "GM_PLAN_UNKNOWN_KIND",
            Self::BadSpec { .. } => "GM_PLAN_BAD_SPEC",
            Self::Damaged { .. } => "GM_RUN_DAMAGED_FILE",
            Self::Panic { .. } => "GM_INTERNAL_PANIC",
            Self::Arrow { .. } => "GM_INTERNAL_ARROW",
            Self::Parquet { .. } => "GM_INTERNAL_PARQUET",
            Self::BadOrder { .. } => "GM_STEP_BAD_ORDER",
            Self::BadSplit { .. } => "GM_RUN_BAD_SPLIT",
            Self::TooManyRows { .. } => "GM_STEP_TOO_MANY_ROWS",
            Self::GroupTooBig { .. } => "GM_STEP_GROUP_TOO_BIG",
            Self::Closed => "GM_CLOSED",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownKind { .. } | Self::BadSpec { .. } | Self::BadOrder { .. } => FaultKind::Usage,
            Self::BadSplit { .. } => FaultKind::Input,
            _ => FaultKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Some("free some space and run the same command again: it goes on where it stopped".into())
                }
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                    Some("choose an output folder that you may write to".into())
                }
                _ => None,
            },
            Self::BadSplit { .. } => Some(
                "drop rows without a split before, or have train_test_split write one for every row".into(),
            ),
            Self::Damaged { .. } => Some("remove the build's .gristmill folder or run with --fresh".into()),
            Self::GroupTooBig { .. } => Some(
                "rows that belong together, such as all replies below one message, are worked on in memory; \
                 look for the one that has so many and take it out"
                    .into(),
            ),
            Self::Panic { .. } => {
                Some("this is a bug in gristmill; please report it with the input that shows it".into())
            }
            _ => None,
        }
    }
}
