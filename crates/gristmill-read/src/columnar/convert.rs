//! Columns of files as columns of the source: texts with 32-bit offsets, numbers widened, all else as it is.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int8Type, Int16Type, Int32Type, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, ListArray, StringArray, new_null_array};
use arrow_schema::{DataType, Field};

use crate::json::text::quote;
use crate::kinds::ColumnType;

/// The array as the wanted type, if it can be that. `raw_json` says that its texts are raw JSON already.
pub(crate) fn convert(array: &ArrayRef, wanted: &ColumnType, raw_json: bool) -> Option<ArrayRef> {
    let target = wanted.arrow();
    if let DataType::Dictionary(..) = array.data_type() {
        let dictionary = array.as_any_dictionary();
        let values = arrow_select::take::take(dictionary.values().as_ref(), dictionary.keys(), None).ok()?;
        return if *array.data_type() == target {
            Some(Arc::clone(array))
        } else {
            convert(&values, wanted, raw_json)
        };
    }
    match (wanted, array.data_type()) {
        (_, DataType::Null) => Some(new_null_array(&target, array.len())),
        (ColumnType::Json, from) if !(is_text(from) && raw_json) => to_json(array),
        (_, from) if *from == target => Some(Arc::clone(array)),
        (ColumnType::Text | ColumnType::Json | ColumnType::Null, _) => to_text(array),
        (ColumnType::Int, _) => to_int(array).map(|a| Arc::new(a) as ArrayRef),
        (ColumnType::Arrow(DataType::List(item)), DataType::List(_))
            if *item.data_type() == DataType::Int64 =>
        {
            to_long_lists(array)
        }
        (ColumnType::Float, _) => to_float(array).map(|a| Arc::new(a) as ArrayRef),
        _ => None,
    }
}

const fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// The texts of a column, whatever their layout.
fn texts<'a>(array: &'a ArrayRef) -> Option<Box<dyn Iterator<Item = Option<&'a str>> + 'a>> {
    Some(match array.data_type() {
        DataType::Utf8 => Box::new(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => Box::new(array.as_string::<i64>().iter()),
        DataType::Utf8View => Box::new(array.as_string_view().iter()),
        _ => return None,
    })
}

/// The longest text of a column that may hold one text many times over without copies; zero for other columns.
pub(crate) fn longest_text(array: &ArrayRef) -> u64 {
    let longest = |array: &ArrayRef| Some(texts(array)?.flatten().map(str::len).max().unwrap_or(0) as u64);
    match array.data_type() {
        DataType::Dictionary(..) => longest(array.as_any_dictionary().values()),
        DataType::Utf8View => longest(array),
        _ => None,
    }
    .unwrap_or(0)
}

fn to_text(array: &ArrayRef) -> Option<ArrayRef> {
    let total: usize = texts(array)?.map(|t| t.map_or(0, str::len)).sum();
    if total > i32::MAX as usize {
        return None;
    }
    let mut out = StringBuilder::with_capacity(array.len(), total);
    for text in texts(array)? {
        out.append_option(text);
    }
    Some(Arc::new(out.finish()))
}

fn to_json(array: &ArrayRef) -> Option<ArrayRef> {
    if let Some(texts) = texts(array) {
        let quoted = texts.map(|text| {
            text.map(|text| {
                let mut json = String::new();
                quote(text, &mut json);
                json
            })
        });
        return Some(Arc::new(quoted.collect::<StringArray>()));
    }
    if let Some(bools) = array.as_boolean_opt() {
        return Some(Arc::new(bools.iter().map(|b| b.map(|b| b.to_string())).collect::<StringArray>()));
    }
    if let Some(ints) = to_int(array) {
        return Some(Arc::new(ints.iter().map(|i| i.map(|i| i.to_string())).collect::<StringArray>()));
    }
    let floats = to_float(array)?;
    let json = |x: f64| serde_json::Number::from_f64(x).map_or_else(|| "null".to_owned(), |n| n.to_string());
    Some(Arc::new(floats.iter().map(|x| x.map(json)).collect::<StringArray>()))
}

fn to_int(array: &ArrayRef) -> Option<Int64Array> {
    Some(match array.data_type() {
        DataType::Int64 => array.as_primitive().clone(),
        DataType::Int32 => array.as_primitive::<Int32Type>().unary(i64::from),
        DataType::Int16 => array.as_primitive::<Int16Type>().unary(i64::from),
        DataType::Int8 => array.as_primitive::<Int8Type>().unary(i64::from),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().unary(i64::from),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().unary(i64::from),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().unary(i64::from),
        _ => return None,
    })
}

/// Lists of whole numbers of any width as lists of 64-bit ones.
fn to_long_lists(array: &ArrayRef) -> Option<ArrayRef> {
    let (_, offsets, values, nulls) = array.as_list::<i32>().clone().into_parts();
    let values = Arc::new(to_int(&values)?);
    let item = Arc::new(Field::new_list_field(DataType::Int64, true));
    Some(Arc::new(ListArray::try_new(item, offsets, values, nulls).ok()?))
}

fn to_float(array: &ArrayRef) -> Option<Float64Array> {
    Some(match array.data_type() {
        DataType::Float64 => array.as_primitive().clone(),
        DataType::Float32 => array.as_primitive::<Float32Type>().unary(f64::from),
        _ => to_int(array)?.unary(|i| i as f64),
    })
}
