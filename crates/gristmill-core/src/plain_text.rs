//! Values as text, whatever the file could say about types: what rows are sorted into kinds by.

use std::borrow::Cow;
use std::fmt::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray, StringArray};
use arrow_schema::DataType;

use crate::batch::Batch;
use crate::failure::{CoreFailure, Failure};

impl Batch {
    /// A column of text, numbers or truth values, as text.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, or `GM_STEP_WRONG_TYPE` for lists and other nested values.
    pub fn plain_text(&self, column: &str) -> Result<Cow<'_, StringArray>, Failure> {
        let array = self.column(column)?;
        Ok(Cow::Owned(match array.data_type() {
            DataType::Utf8 => return Ok(Cow::Borrowed(array.as_string::<i32>())),
            DataType::Boolean => {
                array.as_boolean().iter().map(|value| value.map(|v| v.to_string())).collect()
            }
            DataType::Int64 => written(array.as_primitive::<Int64Type>()),
            DataType::Int32 => written(array.as_primitive::<Int32Type>()),
            DataType::Int16 => written(array.as_primitive::<Int16Type>()),
            DataType::Int8 => written(array.as_primitive::<Int8Type>()),
            DataType::UInt64 => written(array.as_primitive::<UInt64Type>()),
            DataType::UInt32 => written(array.as_primitive::<UInt32Type>()),
            DataType::UInt16 => written(array.as_primitive::<UInt16Type>()),
            DataType::UInt8 => written(array.as_primitive::<UInt8Type>()),
            DataType::Float64 => written(array.as_primitive::<Float64Type>()),
            DataType::Float32 => written(array.as_primitive::<Float32Type>()),
            found => {
                let (column, found) = (column.to_owned(), found.to_string());
                let wanted = "text, a number or a truth value";
                return Err(CoreFailure::WrongType { column, found, wanted }.into());
            }
        }))
    }

    /// What rows have in common, where they have it.
    ///
    /// # Errors
    /// As [`Batch::plain_text`].
    pub fn key_texts(&self, columns: &[String]) -> Result<KeyTexts<'_>, Failure> {
        columns.iter().map(|column| self.plain_text(column)).collect::<Result<_, Failure>>().map(KeyTexts)
    }
}

/// What rows have in these columns, as one text a row.
pub struct KeyTexts<'a>(Vec<Cow<'a, StringArray>>);

impl KeyTexts<'_> {
    /// Replaces `key` by the values of a row: rows of equal values have equal texts, others have not. `false` when the
    /// row has no value in any of the columns.
    pub fn write(&self, row: usize, key: &mut String) -> bool {
        key.clear();
        for column in &self.0 {
            let value = if column.is_null(row) { "" } else { column.value(row) };
            let mark = if column.is_null(row) { '-' } else { ':' };
            // Writing to a string cannot fail.
            let _ = write!(key, "{}{mark}{value}", value.len());
        }
        self.0.iter().any(|column| !column.is_null(row))
    }
}

fn written<T>(array: &PrimitiveArray<T>) -> StringArray
where
    T: ArrowPrimitiveType,
    T::Native: std::fmt::Display,
{
    array.iter().map(|value| value.map(|value| value.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};

    use crate::batch::{Batch, ID_COLUMN};

    #[test]
    fn values_read_as_they_are_written() {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        let columns: [(&str, ArrayRef, bool); 5] = [
            (ID_COLUMN, ids, false),
            ("text", Arc::new(StringArray::from(vec![Some("x"), None])), true),
            ("int", Arc::new(Int64Array::from(vec![Some(-3), None])), true),
            ("float", Arc::new(Float64Array::from(vec![Some(2.0), None])), true),
            ("bool", Arc::new(BooleanArray::from(vec![Some(true), None])), true),
        ];
        let batch = Batch::new(RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
        for (column, value) in [("text", "x"), ("int", "-3"), ("float", "2"), ("bool", "true")] {
            let texts = batch.plain_text(column).unwrap();
            assert_eq!(texts.iter().collect::<Vec<_>>(), [Some(value), None], "{column}");
        }
    }
}
