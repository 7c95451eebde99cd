//! Whole numbers, whatever the file could say about types: CSV knows only text, Parquet has many integers.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, Int64Array, PrimitiveArray, StringArray};
use arrow_schema::DataType;

use crate::batch::Batch;
use crate::failure::{CoreFailure, Failure};
use crate::trace::excerpt;

impl Batch {
    /// A column of whole numbers: integers of any width that fits, or text of digits. Empty text is null.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, `GM_STEP_WRONG_TYPE`, or `GM_STEP_NOT_A_NUMBER` for a text that is none.
    pub fn whole_numbers(&self, column: &str) -> Result<Cow<'_, Int64Array>, Failure> {
        let array = self.column(column)?;
        let numbers = match array.data_type() {
            DataType::Int64 => return Ok(Cow::Borrowed(array.as_primitive::<Int64Type>())),
            DataType::Int32 => widen(array.as_primitive::<Int32Type>()),
            DataType::Int16 => widen(array.as_primitive::<Int16Type>()),
            DataType::Int8 => widen(array.as_primitive::<Int8Type>()),
            DataType::UInt32 => widen(array.as_primitive::<UInt32Type>()),
            DataType::UInt16 => widen(array.as_primitive::<UInt16Type>()),
            DataType::UInt8 => widen(array.as_primitive::<UInt8Type>()),
            DataType::Utf8 => return parse(column, array.as_string::<i32>()).map(Cow::Owned),
            found => {
                let (column, found) = (column.to_owned(), found.to_string());
                return Err(CoreFailure::WrongType { column, found, wanted: "whole numbers" }.into());
            }
        };
        Ok(Cow::Owned(numbers))
    }
}

/// The whole number a text stands for: digits, with a sign if there is one and blanks around it.
#[must_use]
pub fn whole_number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

fn widen<T>(array: &PrimitiveArray<T>) -> Int64Array
where
    T: arrow_array::ArrowPrimitiveType,
    T::Native: Into<i64>,
{
    array.iter().map(|value| value.map(Into::into)).collect()
}

fn parse(column: &str, texts: &StringArray) -> Result<Int64Array, Failure> {
    let numbers = texts.iter().map(|text| match text {
        None | Some("") => Ok(None),
        Some(text) => whole_number(text).map(Some).ok_or_else(|| {
            CoreFailure::NotANumber { column: column.to_owned(), value: excerpt(text) }.into()
        }),
    });
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};

    use super::Batch;

    fn batch(column: ArrayRef) -> Batch {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a"; column.len()]));
        Batch::new(RecordBatch::try_from_iter([("__id", ids), ("n", column)]).unwrap()).unwrap()
    }

    fn read(column: ArrayRef) -> Result<Vec<Option<i64>>, &'static str> {
        let batch = batch(column);
        batch.whole_numbers("n").map(|n| n.iter().collect()).map_err(|failure| failure.code())
    }

    #[test]
    fn digits_and_integers_are_numbers() {
        let text = StringArray::from(vec![Some("12"), Some(" -3 "), Some(""), None]);
        assert_eq!(read(Arc::new(text)), Ok(vec![Some(12), Some(-3), None, None]));
        assert_eq!(read(Arc::new(UInt32Array::from(vec![Some(7), None]))), Ok(vec![Some(7), None]));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["1.5", "NA", "12a", "99999999999999999999"] {
            assert_eq!(read(Arc::new(StringArray::from(vec![text]))), Err("GM_STEP_NOT_A_NUMBER"));
        }
        assert_eq!(read(Arc::new(Float64Array::from(vec![1.0]))), Err("GM_STEP_WRONG_TYPE"));
    }
}
