//! What is read from tables of messages, whatever their columns are called.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

use crate::batch::Channel;
use crate::delta::Delta;
use crate::id;

/// A value of a row, when it is there.
pub(crate) struct Column<'a>(Option<&'a dyn Array>);

impl<'a> Column<'a> {
    /// A column by its name.
    pub(crate) fn of(rows: &'a RecordBatch, name: &str) -> Self {
        Self(rows.column_by_name(name).map(AsRef::as_ref))
    }

    /// Whether the table has it.
    pub(crate) fn is_here(&self) -> bool {
        self.0.is_some()
    }

    /// The value as text that is not empty.
    pub(crate) fn filled<'b>(&self, row: usize, buffer: &'b mut String) -> Option<&'b str> {
        self.get(row, buffer)?;
        (!buffer.is_empty()).then_some(buffer.as_str())
    }

    /// The value as an id; `fault` when it is something else.
    pub(crate) fn id(
        &self,
        row: usize,
        buffer: &mut String,
        fault: &'static str,
    ) -> Result<Option<i64>, &'static str> {
        self.filled(row, buffer).map(|text| id::parse(text).ok_or(fault)).transpose()
    }

    /// The value as text; an empty one counts as none, but for the content.
    pub(crate) fn get(&self, row: usize, buffer: &mut String) -> Option<()> {
        let array = self.0.filter(|array| array.is_valid(row))?;
        buffer.clear();
        match array.data_type() {
            DataType::Utf8 => buffer.push_str(array.as_string::<i32>().value(row)),
            DataType::LargeUtf8 => buffer.push_str(array.as_string::<i64>().value(row)),
            DataType::Int64 => {
                buffer.push_str(itoa::Buffer::new().format(array.as_primitive::<Int64Type>().value(row)));
            }
            DataType::UInt64 => {
                buffer.push_str(itoa::Buffer::new().format(array.as_primitive::<UInt64Type>().value(row)));
            }
            DataType::Boolean => {
                buffer.push_str(if array.as_boolean().value(row) { "true" } else { "false" });
            }
            _ => return None,
        }
        Some(())
    }
}

/// What is gathered from the rows of a table.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) deltas: Vec<Delta>,
    pub(crate) channels: BTreeMap<i64, Channel>,
    pub(crate) refused: Refused,
}

/// Rows that could not be taken, by reason.
pub type Refused = BTreeMap<&'static str, u64>;
