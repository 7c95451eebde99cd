//! What both halves of a reader agree on: columns, ids, files and options.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::{Batch, Failure, ID_COLUMN, LABEL_COLUMN};

use crate::failure::ReadFailure;
use crate::item::Item;
use crate::kinds::{ColumnSpec, ColumnType, FormatKind, ReadOptions, TYPE_KEY};
use crate::split::{CsvHead, DiscordHead};

/// Name of the column that carries the source's label.
const SOURCE_COLUMN: &str = "source";

/// What a parser knows of a file.
pub(crate) struct FileInfo {
    /// Its format.
    pub format: FormatKind,
    /// Its path, for failures.
    pub path: String,
    /// Lines end with CR alone.
    pub cr: bool,
    /// CSV header.
    pub csv: CsvHead,
    /// Discord head.
    pub discord: DiscordHead,
}

/// A record the cutter knows to be bad.
pub(crate) struct Bad {
    /// Stable code.
    pub code: &'static str,
    /// In words.
    pub message: String,
}

/// The agreement.
pub(crate) struct Layout {
    schema: SchemaRef,
    /// Columns of the schema as they are read; a hidden key stands last.
    columns: Vec<ColumnSpec>,
    wanted: Vec<String>,
    places: HashMap<String, usize>,
    key: Option<usize>,
    hidden: bool,
    label: Option<String>,
    options: ReadOptions,
    files: BTreeMap<String, FileInfo>,
    bad: Mutex<BTreeMap<(String, u64), Bad>>,
}

impl Layout {
    /// Settles columns and ids.
    pub(crate) fn new(
        items: &[Item],
        mut columns: Vec<ColumnSpec>,
        key: Option<&str>,
        source: Option<String>,
        options: ReadOptions,
    ) -> Result<Self, ReadFailure> {
        options.check()?;
        let mut seen = BTreeSet::new();
        for column in &columns {
            let reserved = column.name == ID_COLUMN || column.name == LABEL_COLUMN;
            if reserved || !seen.insert(column.name.as_str()) {
                return Err(ReadFailure::DoubledColumn { column: column.name.clone() });
            }
        }
        let label = source;
        let mut fields = vec![Field::new(ID_COLUMN, DataType::Utf8, false)];
        fields.extend(columns.iter().map(field));
        if label.is_some() && !columns.iter().any(|column| column.name == SOURCE_COLUMN) {
            fields.push(Field::new(SOURCE_COLUMN, DataType::Utf8, true));
        }
        let hidden = key == Some(ID_COLUMN);
        if hidden {
            columns.push(ColumnSpec { name: ID_COLUMN.to_owned(), kind: ColumnType::Text });
        }
        let places: HashMap<_, _> = columns.iter().enumerate().map(|(i, c)| (c.name.clone(), i)).collect();
        let key = match key {
            None => None,
            Some(key) => Some(*places.get(key).ok_or_else(|| ReadFailure::NoKey {
                key: key.to_owned(),
                present: listed(columns.iter().map(|c| c.name.as_str())),
            })?),
        };
        let mut files = BTreeMap::new();
        for item in items {
            let info = FileInfo {
                format: item.format,
                path: item.path.clone(),
                cr: item.split.cr,
                csv: item.split.csv.clone().unwrap_or_default(),
                discord: item.split.discord.clone().unwrap_or_default(),
            };
            files.entry(item.name.clone()).or_insert(info);
        }
        let wanted = columns.iter().map(|c| c.name.clone()).collect();
        let schema = Arc::new(Schema::new(fields));
        let bad = Mutex::default();
        Ok(Self { schema, columns, wanted, places, key, hidden, label, options, files, bad })
    }

    /// Columns of every batch.
    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Columns to read.
    pub(crate) fn columns(&self) -> &[ColumnSpec] {
        &self.columns
    }

    /// Names of the columns to read.
    pub(crate) fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// Place of a column by name.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The options.
    pub(crate) const fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// What is known of an input.
    pub(crate) fn file(&self, name: &str) -> Option<&FileInfo> {
        self.files.get(name)
    }

    /// Tells the parser about a bad record.
    pub(crate) fn mark_bad(&self, name: &str, address: u64, bad: Bad) {
        self.bad.lock().unwrap_or_else(PoisonError::into_inner).insert((name.to_owned(), address), bad);
    }

    /// What the cutter told about a record.
    pub(crate) fn take_bad(&self, name: &str, address: u64) -> Option<Bad> {
        self.bad.lock().unwrap_or_else(PoisonError::into_inner).remove(&(name.to_owned(), address))
    }

    /// Puts ids before the columns.
    pub(crate) fn batch(
        &self,
        name: &str,
        mut arrays: Vec<ArrayRef>,
        addresses: &[u64],
    ) -> Result<Batch, Failure> {
        let ids = ids(name, self.key.map(|at| Arc::clone(&arrays[at])).as_ref(), addresses);
        if self.hidden {
            arrays.pop();
        }
        let mut columns = vec![Arc::new(ids) as ArrayRef];
        columns.append(&mut arrays);
        if let Some(label) = &self.label {
            // The column may be there for other sources, or for some of the files: what is empty is filled.
            match self.schema.index_of(SOURCE_COLUMN) {
                Ok(at) if at < columns.len() => {
                    if let Some(own) = columns[at].as_string_opt::<i32>().filter(|own| own.null_count() > 0) {
                        let filled: StringArray = own.iter().map(|value| value.or(Some(label))).collect();
                        columns[at] = Arc::new(filled);
                    }
                }
                _ => columns.push(Arc::new(StringArray::from_iter_values(addresses.iter().map(|_| label)))),
            }
        }
        let rows = RecordBatch::try_new(self.schema(), columns).map_err(ReadFailure::from)?;
        Batch::new(rows)
    }
}

/// The key's values where there are any, else input name and address.
fn ids(name: &str, key: Option<&ArrayRef>, addresses: &[u64]) -> StringArray {
    let text = key.and_then(|key| key.as_string_opt::<i32>());
    let int = key.and_then(|key| key.as_primitive_opt::<Int64Type>());
    let mut ids = StringBuilder::with_capacity(addresses.len(), addresses.len() * (name.len() + 12));
    let mut id = format!("{name}:");
    let prefix = id.len();
    let mut digits = itoa::Buffer::new();
    for (row, &address) in addresses.iter().enumerate() {
        if let Some(text) = text.filter(|t| t.is_valid(row) && !t.value(row).is_empty()) {
            ids.append_value(text.value(row));
        } else if let Some(int) = int.filter(|i| i.is_valid(row)) {
            ids.append_value(digits.format(int.value(row)));
        } else {
            id.truncate(prefix);
            id.push_str(digits.format(address));
            ids.append_value(&id);
        }
    }
    ids.finish()
}

fn field(column: &ColumnSpec) -> Field {
    let field = Field::new(&column.name, column.kind.arrow(), true);
    match column.kind {
        ColumnType::Json => field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), "json".to_owned())])),
        _ => field,
    }
}

/// Names in a list, for messages.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for (i, name) in names.enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        if i == 20 {
            text.push_str(", …");
            break;
        }
        let _ = write!(text, "{comma}{name}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, StringArray};

    use super::Layout;
    use crate::kinds::{ColumnSpec, ColumnType, ReadOptions};

    #[test]
    fn a_label_fills_the_column_source_where_nothing_is() {
        let column = |name: &str| ColumnSpec { name: name.to_owned(), kind: ColumnType::Text };
        let texts = |values: [Option<&str>; 2]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
        for (columns, arrays, filled) in [
            (vec![column("text")], vec![texts([Some("a"), None])], ["wiki", "wiki"]),
            (
                vec![column("source"), column("text")],
                vec![texts([None, Some("own")]), texts([Some("a"), None])],
                ["wiki", "own"],
            ),
        ] {
            let layout =
                Layout::new(&[], columns, None, Some("wiki".to_owned()), ReadOptions::default()).unwrap();
            let batch = layout.batch("in", arrays, &[0, 9]).unwrap();
            assert_eq!(batch.schema(), layout.schema());
            assert_eq!(batch.text("source").unwrap().iter().flatten().collect::<Vec<_>>(), filled);
        }
    }
}
