//! Rows of every type that formats must carry.
#![expect(clippy::unwrap_used, reason = "a failure here is a failure of the test that called")]

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use gristmill_core::Format;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::try_format;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    pub text: Option<String>,
    pub count: Option<i64>,
    pub score: Option<f64>,
    pub good: Option<bool>,
    pub turns: Vec<(String, Option<String>)>,
    pub ids: Option<Vec<Option<i64>>>,
    pub raw: i64,
    pub seen: Option<i64>,
}

pub fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z ,;=+-]{0,20}",
        2 => any::<String>(),
        1 => Just("two\nlines \"quoted\", with \r\n and \u{2028}\u{0}".to_owned()),
        1 => Just(String::new()),
    ]
}

prop_compose! {
    pub fn any_row()(
        text in proptest::option::of(any_text()),
        count in proptest::option::of(any::<i64>()),
        score in proptest::option::of(-1e300..1e300f64),
        good in proptest::option::of(any::<bool>()),
        turns in prop::collection::vec((any_text(), proptest::option::of(any_text())), 0..3),
        ids in proptest::option::of(prop::collection::vec(proptest::option::of(any::<i64>()), 0..4)),
        raw in any::<i64>(),
        seen in proptest::option::of(-62_135_596_800_000_000..253_402_300_799_000_000i64),
    ) -> Row {
        Row { text, count, score, good, turns, ids, raw, seen }
    }
}

fn turn_fields() -> Fields {
    vec![
        Arc::new(Field::new("role", DataType::Utf8, false)),
        Arc::new(Field::new("content", DataType::Utf8, true)),
    ]
    .into()
}

pub fn schema() -> SchemaRef {
    let turn = Field::new("item", DataType::Struct(turn_fields()), false);
    let id = Field::new("item", DataType::Int64, true);
    let tag = [(gristmill_write::TYPE_KEY.to_owned(), gristmill_write::JSON_TYPE.to_owned())];
    Arc::new(Schema::new(vec![
        Field::new("text", DataType::Utf8, true),
        Field::new("count", DataType::Int64, true),
        Field::new("score", DataType::Float64, true),
        Field::new("good", DataType::Boolean, true),
        Field::new("turns", DataType::List(Arc::new(turn)), false),
        Field::new("ids", DataType::List(Arc::new(id)), true),
        Field::new("raw", DataType::Utf8, false).with_metadata(tag),
        Field::new("seen", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
    ]))
}

/// What stands in the `raw` column: JSON over two lines.
pub fn raw_json(n: i64) -> String {
    format!("{{\"n\":\n{n}}}")
}

pub fn batch(rows: &[Row]) -> RecordBatch {
    let turn = StructBuilder::from_fields(turn_fields(), rows.len());
    let mut turns =
        ListBuilder::new(turn).with_field(Field::new("item", DataType::Struct(turn_fields()), false));
    let mut ids = ListBuilder::new(Int64Builder::new());
    for row in rows {
        for (role, content) in &row.turns {
            let turn = turns.values();
            turn.field_builder::<StringBuilder>(0).unwrap().append_value(role);
            turn.field_builder::<StringBuilder>(1).unwrap().append_option(content.as_deref());
            turn.append(true);
        }
        turns.append(true);
        ids.append_option(row.ids.clone());
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| row.text.as_deref()).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| row.count).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|row| row.score).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|row| row.good).collect::<BooleanArray>()),
        Arc::new(turns.finish()),
        Arc::new(ids.finish()),
        Arc::new(rows.iter().map(|row| Some(raw_json(row.raw))).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| row.seen).collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

pub fn format(kind: &str, options: &Value) -> Box<dyn Format> {
    try_format(kind, options, &schema()).unwrap()
}

/// Groups of one block each, every block `step` rows of a longer batch that has other rows around them.
pub fn sliced(rows: &[Row], step: usize) -> Vec<Vec<RecordBatch>> {
    let whole = batch(rows);
    (0..rows.len()).step_by(step).map(|at| vec![whole.slice(at, step.min(rows.len() - at))]).collect()
}

/// The same blocks, each with buffers of its own.
pub fn copied(rows: &[Row], step: usize) -> Vec<Vec<RecordBatch>> {
    rows.chunks(step).map(|rows| vec![batch(rows)]).collect()
}
