//! The words of the reader's interface: formats, codecs, column types, options, splits.

use std::sync::Arc;

use arrow_schema::{DataType, Field};
use serde::{Deserialize, Serialize};

use crate::failure::ReadFailure;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormatKind {
    /// Comma- or tab-separated values with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of objects.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC, file or stream.
    Arrow,
    /// One row a line.
    Text,
    /// `DiscordChatExporter` JSON.
    Discord,
    /// `NumPy` arrays of token ids.
    Numpy,
    /// Megatron-LM's indexed data sets.
    Megatron,
    /// Shards of `MosaicML`'s streaming data sets.
    Mds,
}

impl FormatKind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Text => "text",
            Self::Discord => "discord",
            Self::Numpy => "numpy",
            Self::Megatron => "megatron",
            Self::Mds => "mds",
        }
    }
}

/// A compression around a file, recognised by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// None.
    Plain,
    /// gzip, any number of members.
    Gzip,
    /// zstd, any number of frames.
    Zstd,
    /// bzip2, any number of streams.
    Bzip2,
}

impl Codec {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
        }
    }
}

/// The type of a column, a string in JSON: `text`, `int`, `float`, `bool`, `json`, `null` (no value seen yet), or
/// the name of an Arrow type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ColumnType {
    /// utf8.
    Text,
    /// int64.
    Int,
    /// float64.
    Float,
    /// Boolean.
    Bool,
    /// utf8 that holds raw JSON: nested values, or values of several types.
    Json,
    /// Only nulls were seen.
    Null,
    /// Another Arrow type, as Parquet and Arrow files have it.
    Arrow(DataType),
}

/// Metadata key of fields that hold raw JSON.
pub const TYPE_KEY: &str = "gristmill.type";

impl ColumnType {
    /// The type that a column of an Arrow schema is read as.
    #[must_use]
    pub fn of(field: &Field) -> Self {
        let is_text = |t: &DataType| matches!(t, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        match field.data_type() {
            t if is_text(t) && field.metadata().get(TYPE_KEY).is_some_and(|t| t == "json") => Self::Json,
            t if is_text(t) => Self::Text,
            DataType::Int64 => Self::Int,
            DataType::Float64 => Self::Float,
            DataType::Boolean => Self::Bool,
            DataType::Null => Self::Null,
            DataType::Dictionary(_, values) if is_text(values) => Self::Text,
            DataType::Dictionary(_, values) => Self::of(&Field::new("", values.as_ref().clone(), true)),
            other => Self::Arrow(other.clone()),
        }
    }

    /// The Arrow type of the column.
    #[must_use]
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Text | Self::Json | Self::Null => DataType::Utf8,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Arrow(other) => other.clone(),
        }
    }

    /// The narrowest type that holds the values of both.
    #[must_use]
    pub fn unify(&self, other: &Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Self::Null, a) | (a, Self::Null) => a.clone(),
            (a, b) if a.is_int() && b.is_int() => Self::Int,
            (a, b) if a.is_number() && b.is_number() => Self::Float,
            (a, b) if a.is_int_list() && b.is_int_list() => {
                let item = Field::new_list_field(DataType::Int64, true);
                Self::Arrow(DataType::List(Arc::new(item)))
            }
            _ => Self::Json,
        }
    }

    const fn is_int(&self) -> bool {
        matches!(
            self,
            Self::Int
                | Self::Arrow(
                    DataType::Int8
                        | DataType::Int16
                        | DataType::Int32
                        | DataType::UInt8
                        | DataType::UInt16
                        | DataType::UInt32
                )
        )
    }

    /// Whether values are lists of whole numbers, whatever their width.
    fn is_int_list(&self) -> bool {
        match self {
            Self::Arrow(DataType::List(item)) => {
                item.data_type().is_integer() && *item.data_type() != DataType::UInt64
            }
            _ => false,
        }
    }

    const fn is_number(&self) -> bool {
        self.is_int() || matches!(self, Self::Float | Self::Arrow(DataType::Float32))
    }
}

impl From<ColumnType> for String {
    fn from(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Text => "text".into(),
            ColumnType::Int => "int".into(),
            ColumnType::Float => "float".into(),
            ColumnType::Bool => "bool".into(),
            ColumnType::Json => "json".into(),
            ColumnType::Null => "null".into(),
            ColumnType::Arrow(other) => crate::columnar::type_name::write(&other),
        }
    }
}

impl TryFrom<String> for ColumnType {
    type Error = ReadFailure;

    fn try_from(name: String) -> Result<Self, ReadFailure> {
        Ok(match name.as_str() {
            "text" => Self::Text,
            "int" => Self::Int,
            "float" => Self::Float,
            "bool" => Self::Bool,
            "json" => Self::Json,
            "null" => Self::Null,
            other => Self::of(&Field::new(
                "",
                crate::columnar::type_name::read(other)
                    .ok_or_else(|| ReadFailure::UnknownType { name: other.to_owned() })?,
                true,
            )),
        })
    }
}

/// A column by name and type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ColumnType,
}

/// What becomes of text that is not UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvalidUtf8 {
    /// The row goes to quarantine.
    #[default]
    Quarantine,
    /// Each bad sequence becomes U+FFFD.
    Replace,
}

/// What becomes of an input that is truncated or damaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDamage {
    /// The build stops.
    #[default]
    Fail,
    /// Rows before the damage are kept; the loss is a quarantined row.
    Keep,
}

/// What becomes of a JSON key that no column stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownKeys {
    /// The row goes to quarantine, since its value would be lost.
    #[default]
    Quarantine,
    /// The key is left out, as the user asked by declaring `columns`.
    Ignore,
}

/// What arrays of JSON become where all rows have items of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nested {
    /// A list column; a row that does not fit goes to quarantine.
    #[default]
    Lists,
    /// Text that holds the JSON, which fits every row.
    Text,
}

/// How to read a source; the same for all its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadOptions {
    /// Text that is not UTF-8.
    pub invalid_utf8: InvalidUtf8,
    /// Truncated or damaged inputs.
    pub on_damage: OnDamage,
    /// JSON keys that are not columns.
    pub unknown_keys: UnknownKeys,
    /// Arrays of JSON.
    pub nested: Nested,
    /// Longest record; longer ones are skipped and quarantined by reference.
    pub max_record_bytes: u64,
    /// Field separator of CSV, one ASCII character; else a comma, or a tab in `.tsv` files.
    pub delimiter: Option<char>,
    /// Column that takes the ids of files of token ids.
    pub column: String,
    /// Column that takes the lengths of the sequences of a Megatron document.
    pub sequences: String,
    /// Ids of a row of a `NumPy` array of one dimension that nothing tells the rows of.
    pub row_tokens: u32,
}

/// 512 MiB: with every byte replaced by U+FFFD a column still fits 32-bit offsets.
const LONGEST_RECORD: u64 = 512 << 20;

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            invalid_utf8: InvalidUtf8::default(),
            on_damage: OnDamage::default(),
            unknown_keys: UnknownKeys::default(),
            nested: Nested::default(),
            max_record_bytes: 64 << 20,
            delimiter: None,
            column: "ids".to_owned(),
            sequences: "seq_lens".to_owned(),
            row_tokens: 2048,
        }
    }
}

impl ReadOptions {
    /// Refuses values out of range.
    pub(crate) fn check(&self) -> Result<(), ReadFailure> {
        if !(1..=LONGEST_RECORD).contains(&self.max_record_bytes) {
            let detail = format!("{} is not between 1 and {LONGEST_RECORD}", self.max_record_bytes);
            return Err(ReadFailure::BadOption { option: "max_record_bytes", detail });
        }
        if self.row_tokens == 0 {
            return Err(ReadFailure::BadOption { option: "row_tokens", detail: "0 is below 1".to_owned() });
        }
        if self.column == self.sequences {
            let detail = format!("`{}` is the column of ids", self.column);
            return Err(ReadFailure::BadOption { option: "sequences", detail });
        }
        match self.delimiter {
            Some(c) if !c.is_ascii() || matches!(c, '"' | '\n' | '\r' | '\0') => {
                Err(ReadFailure::BadOption {
                    option: "delimiter",
                    detail: format!("{c:?} is not one ASCII character other than a quote or a line end"),
                })
            }
            _ => Ok(()),
        }
    }
}
