//! What is written comes back through the readers with every row and every bit.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use gristmill_core::StepTrace;
use gristmill_read::{ColumnSpec, ColumnType, Item, OpenRequest, ProbeRequest, ReadOptions, open, probe};
use proptest::prelude::*;
use serde_json::json;
use support::{file, try_format};

/// The first column of the rows, read as the given type; the readers put the ids before it.
fn read(name: &str, bytes: &[u8], kind: ColumnType) -> Vec<ArrayRef> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(&path, bytes).unwrap();
    let options = ReadOptions::default();
    let request = ProbeRequest {
        path: path.clone(),
        name: name.into(),
        format: None,
        options: options.clone(),
        split_bytes: 64,
    };
    let about = probe(&request).unwrap();
    let item = |split| Item {
        path: path.clone(),
        name: name.into(),
        format: about.format,
        codec: about.codec,
        split,
    };
    let splits = about.splits.into_iter().map(item).collect();
    let columns = vec![ColumnSpec { name: "x".into(), kind }];
    let mut source = open(OpenRequest { splits, columns, options, key: None, source: None }).unwrap();
    let mut trace = [StepTrace::default()];
    let mut columns = Vec::new();
    while let Some(chunk) = source.cutter.next().unwrap() {
        let batch = source.parser.parse_steps(chunk, &mut trace).unwrap();
        columns.push(Arc::clone(batch.columns().column(1)));
    }
    assert!(trace[0].rejects.is_empty(), "{:?}", trace[0].rejects);
    columns
}

fn written(kind: &str, column: ArrayRef) -> Vec<u8> {
    let rows = RecordBatch::try_from_iter_with_nullable([("x", column, true)]).unwrap();
    let format = try_format(kind, &json!({}), &rows.schema()).unwrap();
    file(&*format, &[vec![rows]])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn floats_keep_every_bit(floats in prop::collection::vec(prop::num::f64::ANY, 1..50)) {
        for (kind, name) in [("jsonl", "a.jsonl"), ("parquet", "a.parquet"), ("arrow", "a.arrow")] {
            // JSON has no infinity and no NaN.
            let floats: Vec<f64> = floats.iter().copied().filter(|x| kind != "jsonl" || x.is_finite()).collect();
            let bytes = written(kind, Arc::new(Float64Array::from(floats.clone())));
            let read = read(name, &bytes, ColumnType::Float);
            let bits = |floats: &[f64]| floats.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            let got: Vec<f64> =
                read.iter().flat_map(|column| column.as_primitive::<Float64Type>().values().to_vec()).collect();
            prop_assert_eq!(bits(&got), bits(&floats), "{}", kind);
        }
        let bytes = written("csv", Arc::new(Float64Array::from(floats.clone())));
        let texts = read("a.csv", &bytes, ColumnType::Text);
        let got = texts.iter().flat_map(|column| column.as_string::<i32>().iter().flatten().map(str::to_owned).collect::<Vec<_>>());
        for (text, float) in got.zip(&floats) {
            let back: f64 = text.parse().unwrap();
            prop_assert!(back.to_bits() == float.to_bits() || (back.is_nan() && float.is_nan()), "{} {}", text, float);
        }
    }

    #[test]
    fn csv_of_one_column_keeps_its_rows(
        texts in prop::collection::vec(prop::option::of("|[a,\"\r\n \u{feff}]{0,3}"), 0..30),
    ) {
        let bytes = written("csv", Arc::new(StringArray::from(texts.clone())));
        let read = read("a.csv", &bytes, ColumnType::Text);
        let got: Vec<String> = read
            .iter()
            .flat_map(|column| column.as_string::<i32>().iter().map(|t| t.unwrap_or_default().to_owned()).collect::<Vec<_>>())
            .collect();
        let want: Vec<String> = texts.into_iter().map(Option::unwrap_or_default).collect();
        prop_assert_eq!(got, want);
    }
}

#[test]
fn one_empty_value_is_a_row() {
    for value in [Some(""), None] {
        let bytes = written("csv", Arc::new(StringArray::from(vec![value])));
        assert_eq!(bytes, b"x\n\"\"\n");
        assert_eq!(read("a.csv", &bytes, ColumnType::Text)[0].len(), 1);
    }
}
