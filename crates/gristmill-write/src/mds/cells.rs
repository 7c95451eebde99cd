//! Values of a sample, column by column.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field};
use gristmill_core::NumberLists;
use serde::Deserialize;

use crate::column::{JSON_TYPE, TYPE_KEY};
use crate::failure::WriteFailure;

/// Numbers of an array column, little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Number {
    Uint8,
    Uint16,
    Uint32,
    Int32,
    Int64,
}

impl Number {
    const fn name(self) -> &'static str {
        match self {
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }

    fn push(self, n: i64, out: &mut Vec<u8>) -> bool {
        fn put<const N: usize, E>(number: Result<[u8; N], E>, out: &mut Vec<u8>) -> bool {
            number.map(|bytes| out.extend_from_slice(&bytes)).is_ok()
        }
        match self {
            Self::Uint8 => put(u8::try_from(n).map(u8::to_le_bytes), out),
            Self::Uint16 => put(u16::try_from(n).map(u16::to_le_bytes), out),
            Self::Uint32 => put(u32::try_from(n).map(u32::to_le_bytes), out),
            Self::Int32 => put(i32::try_from(n).map(i32::to_le_bytes), out),
            Self::Int64 => put(Ok::<_, ()>(n.to_le_bytes()), out),
        }
    }
}

/// How a column is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Json,
    Int,
    Float,
    Bool,
    Array(Number),
}

impl Encoding {
    /// The encoding of a column; `arrays` says which numbers array columns hold.
    pub(super) fn of(field: &Field, arrays: &BTreeMap<String, Number>) -> Result<Self, WriteFailure> {
        let json = field.metadata().get(TYPE_KEY).is_some_and(|kind| kind == JSON_TYPE);
        if let Some(number) = arrays.get(field.name()) {
            return Ok(Self::Array(*number));
        }
        Ok(match field.data_type() {
            DataType::Utf8 if json => Self::Json,
            DataType::Utf8 => Self::Text,
            DataType::Boolean => Self::Bool,
            DataType::Float64 => Self::Float,
            DataType::Int64 => Self::Int,
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)
                if item.data_type().is_integer() =>
            {
                Self::Array(match item.data_type() {
                    DataType::UInt8 => Number::Uint8,
                    DataType::UInt16 => Number::Uint16,
                    DataType::UInt32 => Number::Uint32,
                    DataType::Int32 => Number::Int32,
                    _ => Number::Int64,
                })
            }
            other => {
                return Err(WriteFailure::UnsupportedType {
                    format: "mds",
                    column: field.name().clone(),
                    found: other.to_string(),
                });
            }
        })
    }

    /// Its name in the head of a shard.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Text => "str".to_owned(),
            Self::Json => "json".to_owned(),
            Self::Int => "int".to_owned(),
            Self::Float => "float64".to_owned(),
            Self::Bool => "uint8".to_owned(),
            Self::Array(number) => format!("ndarray:{}", number.name()),
        }
    }

    /// Bytes of a value, where all have as many.
    pub(super) const fn size(&self) -> Option<u32> {
        match self {
            Self::Int | Self::Float => Some(8),
            Self::Bool => Some(1),
            Self::Text | Self::Json | Self::Array(_) => None,
        }
    }

    /// Appends the value of a row. The format has neither missing values nor empty arrays.
    pub(super) fn push(
        &self,
        column: &ArrayRef,
        name: &str,
        row: usize,
        numbers: &mut Vec<i64>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteFailure> {
        let lacking = |what| WriteFailure::Lacking { format: "mds", column: name.to_owned(), row, what };
        if column.is_null(row) {
            return Err(lacking("no value"));
        }
        match self {
            Self::Text | Self::Json => {
                out.extend_from_slice(column.as_string::<i32>().value(row).as_bytes());
            }
            Self::Int => {
                out.extend_from_slice(&column.as_primitive::<t::Int64Type>().value(row).to_le_bytes());
            }
            Self::Float => {
                out.extend_from_slice(&column.as_primitive::<t::Float64Type>().value(row).to_le_bytes());
            }
            Self::Bool => out.push(u8::from(column.as_boolean().value(row))),
            Self::Array(number) => {
                let read = NumberLists::of(column).is_some_and(|lists| lists.read(row, numbers));
                if !read {
                    return Err(WriteFailure::NotIds { column: name.to_owned(), row });
                }
                if numbers.is_empty() {
                    return Err(lacking("an empty array"));
                }
                push_shape(numbers.len() as u64, out);
                for &n in numbers.iter() {
                    if !number.push(n, out) {
                        return Err(WriteFailure::WideNumber { number: n, width: number.name() });
                    }
                }
            }
        }
        Ok(())
    }
}

/// One dimension: a byte with the rank and the width of the dimension, then the dimension.
fn push_shape(length: u64, out: &mut Vec<u8>) {
    const RANK: u8 = 1 << 2;
    if let Ok(length) = u8::try_from(length) {
        out.extend_from_slice(&[RANK, length]);
    } else if let Ok(length) = u16::try_from(length) {
        out.push(RANK | 1);
        out.extend_from_slice(&length.to_le_bytes());
    } else if let Ok(length) = u32::try_from(length) {
        out.push(RANK | 2);
        out.extend_from_slice(&length.to_le_bytes());
    } else {
        out.push(RANK | 3);
        out.extend_from_slice(&length.to_le_bytes());
    }
}
