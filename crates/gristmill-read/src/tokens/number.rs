//! Whole numbers as they lie in files, and the lists they become.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, ListArray, UInt64Array};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field};

/// Width and sign of a number, little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
}

impl Number {
    /// The type that `NumPy` calls so, without a mark of its byte order.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "uint8" | "u1" => Self::U8,
            "int8" | "i1" => Self::I8,
            "uint16" | "u2" => Self::U16,
            "int16" | "i2" => Self::I16,
            "uint32" | "u4" => Self::U32,
            "int32" | "i4" => Self::I32,
            "uint64" | "u8" => Self::U64,
            "int64" | "i8" => Self::I64,
            _ => return None,
        })
    }

    /// Bytes of a number.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 => 4,
            Self::U64 | Self::I64 => 8,
        }
    }

    /// The type of numbers in lists: 32 bits where that is enough, as `encode` writes them.
    const fn item(self) -> DataType {
        match self {
            Self::U8 | Self::I8 | Self::U16 | Self::I16 | Self::I32 => DataType::Int32,
            Self::U32 | Self::I64 => DataType::Int64,
            Self::U64 => DataType::UInt64,
        }
    }

    /// The type of a column of lists.
    pub(crate) fn list_type(self) -> DataType {
        DataType::List(Arc::new(Field::new_list_field(self.item(), true)))
    }
}

/// Lists of numbers being collected.
pub(crate) struct Lists {
    number: Number,
    values: Values,
    ends: Vec<i32>,
}

enum Values {
    Int(Vec<i32>),
    Long(Vec<i64>),
    Unsigned(Vec<u64>),
}

impl Lists {
    /// No lists yet.
    pub(crate) fn new(number: Number) -> Self {
        let values = match number.item() {
            DataType::Int32 => Values::Int(Vec::new()),
            DataType::Int64 => Values::Long(Vec::new()),
            _ => Values::Unsigned(Vec::new()),
        };
        Self { number, values, ends: vec![0] }
    }

    /// Lists collected.
    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// Appends numbers to the list that is open. Bytes that make no whole number are left out.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        match (&mut self.values, self.number) {
            (Values::Int(out), Number::U8) => out.extend(bytes.iter().map(|&n| i32::from(n))),
            (Values::Int(out), Number::I8) => {
                out.extend(each(bytes).map(|n| i32::from(i8::from_le_bytes(n))));
            }
            (Values::Int(out), Number::U16) => {
                out.extend(each(bytes).map(|n| i32::from(u16::from_le_bytes(n))));
            }
            (Values::Int(out), Number::I16) => {
                out.extend(each(bytes).map(|n| i32::from(i16::from_le_bytes(n))));
            }
            (Values::Int(out), _) => out.extend(each(bytes).map(i32::from_le_bytes)),
            (Values::Long(out), Number::U32) => {
                out.extend(each(bytes).map(|n| i64::from(u32::from_le_bytes(n))));
            }
            (Values::Long(out), _) => out.extend(each(bytes).map(i64::from_le_bytes)),
            (Values::Unsigned(out), _) => out.extend(each(bytes).map(u64::from_le_bytes)),
        }
    }

    /// Empties the open list.
    pub(crate) fn undo(&mut self) {
        let end = self.ends.last().map_or(0, |&end| end as usize);
        match &mut self.values {
            Values::Int(values) => values.truncate(end),
            Values::Long(values) => values.truncate(end),
            Values::Unsigned(values) => values.truncate(end),
        }
    }

    /// Closes the open list. The caller keeps a batch below 2^31 numbers.
    pub(crate) fn close(&mut self) {
        let count = match &self.values {
            Values::Int(values) => values.len(),
            Values::Long(values) => values.len(),
            Values::Unsigned(values) => values.len(),
        };
        self.ends.push(i32::try_from(count).unwrap_or(i32::MAX));
    }

    /// The lists as a column.
    pub(crate) fn finish(self) -> Result<ArrayRef, ArrowError> {
        let values: ArrayRef = match self.values {
            Values::Int(values) => Arc::new(Int32Array::from(values)),
            Values::Long(values) => Arc::new(Int64Array::from(values)),
            Values::Unsigned(values) => Arc::new(UInt64Array::from(values)),
        };
        let item = Arc::new(Field::new_list_field(self.number.item(), true));
        Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::new(self.ends.into()), values, None)?))
    }
}

fn each<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks::<N>().0.iter().copied()
}

/// A column of lists of 32-bit numbers.
pub(super) fn short_lists(values: Vec<i32>, ends: Vec<i32>) -> Result<ArrayRef, ArrowError> {
    let item = Arc::new(Field::new_list_field(DataType::Int32, true));
    let values = Arc::new(Int32Array::from(values));
    Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::new(ends.into()), values, None)?))
}
