//! What can go wrong while writing.

use std::path::PathBuf;

use gristmill_core::{Fault, FaultKind};

/// Causes of failure of output formats.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WriteFailure {
    #[error("`{format}` cannot hold column `{column}` of type {found}")]
    UnsupportedType { format: &'static str, column: String, found: String },
    #[error("there is no column to write as `{format}`")]
    NoColumns { format: &'static str },
    #[error("column `{column}` is missing; the rows have: {present}")]
    MissingColumn { column: String, present: String },
    #[error("column `{column}` holds {found}, not text")]
    NotText { column: String, found: String },
    #[error("option `{option}` of `{format}` must be {wanted}, not {found}")]
    BadOption { format: &'static str, option: &'static str, wanted: &'static str, found: String },
    #[error("row {row} of column `{column}` is declared as JSON but does not parse")]
    BadJson { column: String, row: usize, source: serde_json::Error },
    #[error("a group of another format was appended to a `{format}` file")]
    ForeignGroup { format: &'static str },
    #[error("the output cannot be written")]
    Io {
        #[from]
        source: std::io::Error,
    },
    #[error("the Parquet writer failed")]
    Parquet {
        #[from]
        source: parquet::errors::ParquetError,
    },
    #[error("Arrow refused the columns")]
    Arrow {
        #[from]
        source: arrow_schema::ArrowError,
    },
    #[error("{path} cannot be opened", path = path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} is not a whole Parquet file", path = path.display())]
    NotParquet { path: PathBuf, source: parquet::errors::ParquetError },
    #[error("{path} has other columns than {first}", path = path.display(), first = first.display())]
    OtherColumns { path: PathBuf, first: PathBuf },
}

impl Fault for WriteFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedType { .. } => "GM_WRITE_UNSUPPORTED_TYPE",
            Self::NoColumns { .. } => "GM_WRITE_NO_COLUMNS",
            Self::MissingColumn { .. } => "GM_WRITE_MISSING_COLUMN",
            Self::NotText { .. } => "GM_WRITE_NOT_TEXT",
            Self::BadOption { .. } => "GM_WRITE_BAD_OPTION",
            Self::BadJson { .. } => "GM_WRITE_BAD_JSON",
            Self::ForeignGroup { .. } => "GM_WRITE_FOREIGN_GROUP",
            Self::Io { .. } => "GM_WRITE_IO",
            Self::Parquet { .. } => "GM_WRITE_PARQUET",
            Self::Arrow { .. } => "GM_WRITE_ARROW",
            Self::Unreadable { .. } => "GM_WRITE_UNREADABLE",
            Self::NotParquet { .. } => "GM_WRITE_NOT_PARQUET",
            Self::OtherColumns { .. } => "GM_WRITE_OTHER_COLUMNS",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::UnsupportedType { .. }
            | Self::NoColumns { .. }
            | Self::MissingColumn { .. }
            | Self::NotText { .. }
            | Self::BadOption { .. } => FaultKind::Usage,
            Self::Unreadable { .. } | Self::NotParquet { .. } | Self::OtherColumns { .. } => FaultKind::Input,
            Self::BadJson { .. }
            | Self::ForeignGroup { .. }
            | Self::Io { .. }
            | Self::Parquet { .. }
            | Self::Arrow { .. } => FaultKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnsupportedType { column, .. } => {
                Some(format!("drop it with `drop_columns: [{column}]`, or write Parquet or Arrow"))
            }
            Self::MissingColumn { .. } | Self::NotText { .. } => {
                Some("name a text column with the output's `column` option".into())
            }
            Self::Io { source } if source.kind() == std::io::ErrorKind::StorageFull => {
                Some("free some disk space and run again; finished parts are kept".into())
            }
            _ => None,
        }
    }
}
