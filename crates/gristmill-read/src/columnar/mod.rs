//! Parquet and Arrow files. Their libraries are trusted with nothing: declared sizes are checked against the file,
//! and a panic inside them is a damaged file.

mod arrow;
mod conform;
mod convert;
mod ipc_message;
mod ipc_stream;
mod page_header;
mod pages;
mod parquet;
pub(crate) mod type_name;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) use self::arrow::{about_arrow, open_arrow};
pub(crate) use self::conform::conform;
pub(crate) use self::parquet::{about_parquet, open_parquet};

use crate::cut::{PIECE_BYTES, PIECE_CELLS, PIECE_ROWS};
use crate::failure::ReadFailure;

/// A file may unfold to as many times its size.
const LARGEST_RATIO: u64 = 200;

/// Most bytes that a file of this size may declare.
pub(crate) fn bound(file_size: u64) -> u64 {
    file_size.saturating_mul(LARGEST_RATIO).saturating_add(16 << 20)
}

/// Runs a library's code; its panics become damage.
fn guarded<T, E>(
    path: &str,
    size: u64,
    failure: impl Fn(&E) -> ReadFailure,
    run: impl FnOnce() -> Result<T, E>,
) -> Result<T, ReadFailure> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failure(&error)),
        Err(panic) => {
            let said = panic
                .downcast_ref::<&str>()
                .map(|s| (*s).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            let detail = format!("its parts contradict each other ({said})");
            Err(ReadFailure::Damaged { path: path.to_owned(), offset: size, detail })
        }
    }
}

/// Rows of a batch so that it has about 1 MB, and not too many cells in a source of so many columns.
fn piece_rows(bytes: u64, rows: u64, columns: usize) -> usize {
    let per_row = (bytes / rows.max(1)).max(1);
    let cells = (PIECE_CELLS / columns.max(1)).clamp(1, PIECE_ROWS);
    (PIECE_BYTES as u64 / per_row).clamp(1, cells as u64) as usize
}

/// Most memory of a batch, should all its rows be as long as the longest can be.
const BATCH_BYTES: u64 = 64 << 20;

/// As many rows, or fewer if rows may be very long.
fn at_most(rows: usize, longest: u64) -> usize {
    BATCH_BYTES.checked_div(longest).map_or(rows, |most| rows.min(most.max(1) as usize))
}
