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
    #[error("`{format}` is made of token ids, and column `{column}` holds {found}")]
    NoIds { format: &'static str, column: String, found: String },
    #[error("row {row} of column `{column}` is not a list of token ids")]
    NotIds { column: String, row: usize },
    #[error("id {id} does not fit into {width}")]
    WideId { id: u32, width: &'static str },
    #[error("{number} does not fit into {width}")]
    WideNumber { number: i64, width: &'static str },
    #[error("row {row} of column `{column}` has {what}, which `{format}` cannot hold")]
    Lacking { format: &'static str, column: String, row: usize, what: &'static str },
    #[error("a shard of `{format}` has more than 4 GB")]
    ShardTooLarge { format: &'static str },
    #[error("row {row} has {found} tokens, not {wanted}")]
    OtherLength { row: usize, wanted: u32, found: u32 },
    #[error("the sequences of a row have {wanted} tokens, but the row has {found}")]
    TooFewIds { wanted: u64, found: usize },
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
            Self::NoIds { .. } => "GM_WRITE_NO_IDS",
            Self::NotIds { .. } => "GM_WRITE_NOT_IDS",
            Self::WideId { .. } => "GM_WRITE_WIDE_ID",
            Self::WideNumber { .. } => "GM_WRITE_WIDE_NUMBER",
            Self::Lacking { .. } => "GM_WRITE_LACKING",
            Self::ShardTooLarge { .. } => "GM_WRITE_SHARD_TOO_LARGE",
            Self::OtherLength { .. } => "GM_WRITE_OTHER_LENGTH",
            Self::TooFewIds { .. } => "GM_WRITE_TOO_FEW_IDS",
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
            | Self::NoIds { .. }
            | Self::WideId { .. }
            | Self::WideNumber { .. }
            | Self::Lacking { .. }
            | Self::ShardTooLarge { .. }
            | Self::OtherLength { .. }
            | Self::BadOption { .. } => FaultKind::Usage,
            Self::Unreadable { .. } | Self::NotParquet { .. } | Self::OtherColumns { .. } => FaultKind::Input,
            Self::BadJson { .. }
            | Self::NotIds { .. }
            | Self::TooFewIds { .. }
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
            Self::NoIds { .. } => Some("put `encode` before it, or name the column that holds ids".into()),
            Self::WideId { .. } => {
                Some("set `vocab_size`, from which the width of the numbers follows".into())
            }
            Self::WideNumber { .. } => Some("give the column a wider type under `arrays`".into()),
            Self::Lacking { .. } => Some("drop such rows or the column before".into()),
            Self::ShardTooLarge { .. } => Some("set a smaller `shard_bytes`".into()),
            Self::OtherLength { .. } => {
                Some("fill blocks up with `pack: { pad: ... }`, or leave out `row_tokens`".into())
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
