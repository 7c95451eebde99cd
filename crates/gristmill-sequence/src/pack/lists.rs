//! Columns of lists of tokens.

use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
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
