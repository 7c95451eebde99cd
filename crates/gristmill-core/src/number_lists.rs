//! Columns of lists of whole numbers, however they are typed: token ids, labels, offsets.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

/// A column whose rows are lists of whole numbers, or text that holds JSON lists of them, as readers of JSON give it.
#[derive(Clone, Copy, Debug)]
pub struct NumberLists<'a> {
    column: &'a ArrayRef,
}

impl<'a> NumberLists<'a> {
    /// Takes a column; `None` when its type cannot hold such lists.
    #[must_use]
    pub fn of(column: &'a ArrayRef) -> Option<Self> {
        let fits = match column.data_type() {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                item.data_type().is_integer() || item.data_type().is_null()
            }
            DataType::Utf8 => true,
            _ => false,
        };
        fits.then_some(Self { column })
    }

    /// Replaces `out` by the numbers of a row. `false` when the row is null, a number of it is missing or does not fit
    /// `T`, or its text is no list of such numbers.
    pub fn read<T>(&self, row: usize, out: &mut Vec<T>) -> bool
    where
        T: TryFrom<i64> + TryFrom<u64> + serde::de::DeserializeOwned,
    {
        out.clear();
        if self.column.is_null(row) {
            return false;
        }
        let items = match self.column.data_type() {
            DataType::List(_) => self.column.as_list::<i32>().value(row),
            DataType::LargeList(_) => self.column.as_list::<i64>().value(row),
            DataType::FixedSizeList(..) => self.column.as_fixed_size_list().value(row),
            _ => {
                let text = self.column.as_string::<i32>().value(row);
                return serde_json::from_str(text).map(|numbers| *out = numbers).is_ok();
            }
        };
        if items.null_count() > 0 {
            return false;
        }
        match items.data_type() {
            DataType::Int8 => signed::<Int8Type, T>(&items, out),
            DataType::Int16 => signed::<Int16Type, T>(&items, out),
            DataType::Int32 => signed::<Int32Type, T>(&items, out),
            DataType::Int64 => signed::<Int64Type, T>(&items, out),
            DataType::UInt8 => unsigned::<UInt8Type, T>(&items, out),
            DataType::UInt16 => unsigned::<UInt16Type, T>(&items, out),
            DataType::UInt32 => unsigned::<UInt32Type, T>(&items, out),
            DataType::UInt64 => unsigned::<UInt64Type, T>(&items, out),
            _ => items.is_empty(),
        }
    }
}

fn signed<A: ArrowPrimitiveType, T: TryFrom<i64>>(items: &ArrayRef, out: &mut Vec<T>) -> bool
where
    i64: From<A::Native>,
{
    all(items.as_primitive::<A>().values().iter().map(|&n| T::try_from(i64::from(n)).ok()), out)
}

fn unsigned<A: ArrowPrimitiveType, T: TryFrom<u64>>(items: &ArrayRef, out: &mut Vec<T>) -> bool
where
    u64: From<A::Native>,
{
    all(items.as_primitive::<A>().values().iter().map(|&n| T::try_from(u64::from(n)).ok()), out)
}

fn all<T>(numbers: impl Iterator<Item = Option<T>>, out: &mut Vec<T>) -> bool {
    for number in numbers {
        let Some(number) = number else { return false };
        out.push(number);
    }
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{ListBuilder, UInt16Builder};
    use arrow_array::types::Int64Type;
    use arrow_array::{ArrayRef, Int64Array, ListArray, StringArray};

    use super::NumberLists;

    #[test]
    fn lists_of_any_type_are_read() {
        let mut small = ListBuilder::new(UInt16Builder::new());
        small.append_value([Some(1), Some(65_535)]);
        small.append_value([Some(1), None]);
        small.append_null();
        let small: ArrayRef = Arc::new(small.finish());
        let large: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([
            Some(vec![Some(-100), Some(7)]),
            Some(vec![Some(1 << 40)]),
        ]));
        let text: ArrayRef = Arc::new(StringArray::from(vec!["[3, 4]", "[]", "[1.5]", "no"]));
        let read = |column: &ArrayRef, row| {
            let mut out: Vec<i32> = vec![9];
            NumberLists::of(column).unwrap().read(row, &mut out).then_some(out)
        };
        assert_eq!(read(&small, 0), Some(vec![1, 65_535]));
        assert_eq!((read(&small, 1), read(&small, 2)), (None, None));
        assert_eq!((read(&large, 0), read(&large, 1)), (Some(vec![-100, 7]), None));
        assert_eq!((read(&text, 0), read(&text, 1)), (Some(vec![3, 4]), Some(vec![])));
        assert_eq!((read(&text, 2), read(&text, 3)), (None, None));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        assert!(NumberLists::of(&numbers).is_none());
    }
}
