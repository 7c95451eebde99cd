//! Rows that are turned away stand in the trace whole, and come back out of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, UInt32Array};
use gristmill_core::engine::{Registry, open_chain};
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, steps};
use serde_json::{Value, json};

/// Writes texts in capitals, then drops those that begin with D; panics on P, and doubles T before it drops one.
struct Picky;

impl MapStep for Picky {
    fn schema(&self, input: &arrow_schema::SchemaRef) -> Result<arrow_schema::SchemaRef, Failure> {
        Ok(input.clone())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let old = batch.text("text")?.clone();
        assert!(!old.iter().flatten().any(|text| text.starts_with('p')), "planted panic");
        let new: StringArray = old.iter().map(|text| text.map(str::to_uppercase)).collect();
        batch.set_column("text", Arc::new(new.clone()), true)?;
        for row in 0..batch.len() {
            if new.value(row).starts_with('D') {
                batch.drop_row(row, trace, "begins_with_d", "", None, new.value(row));
            }
        }
        let doubled = |row: &usize| if new.value(*row).starts_with('T') { 2 } else { 1 };
        if (0..batch.len()).any(|row| doubled(&row) == 2) {
            let kept = batch.alive_rows();
            let parents: Vec<u32> =
                kept.iter().flat_map(|row| vec![u32::try_from(*row).unwrap(); doubled(row)]).collect();
            trace.counts.made += (parents.len() - kept.len()) as u64;
            let numbers = vec![None; parents.len()];
            batch.explode(&parents, &numbers)?;
        }
        Ok(())
    }
}

const PICKY: &[MapDef] = &[MapDef { kind: "picky", build: |_, _| Ok(Box::new(Picky)) }];

fn run(steps_of: &Value, rows: RecordBatch) -> Result<(RecordBatch, Vec<StepTrace>), Failure> {
    let registry = Registry { maps: vec![steps::MAPS, PICKY], ..Registry::default() };
    let named: Vec<Value> = steps_of
        .as_array()
        .unwrap()
        .iter()
        .map(|step| json!({"step": step["kind"], "kind": step["kind"], "options": step["options"], "side": {}}))
        .collect();
    let chain = open_chain(&registry, json!({ "steps": named }))?;
    chain.schema(&rows.schema())?;
    let mut traces = vec![StepTrace::default(); named.len()];
    let batch = chain.run(Batch::new(rows)?, &mut traces)?;
    Ok((batch.into_columns()?, traces))
}

fn rows(texts: &[&str]) -> RecordBatch {
    let ids: StringArray = (0..texts.len()).map(|row| Some(format!("r{row}"))).collect();
    let n: Int64Array = (0..texts.len()).map(|row| (row != 1).then_some(row as i64)).collect();
    let columns: [(&str, ArrayRef, bool); 3] = [
        ("__id", Arc::new(ids), false),
        ("text", Arc::new(StringArray::from(texts.to_vec())), true),
        ("n", Arc::new(n), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn rejects(texts: &[&str]) -> Vec<(String, String, String)> {
    let chain = json!([{"kind": "trace_rows", "options": {}}, {"kind": "picky", "options": {}}]);
    let (_, traces) = run(&chain, rows(texts)).unwrap();
    assert!(traces.iter().all(|trace| trace.counts.balanced()));
    traces[1]
        .rejects
        .iter()
        .map(|reject| (reject.id.clone(), reject.reason.clone(), reject.after.clone()))
        .collect()
}

fn told(id: &str, reason: &str, after: &str) -> (String, String, String) {
    (id.into(), reason.into(), after.into())
}

#[test]
fn a_dropped_row_is_told_as_it_was_then() {
    let want = [
        told("r1", "begins_with_d", r#"{"n":null,"text":"DO"}"#),
        told("r2", "begins_with_d", r#"{"n":2,"text":"D \"Q\""}"#),
    ];
    assert_eq!(rejects(&["a", "do", "d \"q\""]), want);
}

#[test]
fn a_row_that_makes_a_step_fail_is_told_as_it_came_in() {
    let got = rejects(&["do", "pa", "a"]);
    assert_eq!(got[0], told("r0", "begins_with_d", r#"{"n":0,"text":"DO"}"#));
    assert_eq!(got[1], told("r1", "GM_INTERNAL_PANIC", r#"{"n":null,"text":"pa"}"#));
}

#[test]
fn where_rows_become_several_the_row_that_came_in_is_told() {
    assert_eq!(rejects(&["ta", "d", "b"]), [told("r1", "begins_with_d", r#"{"n":null,"text":"d"}"#)]);
}

#[test]
fn nothing_is_kept_without_the_step() {
    let (_, traces) = run(&json!([{"kind": "picky", "options": {}}]), rows(&["do"])).unwrap();
    assert_eq!(traces[0].rejects[0].after, "");
}

#[test]
fn columns_that_have_no_place_in_a_trace_are_refused_before_a_row_is_read() {
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["r0"]));
    let odd: ArrayRef = Arc::new(arrow_array::BinaryArray::from(vec![b"x".as_slice()]));
    let batch = RecordBatch::try_from_iter_with_nullable([("__id", ids, false), ("odd", odd, true)]).unwrap();
    let failure = run(&json!([{"kind": "trace_rows", "options": {}}]), batch).unwrap_err();
    assert_eq!(failure.code(), "GM_STEP_WRONG_TYPE");
}

/// A trace of three lines: a row dropped by `clean`, one by `check`, and a change.
fn trace_table() -> RecordBatch {
    let lines = [
        ("x:7", "clean", "dropped", "card_trade", "card_trade", "DO", r#"{"n":1,"text":"DO"}"#),
        (
            "x:9",
            "check",
            "dropped",
            "invalid_tags",
            "format: 1 turns, 2 tags",
            "a\nb",
            r#"{"n":2,"text":"a\nb"}"#,
        ),
        ("x:9", "slang", "changed", "slang", "slang", "{u}", "{you}"),
        ("x:5", "clean", "quarantined", "GM_X", "", "no row", ""),
    ];
    let column = |at: usize| -> ArrayRef {
        let texts = lines.iter().map(|line| {
            let (id, step, kind, reason, rule, excerpt, after) = *line;
            [id, step, kind, reason, rule, excerpt, after][at]
        });
        Arc::new(StringArray::from_iter_values(texts))
    };
    let names = ["id", "step", "kind", "reason", "rule", "excerpt", "after"];
    let numbers: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..lines.len()).map(|n| format!("t:{n}"))));
    let spans: ArrayRef = Arc::new(UInt32Array::from(vec![None::<u32>; lines.len()]));
    let columns = names.iter().enumerate().map(|(at, &name)| (name, column(at), false));
    let columns = std::iter::once(("__id", numbers, false)).chain(columns);
    RecordBatch::try_from_iter_with_nullable(columns.chain([("span_start", spans, true)])).unwrap()
}

fn table(kind: &str, options: &Value) -> Vec<Vec<String>> {
    let (rows, _) = run(&json!([{"kind": kind, "options": options}]), trace_table()).unwrap();
    let text = |column: &ArrayRef, row: usize| -> String {
        let column = column.as_any().downcast_ref::<StringArray>().unwrap();
        if column.is_null(row) { "null".into() } else { column.value(row).into() }
    };
    (0..rows.num_rows())
        .map(|row| rows.columns().iter().skip(1).map(|column| text(column, row)).collect())
        .collect()
}

#[test]
fn rows_come_back_out_of_a_trace() {
    let columns = json!(["text", "n", "gone"]);
    let all = table("rejected_rows", &json!({ "columns": columns }));
    assert_eq!(all, [["card_trade", "DO", "1", "null"], ["invalid_tags", "a\nb", "2", "null"]]);
    let capitals = json!({"columns": columns, "step": "clean", "style": "capitals"});
    assert_eq!(table("rejected_rows", &capitals), [["CARD_TRADE", "DO", "1", "null"]]);
    let check = json!({"columns": ["n"], "step": "check", "style": "check"});
    assert_eq!(table("rejected_rows", &check), [["9: 1 turns, 2 tags — a b", "2"]]);
    let without = json!({"columns": ["n"], "without": ["card_trade"]});
    assert_eq!(table("rejected_rows", &without), [["invalid_tags", "2"]]);
}

#[test]
fn changes_come_out_of_a_trace_as_a_table() {
    let got = table("change_log", &json!({"step": "slang", "column": "text"}));
    assert_eq!(got, [["x:9", "text", "{u}", "{you}"]]);
}
