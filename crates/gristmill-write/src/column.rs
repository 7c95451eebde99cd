//! A column opened for reading cell by cell.
//!
//! Line formats walk rows, Arrow stores columns. The type of a column is looked at once per block, here; the row
//! loop then only matches on a small enum. Formats without a type for a value get one agreed text for it.

use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, FixedSizeListArray, LargeListArray, LargeStringArray,
    ListArray, PrimitiveArray, StringArray, StringViewArray, StructArray,
};
use arrow_schema::{DataType, Field, TimeUnit};

use crate::calendar;
use crate::failure::WriteFailure;

/// Key of the field metadata that tags a text column with a type of its own.
pub const TYPE_KEY: &str = "gristmill.type";

/// Value under [`TYPE_KEY`] of a text column whose cells are JSON documents.
pub const JSON_TYPE: &str = "json";

/// Integer columns by width.
pub(crate) enum Ints {
    I8(PrimitiveArray<t::Int8Type>),
    I16(PrimitiveArray<t::Int16Type>),
    I32(PrimitiveArray<t::Int32Type>),
    I64(PrimitiveArray<t::Int64Type>),
    U8(PrimitiveArray<t::UInt8Type>),
    U16(PrimitiveArray<t::UInt16Type>),
    U32(PrimitiveArray<t::UInt32Type>),
    U64(PrimitiveArray<t::UInt64Type>),
}

/// Text columns by layout.
pub(crate) enum Texts {
    Small(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
}

impl Texts {
    pub(crate) fn value(&self, row: usize) -> &str {
        match self {
            Self::Small(a) => a.value(row),
            Self::Large(a) => a.value(row),
            Self::View(a) => a.value(row),
        }
    }
}

/// Columns whose cells are written as a short text.
pub(crate) enum Moments {
    Timestamp { ticks: PrimitiveArray<t::Int64Type>, unit: TimeUnit, instant: bool },
    Days(PrimitiveArray<t::Date32Type>),
    Millis(PrimitiveArray<t::Date64Type>),
    Time { ticks: PrimitiveArray<t::Int64Type>, unit: TimeUnit },
    TimeSeconds(PrimitiveArray<t::Time32SecondType>),
    TimeMillis(PrimitiveArray<t::Time32MillisecondType>),
}

/// List columns by layout.
pub(crate) enum Lists {
    Small(ListArray),
    Large(LargeListArray),
    Fixed(FixedSizeListArray),
}

impl Lists {
    /// The items of a cell.
    pub(crate) fn items(&self, row: usize) -> std::ops::Range<usize> {
        match self {
            Self::Small(a) => a.value_offsets()[row] as usize..a.value_offsets()[row + 1] as usize,
            Self::Large(a) => a.value_offsets()[row] as usize..a.value_offsets()[row + 1] as usize,
            Self::Fixed(a) => {
                let start = a.value_offset_at(row);
                start..start + a.value_length() as usize
            }
        }
    }
}

/// The cells of a column.
pub(crate) enum Cells {
    Nothing,
    Bool(BooleanArray),
    Int(Ints),
    Float32(PrimitiveArray<t::Float32Type>),
    Float64(PrimitiveArray<t::Float64Type>),
    Text(Texts),
    /// Text that is itself JSON, written as it stands where the format is JSON.
    Json(Texts),
    Moment(Moments),
    Decimal(Decimal128Array),
    List(Lists, Box<Column>),
    /// Keys are encoded JSON strings with their colon.
    Struct(Vec<(Vec<u8>, Column)>),
}

/// A named column opened for reading.
pub(crate) struct Column {
    pub(crate) name: String,
    array: ArrayRef,
    pub(crate) cells: Cells,
}

impl Column {
    /// Opens a column; an unknown type is refused.
    pub(crate) fn open(format: &'static str, field: &Field, array: &ArrayRef) -> Result<Self, WriteFailure> {
        let array = unpack_dictionary(array)?;
        let cells = Self::cells(format, field, &array)?;
        Ok(Self { name: field.name().clone(), array, cells })
    }

    /// Whether a cell has no value.
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row)
    }

    fn cells(format: &'static str, field: &Field, array: &ArrayRef) -> Result<Cells, WriteFailure> {
        let text = |texts| {
            let tagged = field.metadata().get(TYPE_KEY).is_some_and(|kind| kind == JSON_TYPE);
            if tagged { Cells::Json(texts) } else { Cells::Text(texts) }
        };
        Ok(match array.data_type() {
            DataType::Null => Cells::Nothing,
            DataType::Boolean => Cells::Bool(array.as_boolean().clone()),
            DataType::Int8 => Cells::Int(Ints::I8(array.as_primitive().clone())),
            DataType::Int16 => Cells::Int(Ints::I16(array.as_primitive().clone())),
            DataType::Int32 => Cells::Int(Ints::I32(array.as_primitive().clone())),
            DataType::Int64 => Cells::Int(Ints::I64(array.as_primitive().clone())),
            DataType::UInt8 => Cells::Int(Ints::U8(array.as_primitive().clone())),
            DataType::UInt16 => Cells::Int(Ints::U16(array.as_primitive().clone())),
            DataType::UInt32 => Cells::Int(Ints::U32(array.as_primitive().clone())),
            DataType::UInt64 => Cells::Int(Ints::U64(array.as_primitive().clone())),
            DataType::Float32 => Cells::Float32(array.as_primitive().clone()),
            DataType::Float64 => Cells::Float64(array.as_primitive().clone()),
            DataType::Utf8 => text(Texts::Small(array.as_string().clone())),
            DataType::LargeUtf8 => text(Texts::Large(array.as_string().clone())),
            DataType::Utf8View => text(Texts::View(array.as_string_view().clone())),
            DataType::Timestamp(unit, zone) => {
                let ticks = match unit {
                    TimeUnit::Second => array.as_primitive::<t::TimestampSecondType>().reinterpret_cast(),
                    TimeUnit::Millisecond => {
                        array.as_primitive::<t::TimestampMillisecondType>().reinterpret_cast()
                    }
                    TimeUnit::Microsecond => {
                        array.as_primitive::<t::TimestampMicrosecondType>().reinterpret_cast()
                    }
                    TimeUnit::Nanosecond => {
                        array.as_primitive::<t::TimestampNanosecondType>().reinterpret_cast()
                    }
                };
                Cells::Moment(Moments::Timestamp { ticks, unit: *unit, instant: zone.is_some() })
            }
            DataType::Date32 => Cells::Moment(Moments::Days(array.as_primitive().clone())),
            DataType::Date64 => Cells::Moment(Moments::Millis(array.as_primitive().clone())),
            DataType::Time32(TimeUnit::Second) => {
                Cells::Moment(Moments::TimeSeconds(array.as_primitive().clone()))
            }
            DataType::Time32(_) => Cells::Moment(Moments::TimeMillis(array.as_primitive().clone())),
            DataType::Time64(unit) => {
                let ticks = if *unit == TimeUnit::Microsecond {
                    array.as_primitive::<t::Time64MicrosecondType>().reinterpret_cast()
                } else {
                    array.as_primitive::<t::Time64NanosecondType>().reinterpret_cast()
                };
                Cells::Moment(Moments::Time { ticks, unit: *unit })
            }
            DataType::Decimal128(..) => Cells::Decimal(array.as_primitive().clone()),
            DataType::List(item) => {
                let list = array.as_list::<i32>().clone();
                let items = Self::open(format, item, list.values())?;
                Cells::List(Lists::Small(list), Box::new(items))
            }
            DataType::LargeList(item) => {
                let list = array.as_list::<i64>().clone();
                let items = Self::open(format, item, list.values())?;
                Cells::List(Lists::Large(list), Box::new(items))
            }
            DataType::FixedSizeList(item, _) => {
                let list = array.as_fixed_size_list().clone();
                let items = Self::open(format, item, list.values())?;
                Cells::List(Lists::Fixed(list), Box::new(items))
            }
            DataType::Struct(_) => Cells::Struct(open_struct(format, array.as_struct())?),
            other => {
                return Err(WriteFailure::UnsupportedType {
                    format,
                    column: field.name().clone(),
                    found: other.to_string(),
                });
            }
        })
    }
}

fn open_struct(format: &'static str, array: &StructArray) -> Result<Vec<(Vec<u8>, Column)>, WriteFailure> {
    let members = array.fields().iter().zip(array.columns());
    members
        .map(|(field, column)| Ok((crate::json::key(field.name()), Column::open(format, field, column)?)))
        .collect()
}

/// Dictionaries are an encoding, not a meaning: their values are what is written.
fn unpack_dictionary(array: &ArrayRef) -> Result<ArrayRef, WriteFailure> {
    match array.as_any_dictionary_opt() {
        Some(dictionary) => Ok(arrow_select::take::take(dictionary.values(), dictionary.keys(), None)?),
        None => Ok(array.clone()),
    }
}

/// Appends the decimal digits of an integer cell.
pub(crate) fn push_int(out: &mut Vec<u8>, ints: &Ints, row: usize) {
    let mut digits = itoa::Buffer::new();
    let text = match ints {
        Ints::I8(a) => digits.format(a.value(row)),
        Ints::I16(a) => digits.format(a.value(row)),
        Ints::I32(a) => digits.format(a.value(row)),
        Ints::I64(a) => digits.format(a.value(row)),
        Ints::U8(a) => digits.format(a.value(row)),
        Ints::U16(a) => digits.format(a.value(row)),
        Ints::U32(a) => digits.format(a.value(row)),
        Ints::U64(a) => digits.format(a.value(row)),
    };
    out.extend_from_slice(text.as_bytes());
}

/// Appends a date or time cell as ISO 8601.
pub(crate) fn push_moment(out: &mut Vec<u8>, moments: &Moments, row: usize) {
    match moments {
        Moments::Timestamp { ticks, unit, instant } => {
            calendar::push_timestamp(out, ticks.value(row), *unit, *instant);
        }
        Moments::Days(a) => calendar::push_date(out, i64::from(a.value(row))),
        Moments::Millis(a) => {
            calendar::push_timestamp(out, a.value(row), TimeUnit::Millisecond, false);
        }
        Moments::Time { ticks, unit } => calendar::push_time(out, ticks.value(row), *unit),
        Moments::TimeSeconds(a) => calendar::push_time(out, i64::from(a.value(row)), TimeUnit::Second),
        Moments::TimeMillis(a) => calendar::push_time(out, i64::from(a.value(row)), TimeUnit::Millisecond),
    }
}
