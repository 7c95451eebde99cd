//! The columns of a source of several files.

use std::collections::HashMap;

use gristmill_core::ID_COLUMN;

use crate::kinds::{ColumnSpec, ColumnType};

/// Joins the columns of several files by name, in the order first seen; each gets the narrowest type that holds the
/// values of all files. A column without any value becomes text; the engine's own `__id` is left out.
#[must_use]
pub fn merge_columns(files: &[Vec<ColumnSpec>]) -> Vec<ColumnSpec> {
    let mut columns: Vec<ColumnSpec> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for column in files.iter().flatten().filter(|column| column.name != ID_COLUMN) {
        if let Some(&at) = places.get(column.name.as_str()) {
            columns[at].kind = columns[at].kind.unify(&column.kind);
        } else {
            places.insert(&column.name, columns.len());
            columns.push(column.clone());
        }
    }
    for column in &mut columns {
        if column.kind == ColumnType::Null {
            column.kind = ColumnType::Text;
        }
    }
    columns
}
