//! A row as a JSON object, for the trace: readable in any file format, and turned back into columns from there.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use serde_json::{Map, Value};

use crate::batch::ordinary_fields;
use crate::failure::{CoreFailure, Failure};

/// What a trace can hold of a row, in words.
const KINDS: &str = "text, numbers, booleans, or lists and structs of these";

/// Refuses columns that have no place in a trace, before a row is read.
pub fn check_columns(schema: &SchemaRef) -> Result<(), Failure> {
    let empty = RecordBatch::new_empty(schema.clone());
    for (at, field) in ordinary_fields(schema) {
        if !known(field.data_type()) {
            return Err(wrong(field.name(), empty.column(at)).into());
        }
    }
    Ok(())
}

fn known(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::Boolean | DataType::Float32 | DataType::Float64 => true,
        DataType::List(item) => known(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| known(field.data_type())),
        other => other.is_integer(),
    }
}

/// The user's columns of a row.
pub fn row_json(rows: &RecordBatch, row: usize) -> Result<String, Failure> {
    let mut object = Map::new();
    for (at, field) in ordinary_fields(rows.schema_ref()) {
        let value = cell(rows.column(at), row).ok_or_else(|| wrong(field.name(), rows.column(at)))?;
        object.insert(field.name().clone(), value);
    }
    Ok(Value::Object(object).to_string())
}

fn cell(column: &ArrayRef, row: usize) -> Option<Value> {
    if column.is_null(row) {
        return Some(Value::Null);
    }
    macro_rules! number {
        ($kind:ty) => {
            column.as_primitive::<$kind>().value(row).into()
        };
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float32 => number!(Float32Type),
        DataType::Float64 => number!(Float64Type),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            Value::Array((0..items.len()).map(|at| cell(&items, at)).collect::<Option<_>>()?)
        }
        DataType::Struct(fields) => {
            let values = fields.iter().zip(column.as_struct().columns());
            let named = values.map(|(field, value)| Some((field.name().clone(), cell(value, row)?)));
            Value::Object(named.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn wrong(column: &str, array: &ArrayRef) -> CoreFailure {
    CoreFailure::WrongType { column: column.to_owned(), found: array.data_type().to_string(), wanted: KINDS }
}
