//! Columns of lists of tokens.

use arrow_array::builder::{Float32Builder, Int32Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, ListArray};
use arrow_schema::{DataType, Field};
use gristmill_core::{Batch, Failure, NumberLists};

use crate::failure::SequenceFailure;

/// A column of lists of 32-bit numbers, as parts of the step hand it on.
///
/// # Errors
/// `GM_STEP_MISSING_COLUMN`; `GM_PACK_NOT_LISTS` when it holds something else.
pub fn lists<'a>(batch: &'a Batch, column: &str) -> Result<&'a ListArray, Failure> {
    let array = batch.column(column)?;
    let wrong =
        || SequenceFailure::NotLists { column: column.to_owned(), found: array.data_type().to_string() };
    let lists = array.as_list_opt::<i32>().ok_or_else(wrong)?;
    if *lists.values().data_type() != DataType::Int32 {
        return Err(wrong().into());
    }
    Ok(lists)
}

/// A column of lists of whole numbers of any type, or of JSON lists of them.
pub struct Numbers(ArrayRef);

impl Numbers {
    /// Whether a row has no list.
    pub fn is_null(&self, row: usize) -> bool {
        self.0.is_null(row)
    }

    /// As [`NumberLists::read`].
    pub fn read(&self, row: usize, out: &mut Vec<i32>) -> bool {
        NumberLists::of(&self.0).is_some_and(|lists| lists.read(row, out))
    }
}

/// A column of lists of numbers of any type, or of JSON lists of them, such as weights.
pub struct Weights(ArrayRef);

impl Weights {
    /// Replaces `out` by the numbers of a row; `false` when one of them is missing or no weight.
    pub fn read(&self, row: usize, out: &mut Vec<f32>) -> bool {
        out.clear();
        if self.0.is_null(row) {
            return false;
        }
        if let Some(texts) = self.0.as_string_opt::<i32>() {
            return serde_json::from_str(texts.value(row)).map(|weights| *out = weights).is_ok()
                && sound(out);
        }
        let items = self.0.as_list::<i32>().value(row);
        if items.null_count() > 0 {
            return false;
        }
        if let Some(items) = items.as_primitive_opt::<Float32Type>() {
            out.extend_from_slice(items.values());
        } else if let Some(items) = items.as_primitive_opt::<Float64Type>() {
            out.extend(items.values().iter().map(|&x| x as f32));
        } else if let Some(items) = items.as_primitive_opt::<Int64Type>() {
            // JSON has no other way to write a list of 0 and 1.
            out.extend(items.values().iter().map(|&n| n as f32));
        } else {
            return items.is_empty();
        }
        sound(out)
    }
}

fn sound(weights: &[f32]) -> bool {
    weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0)
}

/// Takes a column of lists of weights.
///
/// # Errors
/// `GM_STEP_MISSING_COLUMN`; `GM_PACK_NOT_LISTS` when it holds something else.
pub fn weight_lists(batch: &Batch, column: &str) -> Result<Weights, Failure> {
    let array = batch.column(column)?.clone();
    let fits = match array.data_type() {
        DataType::List(item) => matches!(
            item.data_type(),
            DataType::Float32 | DataType::Float64 | DataType::Int64 | DataType::Null
        ),
        other => *other == DataType::Utf8,
    };
    if fits {
        return Ok(Weights(array));
    }
    let found = array.data_type().to_string();
    Err(SequenceFailure::NotLists { column: column.to_owned(), found }.into())
}

/// A column of lists of weights, as parts of the step hand it on.
///
/// # Errors
/// As [`lists`].
pub fn weights<'a>(batch: &'a Batch, column: &str) -> Result<&'a ListArray, Failure> {
    let array = batch.column(column)?;
    match array.as_list_opt::<i32>() {
        Some(lists) if *lists.values().data_type() == DataType::Float32 => Ok(lists),
        _ => {
            let found = array.data_type().to_string();
            Err(SequenceFailure::NotLists { column: column.to_owned(), found }.into())
        }
    }
}

/// Collects lists of weights.
pub fn weight_builder(rows: usize) -> ListBuilder<Float32Builder> {
    let item = Field::new_list_field(DataType::Float32, true);
    ListBuilder::with_capacity(Float32Builder::new(), rows).with_field(item)
}

/// Takes a column of lists of whole numbers, however they are typed.
///
/// # Errors
/// `GM_STEP_MISSING_COLUMN`; `GM_PACK_NOT_LISTS` when it holds something else.
pub fn number_lists(batch: &Batch, column: &str) -> Result<Numbers, Failure> {
    let array = batch.column(column)?.clone();
    if NumberLists::of(&array).is_none() {
        let found = array.data_type().to_string();
        return Err(SequenceFailure::NotLists { column: column.to_owned(), found }.into());
    }
    Ok(Numbers(array))
}

/// All numbers of a column of lists; those of list i are `offsets[i]..offsets[i + 1]`.
pub fn numbers(lists: &ListArray) -> &Int32Array {
    lists.values().as_primitive::<Int32Type>()
}

/// Collects lists of 32-bit numbers, of the type that `encode` writes.
pub fn builder(rows: usize) -> ListBuilder<Int32Builder> {
    let item = Field::new_list_field(DataType::Int32, true);
    ListBuilder::with_capacity(Int32Builder::new(), rows).with_field(item)
}
