//! Files of token ids, as trainers read them: `NumPy` arrays and Megatron-LM's indexed data sets.
//!
//! Both are numbers back to back, with a table of where rows begin. Tables are read along with the numbers, a block
//! at a time, so memory does not depend on the size of a file, and a split is a range of rows.

mod cursor;
mod megatron;
mod npy;
mod npy_head;
mod number;
mod source;

use std::path::Path;

pub(crate) use self::megatron::{MAGIC as INDEX_MAGIC, about_megatron, open_megatron};
pub(crate) use self::npy::{about_npy, open_npy};
pub(crate) use self::npy_head::MAGIC as NPY_MAGIC;
pub(crate) use self::number::{Lists, Number};

use crate::failure::ReadFailure;
use crate::kinds::{ColumnSpec, ColumnType};
use crate::split::Split;

/// What the head or index of a file says.
pub(crate) struct TokensAbout {
    /// Columns and their types.
    pub columns: Vec<ColumnSpec>,
    /// Rows of the file.
    pub rows: u64,
    /// Ranges of rows.
    pub splits: Vec<Split>,
    /// Files beside it that belong to it.
    pub beside: Vec<String>,
    /// Bytes without compression.
    pub text_bytes: u64,
}

/// Cuts rows into ranges of about as many bytes. `place` tells how many bytes stand before a row.
pub(crate) fn ranges(
    rows: u64,
    bytes: u64,
    split_bytes: u64,
    mut place: impl FnMut(u64) -> Result<u64, ReadFailure>,
) -> Result<Vec<Split>, ReadFailure> {
    let count = bytes.div_ceil(split_bytes.max(1)).clamp(1, rows.max(1));
    let cut = |n: u64| (u128::from(rows) * u128::from(n) / u128::from(count)) as u64;
    let mut splits = Vec::new();
    let mut before = 0;
    for n in 0..count {
        let (start, end) = (cut(n), cut(n + 1));
        let after = match place(end) {
            _ if n + 1 == count => bytes,
            Ok(after) => after.clamp(before, bytes),
            // Whether damage is forgiven is decided when rows are read.
            Err(failure) if failure.is_damage() => before,
            Err(failure) => return Err(failure),
        };
        splits.push(Split { start, end, bytes: after - before, first_row: start, ..Split::default() });
        before = after;
    }
    Ok(splits)
}

/// Refuses a split that is not of this file.
pub(crate) fn check_split(path: &str, split: &Split, rows: u64) -> Result<(), ReadFailure> {
    if split.start <= split.end && split.end <= rows {
        return Ok(());
    }
    let detail = format!("it has {rows} rows");
    Err(ReadFailure::BadSplit { path: path.to_owned(), start: split.start, end: split.end, detail })
}

/// The column of ids.
fn id_column(name: &str, number: Number) -> ColumnSpec {
    ColumnSpec { name: name.to_owned(), kind: ColumnType::Arrow(number.list_type()) }
}

/// A path with another extension.
fn renamed(path: &str, extension: &str) -> String {
    Path::new(path).with_extension(extension).to_string_lossy().into_owned()
}
