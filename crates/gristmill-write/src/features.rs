//! Columns in the words of Hugging Face `datasets`, for the data card and for `dataset_infos.json`.

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use serde_json::{Map, Value, json};

/// The `features` list of a README's `dataset_info`: `[{name, dtype}]`, lists as `list:`, structs as `struct:`.
#[must_use]
pub fn features(schema: &Schema) -> Value {
    Value::Array(schema.fields().iter().map(|field| named(field)).collect())
}

fn named(field: &Field) -> Value {
    let mut entry = Map::new();
    entry.insert("name".into(), field.name().as_str().into());
    let (key, value) = shape(field.data_type());
    entry.insert(key.into(), value);
    if let DataType::FixedSizeList(_, length) = field.data_type() {
        entry.insert("length".into(), (*length).into());
    }
    Value::Object(entry)
}

/// The key that says what a feature is, and its value.
fn shape(data_type: &DataType) -> (&'static str, Value) {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            let key = if matches!(data_type, DataType::LargeList(_)) { "large_list" } else { "list" };
            let items = match shape(item.data_type()) {
                // A list of structs names the members directly, a list of plain values the type.
                ("dtype" | "struct", inner) => inner,
                (inner, value) => json!({ inner: value }),
            };
            (key, items)
        }
        DataType::Struct(members) => ("struct", members.iter().map(|member| named(member)).collect()),
        DataType::Dictionary(_, values) => shape(values),
        other => ("dtype", dtype(other).into()),
    }
}

/// The features of the older `dataset_infos.json`: an object by column, every leaf with `dtype` and `_type`.
#[must_use]
pub fn legacy_features(schema: &Schema) -> Value {
    members(schema.fields().iter().map(AsRef::as_ref))
}

fn members<'a>(fields: impl Iterator<Item = &'a Field>) -> Value {
    Value::Object(fields.map(|field| (field.name().clone(), legacy(field.data_type()))).collect())
}

fn legacy(data_type: &DataType) -> Value {
    match data_type {
        DataType::List(item) => match item.data_type() {
            // Every release reads a one-element list as "list of dicts"; `Sequence` of a struct would be columns.
            DataType::Struct(_) | DataType::List(_) => json!([legacy(item.data_type())]),
            other => json!({ "feature": legacy(other), "_type": "Sequence" }),
        },
        DataType::LargeList(item) => json!({ "feature": legacy(item.data_type()), "_type": "LargeList" }),
        DataType::FixedSizeList(item, length) => {
            json!({ "feature": legacy(item.data_type()), "length": length, "_type": "Sequence" })
        }
        DataType::Struct(fields) => members(fields.iter().map(AsRef::as_ref)),
        DataType::Dictionary(_, values) => legacy(values),
        other => json!({ "dtype": dtype(other), "_type": "Value" }),
    }
}

/// The name of a plain type in `datasets`.
#[must_use]
pub fn dtype(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Null => "null",
        DataType::Boolean => "bool",
        DataType::Int8 => "int8",
        DataType::Int16 => "int16",
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::UInt8 => "uint8",
        DataType::UInt16 => "uint16",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Float16 => "float16",
        DataType::Float32 => "float32",
        DataType::Float64 => "float64",
        DataType::Utf8 => "string",
        DataType::LargeUtf8 => "large_string",
        DataType::Utf8View => "string_view",
        DataType::Binary => "binary",
        DataType::LargeBinary => "large_binary",
        DataType::BinaryView => "binary_view",
        DataType::Date32 => "date32",
        DataType::Date64 => "date64",
        DataType::Timestamp(unit, None) => return format!("timestamp[{}]", short(*unit)),
        DataType::Timestamp(unit, Some(zone)) => return format!("timestamp[{}, tz={zone}]", short(*unit)),
        DataType::Time32(unit) => return format!("time32[{}]", short(*unit)),
        DataType::Time64(unit) => return format!("time64[{}]", short(*unit)),
        DataType::Duration(unit) => return format!("duration[{}]", short(*unit)),
        DataType::Decimal128(precision, scale) => return format!("decimal128({precision}, {scale})"),
        DataType::Decimal256(precision, scale) => return format!("decimal256({precision}, {scale})"),
        other => return other.to_string(),
    };
    name.to_owned()
}

const fn short(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn chat() -> Schema {
        let turn = DataType::Struct(
            vec![
                Arc::new(Field::new("role", DataType::Utf8, false)),
                Arc::new(Field::new("content", DataType::Utf8, false)),
            ]
            .into(),
        );
        Schema::new(vec![
            Field::new("text", DataType::Utf8, false),
            Field::new("tokens", DataType::Int64, true),
            Field::new("ids", DataType::List(Arc::new(Field::new("item", DataType::Int32, false))), false),
            Field::new("messages", DataType::List(Arc::new(Field::new("item", turn, false))), false),
            Field::new("created", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
        ])
    }

    #[test]
    fn card_form() {
        let want = json!([
            { "name": "text", "dtype": "string" },
            { "name": "tokens", "dtype": "int64" },
            { "name": "ids", "list": "int32" },
            { "name": "messages", "list": [
                { "name": "role", "dtype": "string" },
                { "name": "content", "dtype": "string" },
            ] },
            { "name": "created", "dtype": "timestamp[us, tz=UTC]" },
        ]);
        assert_eq!(features(&chat()), want);
    }

    #[test]
    fn legacy_form() {
        let string = json!({ "dtype": "string", "_type": "Value" });
        let want = json!({
            "text": string,
            "tokens": { "dtype": "int64", "_type": "Value" },
            "ids": { "feature": { "dtype": "int32", "_type": "Value" }, "_type": "Sequence" },
            "messages": [{ "role": string, "content": string }],
            "created": { "dtype": "timestamp[us, tz=UTC]", "_type": "Value" },
        });
        assert_eq!(legacy_features(&chat()), want);
    }
}
