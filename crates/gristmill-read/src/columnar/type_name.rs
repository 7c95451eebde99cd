//! Arrow types as words: Arrow's own notation where it can be read back, else the bytes of an Arrow schema in hex.

use std::fmt::Write;
use std::panic::catch_unwind;

use arrow_ipc::convert::{IpcSchemaEncoder, try_fb_to_schema};
use arrow_schema::{DataType, Field, Schema};

const BYTES: &str = "schema:";

/// The word for a type.
pub(crate) fn write(kind: &DataType) -> String {
    let word = kind.to_string();
    if word.parse::<DataType>().is_ok_and(|back| back == *kind) {
        return word;
    }
    let schema = Schema::new(vec![Field::new("", kind.clone(), true)]);
    let mut text = BYTES.to_owned();
    for byte in IpcSchemaEncoder::new().schema_to_fb(&schema).finished_data() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The type of a word.
pub(crate) fn read(word: &str) -> Option<DataType> {
    let Some(hex) = word.strip_prefix(BYTES) else { return word.parse().ok() };
    if !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect();
    let bytes = bytes?;
    let decode = || try_fb_to_schema(arrow_ipc::root_as_schema(&bytes).ok()?).ok();
    let schema = catch_unwind(decode).ok()??;
    schema.fields().first().map(|field| field.data_type().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_schema::TimeUnit;
    use std::sync::Arc;

    #[test]
    fn types_come_back() {
        let item = Arc::new(Field::new("item", DataType::Utf8, true));
        let field =
            Field::new("x", DataType::Int32, false).with_metadata(std::collections::HashMap::from([(
                "PARQUET:field_id".to_owned(),
                "7".to_owned(),
            )]));
        let types = [
            DataType::Int32,
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            DataType::List(item),
            DataType::Struct(vec![field].into()),
            DataType::Decimal128(10, 2),
            DataType::Binary,
        ];
        for kind in types {
            assert_eq!(read(&write(&kind)), Some(kind));
        }
        assert_eq!(read("schema:00ff"), None);
        assert_eq!(read("nonsense"), None);
    }
}
