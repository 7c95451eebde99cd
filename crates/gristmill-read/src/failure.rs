//! Causes of failure of readers, and the codes of rows that could not be read.

use std::io;

use gristmill_core::{Fault, FaultKind};

/// Codes of quarantined rows. They stand in the trace as the reason.
pub(crate) mod row {
    /// A CSV record with another number of fields than the header.
    pub const CSV_FIELDS: &str = "GM_READ_CSV_FIELDS";
    /// A quoted CSV field that is not closed, or goes on after its closing quote.
    pub const CSV_QUOTES: &str = "GM_READ_CSV_QUOTES";
    /// Not JSON.
    pub const JSON: &str = "GM_READ_JSON";
    /// JSON nested deeper than the limit.
    pub const JSON_DEPTH: &str = "GM_READ_JSON_DEPTH";
    /// JSON, but not an object.
    pub const NOT_AN_OBJECT: &str = "GM_READ_NOT_AN_OBJECT";
    /// A value that does not fit its column.
    pub const WRONG_TYPE: &str = "GM_READ_WRONG_TYPE";
    /// A key that no column stands for.
    pub const UNKNOWN_KEY: &str = "GM_READ_UNKNOWN_KEY";
    /// Bytes that are not UTF-8.
    pub const UTF8: &str = "GM_READ_UTF8";
    /// A sample of an MDS shard that its columns do not fit.
    pub const MDS_SAMPLE: &str = "GM_READ_MDS_SAMPLE";
    /// Longer than `max_record_bytes`.
    pub const TOO_LONG: &str = "GM_READ_TOO_LONG";
}

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadFailure {
    /// No such file.
    #[error("there is no file {path}")]
    Missing {
        /// The file.
        path: String,
    },
    /// No permission.
    #[error("{path} must not be read")]
    Forbidden {
        /// The file.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A folder where a file is wanted.
    #[error("{path} is a folder, not a file")]
    IsFolder {
        /// The folder.
        path: String,
    },
    /// The system failed to read.
    #[error("{path} cannot be read")]
    Io {
        /// The file.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    /// UTF-16 text.
    #[error("{path} is UTF-16 text; only UTF-8 is read")]
    Utf16 {
        /// The file.
        path: String,
    },
    /// The file ends too early.
    #[error("{path} is cut off at byte {offset}: {detail}")]
    Truncated {
        /// The file.
        path: String,
        /// Where, in bytes of the file as it lies on the disk.
        offset: u64,
        /// What is missing.
        detail: String,
    },
    /// The bytes break the rules of their format.
    #[error("{path} is damaged at or before byte {offset}: {detail}")]
    Damaged {
        /// The file.
        path: String,
        /// Where, in bytes of the file as it lies on the disk.
        offset: u64,
        /// What is wrong.
        detail: String,
    },
    /// A zstd frame that asks for more memory than allowed.
    #[error("{path} was compressed with a zstd window of more than 128 MB")]
    ZstdWindow {
        /// The file.
        path: String,
    },
    /// Not an export of `DiscordChatExporter`.
    #[error("{path} is not a DiscordChatExporter JSON export: {detail}")]
    NotAnExport {
        /// The file.
        path: String,
        /// What is missing.
        detail: String,
    },
    /// Not a JSON array.
    #[error("{path} is not a JSON array: it starts with {found}")]
    NotAnArray {
        /// The file.
        path: String,
        /// What it starts with.
        found: String,
    },
    /// Neither extension nor content tell the format.
    #[error("the format of {path} is unknown")]
    UnknownFormat {
        /// The file.
        path: String,
    },
    /// A CSV header that cannot name columns.
    #[error("the header of {path} cannot be used: {detail}")]
    CsvHeader {
        /// The file.
        path: String,
        /// What is wrong.
        detail: String,
    },
    /// A column whose type in the file cannot be made the wanted one.
    #[error("column `{column}` of {path} holds {found}, which cannot be read as {wanted}")]
    ColumnType {
        /// The file.
        path: String,
        /// The column.
        column: String,
        /// Its type in the file.
        found: String,
        /// The wanted type.
        wanted: String,
    },
    /// Too many different keys.
    #[error("{path} has more than {limit} different keys")]
    TooManyColumns {
        /// The file.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// A column type that does not exist.
    #[error("there is no column type `{name}`")]
    UnknownType {
        /// What was written.
        name: String,
    },
    /// An option out of range.
    #[error("reader option `{option}`: {detail}")]
    BadOption {
        /// The option.
        option: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// The key column is not read.
    #[error("key column `{key}` is not among the columns: {present}")]
    NoKey {
        /// The key.
        key: String,
        /// The columns.
        present: String,
    },
    /// A column that stands twice, or has a name of the engine's own.
    #[error("column `{column}` stands twice or has a reserved name")]
    DoubledColumn {
        /// The column.
        column: String,
    },
    /// A compressed file of a format that needs jumping about in it.
    #[error("{path} is {format} inside {codec}, which cannot be read")]
    Packed {
        /// The file.
        path: String,
        /// The format.
        format: &'static str,
        /// The compression.
        codec: &'static str,
    },
    /// A split that does not belong to the file.
    #[error("the split {start}..{end} does not fit {path}: {detail}")]
    BadSplit {
        /// The file.
        path: String,
        /// Start of the split.
        start: u64,
        /// End of the split.
        end: u64,
        /// What is wrong.
        detail: String,
    },
    /// A file of numbers that are no token ids.
    #[error("{path} cannot be read as lists of token ids: {detail}")]
    NotIds {
        /// The file.
        path: String,
        /// What it holds.
        detail: String,
    },
    /// A column of an MDS shard with values that cannot be columns.
    #[error("column `{column}` of {path} is encoded as {encoding}, which is not read")]
    MdsEncoding {
        /// The shard.
        path: String,
        /// The column.
        column: String,
        /// Its encoding.
        encoding: String,
    },
    /// Columns that Arrow refused.
    #[error("Arrow refused the columns")]
    Arrow {
        /// Arrow's answer.
        #[from]
        source: arrow_schema::ArrowError,
    },
}

impl Fault for ReadFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "GM_READ_MISSING",
            Self::Forbidden { .. } => "GM_READ_FORBIDDEN",
            Self::IsFolder { .. } => "GM_READ_IS_FOLDER",
            Self::Io { .. } => "GM_READ_IO",
            Self::Utf16 { .. } => "GM_READ_UTF16",
            Self::Truncated { .. } => TRUNCATED,
            Self::Damaged { .. } => DAMAGED,
            Self::ZstdWindow { .. } => "GM_READ_ZSTD_WINDOW",
            Self::NotAnExport { .. } => "GM_READ_NOT_AN_EXPORT",
            Self::NotAnArray { .. } => "GM_READ_NOT_AN_ARRAY",
            Self::UnknownFormat { .. } => "GM_READ_UNKNOWN_FORMAT",
            Self::CsvHeader { .. } => "GM_READ_CSV_HEADER",
            Self::ColumnType { .. } => "GM_READ_COLUMN_TYPE",
            Self::TooManyColumns { .. } => "GM_READ_TOO_MANY_COLUMNS",
            Self::UnknownType { .. } => "GM_READ_UNKNOWN_TYPE",
            Self::BadOption { .. } => "GM_READ_BAD_OPTION",
            Self::NoKey { .. } => "GM_READ_NO_KEY",
            Self::DoubledColumn { .. } => "GM_READ_DOUBLED_COLUMN",
            Self::Packed { .. } => "GM_READ_PACKED",
            Self::BadSplit { .. } => "GM_READ_BAD_SPLIT",
            Self::NotIds { .. } => "GM_READ_NOT_IDS",
            Self::MdsEncoding { .. } => "GM_READ_MDS_ENCODING",
            Self::Arrow { .. } => "GM_INTERNAL_ARROW",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownType { .. }
            | Self::BadOption { .. }
            | Self::NoKey { .. }
            | Self::DoubledColumn { .. }
            | Self::TooManyColumns { .. } => FaultKind::Usage,
            Self::Arrow { .. } => FaultKind::Failed,
            _ => FaultKind::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } => "check the path; it is taken from the folder of the recipe",
            Self::Forbidden { .. } => "check the permissions of the file and of the folders above it",
            Self::IsFolder { .. } => "name the files in it, e.g. with a pattern such as folder/*.jsonl",
            Self::Utf16 { .. } => "convert it first, e.g. iconv -f UTF-16 -t UTF-8",
            Self::Truncated { .. } | Self::Damaged { .. } => {
                "get the file again, or set `on_damage: keep` to keep the rows before the damage"
            }
            Self::ZstdWindow { .. } => "compress it again without --long, or with --long=27 at most",
            Self::NotAnExport { .. } => {
                "export the channel again with `--format Json`; for other message tables name the format csv, jsonl or parquet"
            }
            Self::NotAnArray { .. } => "if it has one JSON object a line, name the format jsonl",
            Self::UnknownFormat { .. } => {
                "name the format: csv, jsonl, json, parquet, arrow, text, discord, numpy, megatron or mds"
            }
            Self::CsvHeader { .. } => "give every column a name of its own in the first line",
            Self::ColumnType { .. } | Self::TooManyColumns { .. } => "declare `columns` for this source",
            Self::UnknownType { .. } => "use text, int, float, bool or json",
            Self::NoKey { .. } => "name a column of the source as key, or leave the key out",
            Self::DoubledColumn { .. } => "give every column one name of its own that is not `__id`",
            Self::Packed { .. } => "unpack it first; the format has compression of its own",
            Self::BadSplit { .. } => "the file changed after the plan was made: plan again",
            Self::NotIds { .. } => {
                "read are whole numbers, little endian, row by row, in one or two dimensions"
            }
            Self::MdsEncoding { .. } => {
                "read are text, JSON, bytes, numbers and arrays of one type and dimension; write the others apart"
            }
            Self::Io { .. } | Self::BadOption { .. } | Self::Arrow { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// Code of truncated inputs, and of the row that was cut off with them.
pub(crate) const TRUNCATED: &str = "GM_READ_TRUNCATED";
/// Code of damaged inputs, and of the row that was lost with them.
pub(crate) const DAMAGED: &str = "GM_READ_DAMAGED";

impl ReadFailure {
    /// Whether this is damage that `on_damage: keep` forgives.
    pub(crate) const fn is_damage(&self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::Damaged { .. })
    }
}
