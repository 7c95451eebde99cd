//! Opens the splits of one task as a source of batches.

use std::sync::Arc;

use gristmill_core::{Failure, Source};
use serde::{Deserialize, Serialize};

use crate::cut::SplitCutter;
use crate::item::Item;
use crate::kinds::{ColumnSpec, ReadOptions};
use crate::layout::Layout;
use crate::parse::RowParser;

/// What to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// What to read, in order.
    pub splits: Vec<Item>,
    /// The columns of the whole source. A file's columns are matched by name; missing ones are null.
    pub columns: Vec<ColumnSpec>,
    /// How to read.
    #[serde(default)]
    pub options: ReadOptions,
    /// The column whose value is the row's id where it is not empty.
    #[serde(default)]
    pub key: Option<String>,
    /// A label for the column `source`, unless the files have one.
    #[serde(default)]
    pub source: Option<String>,
}

/// Opens splits. Files are opened one after the other while reading, not here.
///
/// # Errors
/// When columns, key or options do not fit together.
pub fn open(request: OpenRequest) -> Result<Source, Failure> {
    let OpenRequest { splits, columns, options, key, source } = request;
    let layout = Arc::new(Layout::new(&splits, columns, key.as_deref(), source, options)?);
    let schema = layout.schema();
    let cutter = Box::new(SplitCutter::new(splits, Arc::clone(&layout)));
    Ok(Source { cutter, parser: Arc::new(RowParser::new(layout)), schema })
}
