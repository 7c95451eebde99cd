//! The head of a shard: which columns its samples have.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::cells::Encoding;
use crate::failure::ReadFailure;

/// Columns of a shard, in the order of its samples.
pub(super) struct Head {
    pub columns: Vec<Column>,
}

/// A column of a shard.
#[derive(Clone)]
pub(super) struct Column {
    pub name: String,
    pub encoding: Encoding,
    /// Bytes of each value, where all have as many.
    pub size: Option<u32>,
}

#[derive(Deserialize)]
struct Fields {
    format: Option<String>,
    version: Option<u32>,
    column_names: Vec<String>,
    column_encodings: Vec<String>,
    column_sizes: Vec<Option<u32>>,
}

impl Head {
    /// Reads a head.
    pub(super) fn read(path: &str, offset: u64, text: &[u8]) -> Result<Self, ReadFailure> {
        let damaged = |detail: String| ReadFailure::Damaged { path: path.to_owned(), offset, detail };
        let fields: Fields = serde_json::from_slice(text)
            .map_err(|error| damaged(format!("the head of the shard: {error}")))?;
        if fields.format.as_deref().is_some_and(|format| format != "mds") {
            return Err(damaged(format!("its head tells of the format {:?}", fields.format)));
        }
        if fields.version.is_some_and(|version| version != 2) {
            return Err(damaged(format!("its head tells of version {:?}", fields.version)));
        }
        let count = fields.column_names.len();
        if count == 0 || fields.column_encodings.len() != count || fields.column_sizes.len() != count {
            return Err(damaged("its head does not tell of as many names, encodings and sizes".to_owned()));
        }
        let mut seen = BTreeSet::new();
        let mut columns = Vec::with_capacity(count);
        let parts = fields.column_names.into_iter().zip(fields.column_encodings).zip(fields.column_sizes);
        for ((name, encoding), size) in parts {
            if !seen.insert(name.clone()) {
                return Err(damaged(format!("column `{name}` stands twice in its head")));
            }
            let Some(kind) = Encoding::named(&encoding) else {
                return Err(ReadFailure::MdsEncoding { path: path.to_owned(), column: name, encoding });
            };
            columns.push(Column { name, encoding: kind, size });
        }
        Ok(Self { columns })
    }
}
