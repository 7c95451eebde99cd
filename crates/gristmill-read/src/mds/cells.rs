//! Values of samples.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, Float64Builder, Int64Builder, StringBuilder, UInt64Builder};
use arrow_array::{ArrayRef, Float64Array, ListArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field};

use crate::failure::row;
use crate::json::walk;
use crate::kinds::ColumnType;
use crate::rows::RowFault;
use crate::tokens::{Lists, Number};

/// How a column's values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Json,
    Bytes,
    Int(Number),
    Float32,
    Float64,
    /// Lists of whole numbers; `told`: each says how long it is.
    Ints {
        number: Number,
        told: bool,
    },
    /// Lists of other numbers of so many bytes.
    Floats {
        bytes: usize,
        told: bool,
    },
}

impl Encoding {
    /// The encoding of that name, if its values can be columns.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "str" | "str_int" | "str_float" | "str_decimal" => Self::Text,
            "json" => Self::Json,
            "bytes" => Self::Bytes,
            "int" => Self::Int(Number::I64),
            "float32" => Self::Float32,
            "float64" => Self::Float64,
            _ => match name.strip_prefix("ndarray:") {
                Some(array) => return Self::array(array),
                None => Self::Int(Number::named(name)?),
            },
        })
    }

    /// `uint16`, or `uint16:128` with the length that all have.
    fn array(name: &str) -> Option<Self> {
        let (number, told) = match name.split_once(':') {
            Some((number, shape)) => {
                shape.parse::<u32>().ok()?;
                (number, false)
            }
            None => (name, true),
        };
        Some(match number {
            "float32" => Self::Floats { bytes: 4, told },
            "float64" => Self::Floats { bytes: 8, told },
            _ => Self::Ints { number: Number::named(number)?, told },
        })
    }

    /// The type of its column.
    pub(super) fn kind(self) -> ColumnType {
        match self {
            Self::Text => ColumnType::Text,
            Self::Json => ColumnType::Json,
            Self::Bytes => ColumnType::Arrow(DataType::Binary),
            Self::Int(Number::U64) => ColumnType::Arrow(DataType::UInt64),
            Self::Int(_) => ColumnType::Int,
            Self::Float32 | Self::Float64 => ColumnType::Float,
            Self::Ints { number, .. } => ColumnType::Arrow(number.list_type()),
            Self::Floats { .. } => ColumnType::Arrow(DataType::List(float_item())),
        }
    }

    /// Collects values.
    pub(super) fn builder(self) -> Cells {
        match self {
            Self::Text | Self::Json => Cells::Text(StringBuilder::new()),
            Self::Bytes => Cells::Bytes(BinaryBuilder::new()),
            Self::Int(Number::U64) => Cells::Unsigned(UInt64Builder::new()),
            Self::Int(_) => Cells::Int(Int64Builder::new()),
            Self::Float32 | Self::Float64 => Cells::Float(Float64Builder::new()),
            Self::Ints { number, .. } => Cells::Ints(Lists::new(number)),
            Self::Floats { .. } => Cells::Floats(Vec::new(), vec![0]),
        }
    }

    /// Looks at a value without keeping it: what stands in it, or why it cannot be read.
    pub(super) fn check(self, bytes: &[u8], replace: bool) -> Result<Value<'_>, RowFault> {
        let wrong = |wanted: usize| {
            let found = bytes.len();
            RowFault::new(row::MDS_SAMPLE, format!("a value of {found} bytes where {wanted} are wanted"))
        };
        match self {
            Self::Text | Self::Json => {
                let text = match std::str::from_utf8(bytes) {
                    Ok(text) => std::borrow::Cow::Borrowed(text),
                    Err(_) if replace => String::from_utf8_lossy(bytes),
                    Err(error) => {
                        let at = error.valid_up_to();
                        return Err(RowFault::new(row::UTF8, format!("not UTF-8 at byte {at} of a value")));
                    }
                };
                if self == Self::Json
                    && let Err(syntax) = walk::document(text.as_bytes())
                {
                    return Err(RowFault::new(row::JSON, format!("{} at byte {}", syntax.what, syntax.at)));
                }
                Ok(Value::Text(text))
            }
            Self::Bytes => Ok(Value::Bytes(bytes)),
            Self::Int(number) if bytes.len() != number.bytes() => Err(wrong(number.bytes())),
            Self::Int(number) => Ok(int(number, bytes)),
            Self::Float32 => match bytes.try_into() {
                Ok(bytes) => Ok(Value::Float(f64::from(f32::from_le_bytes(bytes)))),
                Err(_) => Err(wrong(4)),
            },
            Self::Float64 => match bytes.try_into() {
                Ok(bytes) => Ok(Value::Float(f64::from_le_bytes(bytes))),
                Err(_) => Err(wrong(8)),
            },
            Self::Ints { number, told } => numbers(bytes, number.bytes(), told).map(Value::Bytes),
            Self::Floats { bytes: width, told } => numbers(bytes, width, told).map(Value::Bytes),
        }
    }
}

fn int(number: Number, bytes: &[u8]) -> Value<'static> {
    let mut long = [0; 8];
    long[..bytes.len()].copy_from_slice(bytes);
    let unsigned = u64::from_le_bytes(long);
    match number {
        Number::U64 => Value::Unsigned(unsigned),
        Number::U8 | Number::U16 | Number::U32 => Value::Int(unsigned.cast_signed()),
        Number::I8 | Number::I16 | Number::I32 | Number::I64 => {
            // The sign of a narrow number stands in its highest bit.
            let unused = 64 - 8 * bytes.len() as u32;
            Value::Int((unsigned << unused).cast_signed() >> unused)
        }
    }
}

/// The numbers of an array without what tells its shape.
fn numbers(bytes: &[u8], width: usize, told: bool) -> Result<&[u8], RowFault> {
    let fault = |detail: String| RowFault::new(row::MDS_SAMPLE, detail);
    let values = if told {
        let Some((&shape, rest)) = bytes.split_first() else {
            return Err(fault("an array without a shape".to_owned()));
        };
        let (rank, size) = (shape >> 2, 1_usize << (shape & 3));
        if rank != 1 {
            return Err(fault(format!("an array of {rank} dimensions")));
        }
        let Some((length, values)) = rest.split_at_checked(size) else {
            return Err(fault("an array without a shape".to_owned()));
        };
        let mut long = [0; 8];
        long[..size].copy_from_slice(length);
        let length = u64::from_le_bytes(long);
        if length.checked_mul(width as u64) != Some(values.len() as u64) {
            return Err(fault(format!("an array of {length} numbers in {} bytes", values.len())));
        }
        values
    } else {
        bytes
    };
    if values.len().is_multiple_of(width) {
        return Ok(values);
    }
    Err(fault(format!("numbers of {width} bytes in {} bytes", values.len())))
}

/// A value of a sample.
pub(super) enum Value<'a> {
    Text(std::borrow::Cow<'a, str>),
    Bytes(&'a [u8]),
    Int(i64),
    Unsigned(u64),
    Float(f64),
}

/// Values of a column being collected.
pub(super) enum Cells {
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Int(Int64Builder),
    Unsigned(UInt64Builder),
    Float(Float64Builder),
    Ints(Lists),
    /// Numbers, their width told by the bytes of a value; ends of lists.
    Floats(Vec<f64>, Vec<i32>),
}

impl Cells {
    /// Appends a value that its encoding has checked.
    pub(super) fn push(&mut self, value: &Value<'_>, encoding: Encoding) {
        match (self, value) {
            (Self::Text(out), Value::Text(text)) => out.append_value(text),
            (Self::Bytes(out), Value::Bytes(bytes)) => out.append_value(bytes),
            (Self::Int(out), Value::Int(n)) => out.append_value(*n),
            (Self::Unsigned(out), Value::Unsigned(n)) => out.append_value(*n),
            (Self::Float(out), Value::Float(x)) => out.append_value(*x),
            (Self::Ints(out), Value::Bytes(bytes)) => {
                out.push(bytes);
                out.close();
            }
            (Self::Floats(out, ends), Value::Bytes(bytes)) => {
                if matches!(encoding, Encoding::Floats { bytes: 4, .. }) {
                    out.extend(bytes.as_chunks::<4>().0.iter().map(|&x| f64::from(f32::from_le_bytes(x))));
                } else {
                    out.extend(bytes.as_chunks::<8>().0.iter().map(|&x| f64::from_le_bytes(x)));
                }
                ends.push(i32::try_from(out.len()).unwrap_or(i32::MAX));
            }
            // A value is what its encoding has made of it.
            _ => {}
        }
    }

    /// The column.
    pub(super) fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(mut out) => Arc::new(out.finish()),
            Self::Bytes(mut out) => Arc::new(out.finish()),
            Self::Int(mut out) => Arc::new(out.finish()),
            Self::Unsigned(mut out) => Arc::new(out.finish()),
            Self::Float(mut out) => Arc::new(out.finish()),
            Self::Ints(lists) => lists.finish()?,
            Self::Floats(values, ends) => {
                let values = Arc::new(Float64Array::from(values));
                Arc::new(ListArray::try_new(float_item(), OffsetBuffer::new(ends.into()), values, None)?)
            }
        })
    }
}

fn float_item() -> Arc<Field> {
    Arc::new(Field::new_list_field(DataType::Float64, true))
}
