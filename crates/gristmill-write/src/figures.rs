//! Figures of finished Parquet files, read from their footers alone: the data card must state them exactly, since
//! `datasets` refuses to load a folder whose card has another number of rows.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_schema::{DataType, Field, Schema};
use gristmill_core::Failure;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::basic::Type;
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};
use serde_json::{Value, json};

use crate::failure::WriteFailure;
use crate::features::{features, legacy_features};

/// Rows, bytes and columns of the shards of one split: `{rows, bytes, num_bytes, columns, features,
/// legacy_features, files: [{path, rows, bytes, num_bytes, row_groups}]}`. `bytes` is the size on disk, `num_bytes`
/// that of the same rows as Arrow buffers, `columns` is `[{name, type}]`.
///
/// # Errors
/// `GM_WRITE_UNREADABLE`, `GM_WRITE_NOT_PARQUET`, `GM_WRITE_OTHER_COLUMNS` when shards do not fit together.
pub fn figures(paths: &[PathBuf]) -> Result<Value, Failure> {
    let mut files = Vec::with_capacity(paths.len());
    let mut totals = Totals::default();
    let mut first: Option<(&Path, Schema)> = None;
    for path in paths {
        let shard = read(path)?;
        match &first {
            None => first = Some((path, shard.columns)),
            Some((_, columns)) if *columns == shard.columns => {}
            Some((earlier, _)) => {
                let other = WriteFailure::OtherColumns { path: path.clone(), first: (*earlier).to_owned() };
                return Err(other.into());
            }
        }
        totals.rows += shard.totals.rows;
        totals.bytes += shard.totals.bytes;
        totals.num_bytes += shard.totals.num_bytes;
        files.push(json!({
            "path": path,
            "rows": shard.totals.rows,
            "bytes": shard.totals.bytes,
            "num_bytes": shard.totals.num_bytes,
            "row_groups": shard.row_groups,
        }));
    }
    let columns = first.map_or_else(Schema::empty, |(_, columns)| columns);
    Ok(json!({
        "rows": totals.rows,
        "bytes": totals.bytes,
        "num_bytes": totals.num_bytes,
        "columns": columns
            .fields()
            .iter()
            .zip(features(&columns).as_array().into_iter().flatten())
            .map(|(field, feature)| json!({ "name": field.name(), "type": type_of(feature) }))
            .collect::<Vec<_>>(),
        "features": features(&columns),
        "legacy_features": legacy_features(&columns),
        "files": files,
    }))
}

#[derive(Default)]
struct Totals {
    rows: u64,
    bytes: u64,
    num_bytes: u64,
}

struct Shard {
    totals: Totals,
    row_groups: usize,
    columns: Schema,
}

/// A plain type as its name, anything else as the feature without its name.
fn type_of(feature: &Value) -> Value {
    let mut rest = feature.clone();
    if let Some(entry) = rest.as_object_mut() {
        entry.remove("name");
        if let Some(dtype) = entry.remove("dtype") {
            return dtype;
        }
    }
    rest
}

fn read(path: &Path) -> Result<Shard, WriteFailure> {
    let unreadable = |source| WriteFailure::Unreadable { path: path.to_owned(), source };
    let not_parquet = |source| WriteFailure::NotParquet { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let footer = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(not_parquet)?;
    let whole = footer.file_metadata();
    let columns =
        parquet_to_arrow_schema(whole.schema_descr(), whole.key_value_metadata()).map_err(not_parquet)?;
    let totals = Totals { rows: whole.num_rows() as u64, bytes, num_bytes: arrow_bytes(&footer, &columns) };
    Ok(Shard { totals, row_groups: footer.num_row_groups(), columns })
}

/// Bytes of the rows as Arrow buffers: values, offsets and bitmaps.
fn arrow_bytes(footer: &ParquetMetaData, columns: &Schema) -> u64 {
    footer.row_groups().iter().map(|group| group_bytes(group, columns)).sum()
}

fn group_bytes(group: &RowGroupMetaData, columns: &Schema) -> u64 {
    let rows = group.num_rows() as u64;
    let mut leaves = group.columns().iter();
    columns.fields().iter().map(|field| column_bytes(field, rows, 0, &mut leaves)).sum()
}

/// Bytes of one column of `values` values, which takes its leaves from the front. `level` is the definition level
/// at which its parent exists.
fn column_bytes<'a>(
    field: &Field,
    values: u64,
    level: usize,
    leaves: &mut (impl Iterator<Item = &'a ColumnChunkMetaData> + Clone),
) -> u64 {
    let level = level + usize::from(field.is_nullable());
    match field.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            let offset = match field.data_type() {
                DataType::List(_) => 4,
                DataType::LargeList(_) => 8,
                _ => 0,
            };
            let items = leaves.clone().next().map_or(0, |leaf| entries(leaf, level + 1));
            offset * (values + 1) + column_bytes(item, items, level + 1, leaves)
        }
        DataType::Struct(members) => {
            members.iter().map(|member| column_bytes(member, values, level, leaves)).sum()
        }
        leaf => leaves.next().map_or(0, |chunk| leaf_bytes(leaf, values, chunk)),
    }
}

/// How many entries of a leaf are there at least to this definition level: empty and null lists leave an entry of a
/// lower one.
fn entries(leaf: &ColumnChunkMetaData, level: usize) -> u64 {
    leaf.definition_level_histogram()
        .map_or(leaf.num_values(), |levels| levels.values().iter().skip(level).sum::<i64>()) as u64
}

fn leaf_bytes(data_type: &DataType, values: u64, chunk: &ColumnChunkMetaData) -> u64 {
    let whole = chunk.column_descr().max_def_level() as usize;
    let bitmap = if entries(chunk, whole) < values { values.div_ceil(8) } else { 0 };
    let body = match data_type {
        DataType::Boolean => values.div_ceil(8),
        DataType::Null => 0,
        other => match (other.primitive_width(), chunk.column_type()) {
            (Some(width), _) => values * width as u64,
            (None, Type::BYTE_ARRAY) => {
                let offset = if matches!(other, DataType::LargeUtf8 | DataType::LargeBinary) { 8 } else { 4 };
                let text =
                    chunk.unencoded_byte_array_data_bytes().unwrap_or_else(|| chunk.uncompressed_size());
                text as u64 + offset * (values + 1)
            }
            (None, _) => chunk.uncompressed_size() as u64,
        },
    };
    body + bitmap
}
