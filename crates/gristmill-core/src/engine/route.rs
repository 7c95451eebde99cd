//! How rows find their partition and their place in it.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};

use super::failure::EngineFailure;
use super::keys::partition_of;
use crate::batch::{ID_COLUMN, LABEL_COLUMN};
use crate::failure::Failure;
use crate::hash::{hash128, row_hash};

/// What decides partition and order.
pub enum Route {
    /// Rows of one label together, labels ascending.
    Label,
    /// Rows of one label together, labels in the order of a seeded hash: the same for any number of partitions.
    ShuffledLabel { seed: u64, step: String },
    /// Rows of equal values in these columns together.
    Hash(Vec<String>),
    /// Rows by the value of a column; `cuts` are the first keys of partitions 1, 2, …
    Range { column: String, descending: bool, cuts: Vec<u64> },
    /// Rows in the order of a seeded hash of their ids.
    Shuffle { seed: u64, step: String },
}

/// Where one row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination {
    pub partition: u32,
    pub key: u128,
    pub order: u64,
}

/// Destinations of all rows of a batch; `order` names the column that orders rows of one key.
pub fn destinations(
    route: &Route,
    order: Option<&str>,
    rows: &RecordBatch,
    partitions: usize,
) -> Result<Vec<Destination>, Failure> {
    let orders = match order {
        Some(column) => ordinals(rows, column, false)?,
        None => vec![0; rows.num_rows()],
    };
    let keys: Vec<(usize, u128)> = match route {
        Route::Label => labels(rows)?
            .into_iter()
            .map(|label| (partition_of(hash128(&label.to_le_bytes()), partitions), u128::from(label)))
            .collect(),
        Route::ShuffledLabel { seed, step } => labels(rows)?
            .into_iter()
            .map(|label| u128::from(row_hash(*seed, step, &label.to_string())) << 64 | u128::from(label))
            .map(|key| (partition_of(key, partitions), key))
            .collect(),
        Route::Hash(columns) => {
            hashes(rows, columns)?.into_iter().map(|hash| (partition_of(hash, partitions), hash)).collect()
        }
        Route::Range { column, descending, cuts } => ordinals(rows, column, *descending)?
            .into_iter()
            .map(|key| (cuts.partition_point(|&cut| cut <= key).min(partitions - 1), u128::from(key)))
            .collect(),
        Route::Shuffle { seed, step } => {
            let ids = column_of(rows, ID_COLUMN)?.as_string::<i32>();
            (0..rows.num_rows())
                .map(|row| u128::from(row_hash(*seed, step, ids.value(row))) << 64)
                .map(|key| (partition_of(key, partitions), key))
                .collect()
        }
    };
    Ok(keys
        .into_iter()
        .zip(orders)
        .map(|((partition, key), order)| Destination { partition: partition as u32, key, order })
        .collect())
}

fn labels(rows: &RecordBatch) -> Result<Vec<u64>, Failure> {
    let column = column_of(rows, LABEL_COLUMN)?;
    match column.as_primitive_opt::<UInt64Type>() {
        Some(labels) if labels.null_count() == 0 => Ok(labels.values().to_vec()),
        _ => Err(bad(LABEL_COLUMN, "a row reached the group without a label")),
    }
}

fn hashes(rows: &RecordBatch, columns: &[String]) -> Result<Vec<u128>, Failure> {
    let columns = columns
        .iter()
        .map(|name| {
            let column = column_of(rows, name)?;
            column.as_string_opt::<i32>().ok_or_else(|| bad(name, "it is not text"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut bytes = Vec::new();
    Ok((0..rows.num_rows())
        .map(|row| {
            bytes.clear();
            for column in &columns {
                let value = if column.is_null(row) { "" } else { column.value(row) };
                bytes.push(u8::from(column.is_null(row)));
                bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
                bytes.extend_from_slice(value.as_bytes());
            }
            hash128(&bytes)
        })
        .collect())
}

/// Numbers that order as the values do. Nulls and text that is no number come last, either way round.
pub fn ordinals(rows: &RecordBatch, name: &str, descending: bool) -> Result<Vec<u64>, Failure> {
    const SIGN: u64 = 1 << 63;
    let column = column_of(rows, name)?;
    let turn = |n: u64| if descending { (u64::MAX - 1).saturating_sub(n) } else { n.min(u64::MAX - 1) };
    let each = |get: &dyn Fn(usize) -> Option<u64>| -> Vec<u64> {
        (0..column.len())
            .map(|row| if column.is_null(row) { None } else { get(row) }.map_or(u64::MAX, turn))
            .collect()
    };
    if let Some(values) = column.as_primitive_opt::<Int64Type>() {
        return Ok(each(&|row| Some(values.value(row) as u64 ^ SIGN)));
    }
    if let Some(values) = column.as_primitive_opt::<UInt64Type>() {
        return Ok(each(&|row| Some(values.value(row))));
    }
    if let Some(values) = column.as_primitive_opt::<Float64Type>() {
        return Ok(each(&|row| {
            let bits = values.value(row).to_bits();
            Some(if bits & SIGN == 0 { bits ^ SIGN } else { !bits })
        }));
    }
    if let Some(values) = column.as_string_opt::<i32>() {
        return Ok(each(&|row| values.value(row).parse().ok()));
    }
    Err(bad(name, "it is neither a number nor text of digits"))
}

fn column_of<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a arrow_array::ArrayRef, Failure> {
    rows.column_by_name(name).ok_or_else(|| bad(name, "it is not there"))
}

fn bad(column: &str, why: &str) -> Failure {
    EngineFailure::BadOrder { column: column.to_owned(), why: why.to_owned() }.into()
}
