//! Which of several rows stays.

use std::cmp::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, Float64Array};
use arrow_schema::DataType;
use gristmill_core::{Batch, Failure};

use crate::failure::DedupFailure;

/// A number that is the less the greater another is.
pub fn descending(number: f64) -> u64 {
    // Adding zero makes one of the two zeros.
    let bits = (number + 0.0).to_bits();
    // The order of floats is that of their bits, turned round below zero.
    let ascending = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    !ascending
}

/// The rank of a row by what a column says of it; one of which it says nothing comes last.
pub fn best_first(best: Option<&Float64Array>, row: usize) -> u64 {
    best.filter(|best| best.is_valid(row)).map_or(u64::MAX, |best| descending(best.value(row)))
}

/// A column of numbers; NaN counts as no number.
#[expect(clippy::cast_lossless, reason = "one macro for numbers of all widths")]
pub fn numbers(batch: &Batch, column: &str) -> Result<Float64Array, Failure> {
    let array = batch.column(column)?;
    macro_rules! widened {
        ($kind:ty) => {
            array.as_primitive::<$kind>().iter().map(|n| n.map(|n| n as f64)).collect::<Float64Array>()
        };
    }
    let numbers: Float64Array = match array.data_type() {
        DataType::Int8 => widened!(Int8Type),
        DataType::Int16 => widened!(Int16Type),
        DataType::Int32 => widened!(Int32Type),
        DataType::Int64 => widened!(Int64Type),
        DataType::UInt8 => widened!(UInt8Type),
        DataType::UInt16 => widened!(UInt16Type),
        DataType::UInt32 => widened!(UInt32Type),
        DataType::UInt64 => widened!(UInt64Type),
        DataType::Float32 => widened!(Float32Type),
        DataType::Float64 => array.as_primitive::<Float64Type>().clone(),
        // Files without types give text.
        DataType::Utf8 => array.as_string::<i32>().iter().map(|text| text?.trim().parse().ok()).collect(),
        found => {
            return Err(
                DedupFailure::NoNumbers { column: column.to_owned(), found: found.to_string() }.into()
            );
        }
    };
    Ok(numbers.iter().map(|n| n.filter(|n| n.partial_cmp(n) == Some(Ordering::Equal))).collect())
}

#[cfg(test)]
mod tests {
    use super::descending;

    #[test]
    fn greater_numbers_rank_lower() {
        let numbers = [f64::INFINITY, 1e9, 3.0, 0.5, 0.0, -0.5, -7.0, f64::NEG_INFINITY];
        assert!(numbers.windows(2).all(|pair| descending(pair[0]) < descending(pair[1])));
        assert!(descending(f64::NEG_INFINITY) < u64::MAX);
    }
}
