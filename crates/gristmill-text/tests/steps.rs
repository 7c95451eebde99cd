//! The steps over batches: columns, drops, counts.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use gristmill_core::{Batch, Failure, ID_COLUMN, MapStep, StepTrace, no_side_inputs};
use gristmill_text::MAPS;
use serde_json::{Value, json};

fn step(kind: &str, options: &Value) -> Result<Box<dyn MapStep>, Failure> {
    let def = MAPS.iter().find(|def| def.kind == kind).unwrap();
    (def.build)(options, &no_side_inputs())
}

fn batch(column: &str, texts: &[Option<&str>]) -> Batch {
    let ids: ArrayRef = Arc::new((0..texts.len()).map(|i| Some(format!("r{i}"))).collect::<StringArray>());
    let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
    Batch::new(
        RecordBatch::try_from_iter_with_nullable([(ID_COLUMN, ids, false), (column, texts, true)]).unwrap(),
    )
    .unwrap()
}

fn run(kind: &str, options: &Value, batch: &mut Batch) -> StepTrace {
    let step = step(kind, options).unwrap();
    let schema = step.schema(&batch.schema()).unwrap();
    let mut trace = StepTrace::default();
    step.run(batch, &mut trace).unwrap();
    assert_eq!(batch.schema(), schema, "the schema that was promised");
    trace
}

fn texts<'a>(batch: &'a Batch, column: &str) -> Vec<Option<&'a str>> {
    let column = batch.text(column).unwrap();
    batch.alive_rows().into_iter().map(|row| column.is_valid(row).then(|| column.value(row))).collect()
}

#[test]
fn rows_are_changed_dropped_with_reason_and_counted() {
    let mut rows = batch(
        "body",
        &[Some("thx  u"), None, Some("fine as it is"), Some("a lf b"), Some("the long -- one"), Some("NA")],
    );
    let options = json!({
        "column": "body", "layout": "plain",
        "rules": {"double_dash": false, "long_dash": {"action": "drop", "pattern": "\\s--\\s", "reason": "dash"}},
        "slang": {"words": {"thx": "many thanks"}},
    });
    let trace = run("clean_chat", &options, &mut rows);
    assert_eq!(texts(&rows, "body"), [Some("many thanks you"), None, Some("fine as it is"), Some("NA")]);
    assert_eq!(trace.counts.changed, [("slang".into(), 1), ("spaces".into(), 1)].into());
    assert_eq!(trace.counts.dropped, [("dash".into(), 1), ("lf_hint".into(), 1)].into());
    let reject = &trace.rejects[0];
    assert_eq!((reject.id.as_str(), reject.rule.as_str(), reject.span), ("r3", "lf_hint", Some((2, 4))));
    assert_eq!(reject.excerpt, "a lf b");
}

#[test]
fn a_batch_without_changes_keeps_its_column() {
    let mut rows = batch("text", &[Some("all good"), Some("also good")]);
    let before = rows.column("text").unwrap().clone();
    run("clean_chat", &json!({"layout": "plain"}), &mut rows);
    assert!(Arc::ptr_eq(&before, rows.column("text").unwrap()));
}

#[test]
fn users_replace_and_literal_rules_work() {
    let mut rows = batch("text", &[Some("a FOO$ c"), Some("c 42 d")]);
    let add = json!([
        {"name": "foo", "literal": "FOO$", "action": "replace", "replace": "$1"},
        {"name": "answer", "pattern": "(\\d)(\\d)", "action": "replace", "replace": "$2$1", "scope": "row"},
    ]);
    let trace = run("clean_chat", &json!({"layout": "plain", "add": add}), &mut rows);
    assert_eq!(texts(&rows, "text"), [Some("a $1 c"), Some("c 24 d")]);
    assert_eq!(trace.counts.changed, [("answer".into(), 1), ("foo".into(), 1)].into());
}

#[test]
fn wrong_options_are_refused_with_advice() {
    for (options, code) in [
        (json!({"rulez": {}}), "GM_STEP_BAD_OPTIONS"),
        (json!({"preset": "old"}), "GM_STEP_BAD_OPTIONS"),
        (json!({"rules": {"card_trde": "off"}}), "GM_TEXT_UNKNOWN_RULE"),
        (json!({"rules": {"card_trade": "maybe"}}), "GM_TEXT_BAD_SWITCH"),
        (json!({"rules": {"card_trade": {"min": 2}}}), "GM_TEXT_BAD_RULE_OPTIONS"),
        (json!({"rules": {"own": {"action": "drop", "pattern": "("}}}), "GM_TEXT_BAD_PATTERN"),
        (json!({"rules": {"own": {"action": "drop"}}}), "GM_TEXT_BAD_USER_RULE"),
        (json!({"add": [{"name": "emoji", "literal": "x", "action": "drop"}]}), "GM_TEXT_BAD_USER_RULE"),
        (json!({"slang": {"words": {"a b": "c"}}}), "GM_TEXT_BAD_USER_RULE"),
        (json!({"rules": {"own": {"pattern": "x"}}}), "GM_TEXT_BAD_USER_RULE"),
        (json!({"order": ["emoji", "card_trde"]}), "GM_TEXT_UNKNOWN_RULE"),
        (json!({"order": ["emoji", "emoji"]}), "GM_TEXT_BAD_USER_RULE"),
        (json!({"changes": "some"}), "GM_STEP_BAD_OPTIONS"),
    ] {
        let failure = step("clean_chat", &options).err().unwrap();
        assert_eq!(failure.code(), code, "{options}");
    }
    let failure = step("clean_chat", &json!({"rules": {"card_trde": "off"}})).err().unwrap();
    assert_eq!(failure.hint().unwrap(), "did you mean `card_trade`?");
    let failure = step("clean_chat", &json!({"rules": {"card_trade": {"min_term": 2}}})).err().unwrap();
    assert_eq!(failure.hint().unwrap(), "did you mean `min_terms`?");
}

#[test]
fn slang_and_the_format_check_stand_alone() {
    let mut rows = batch("text", &[Some("u  @bob")]);
    let trace = run("slang", &json!({"layout": "plain", "words": {"bob": "Robert"}}), &mut rows);
    assert_eq!(texts(&rows, "text"), [Some("you  @Robert")]);
    assert_eq!(trace.counts.changed, [("slang".into(), 1)].into());
    let mut rows = batch("text", &[Some("no tags"), Some("<|im_start|>user\nhi<|im_end|><|end_of_text|>")]);
    let trace = run("check_dialogue", &json!({}), &mut rows);
    assert_eq!(trace.counts.dropped, [("invalid_no_end_of_text".into(), 1)].into());
    assert_eq!(rows.alive(), 1);
}

#[test]
fn screening_drops_redacts_and_flags() {
    let lines = [Some("mail jane.roe@example.com now"), Some("fine"), None, Some("selling k3yl0ggers")];
    let mut rows = batch("content", &lines);
    let trace = run("screen_tos", &json!({"pii": "redact"}), &mut rows);
    assert_eq!(texts(&rows, "content"), [Some("mail [REDACTED] now"), Some("fine"), None]);
    assert_eq!(trace.counts.dropped, [("malware".into(), 1)].into());
    assert_eq!(trace.rejects[0].span, Some((8, 18)));
    assert_eq!(trace.counts.changed, [("email".into(), 1)].into());

    let mut rows = batch("content", &lines);
    let trace = run("screen_tos", &json!({"action": "flag"}), &mut rows);
    assert!(trace.rejects.is_empty());
    assert_eq!(trace.counts.changed.len(), 2);
    let flags = rows.column("tos").unwrap().as_list::<i32>();
    assert_eq!((0..4).map(|row| flags.value_length(row)).collect::<Vec<_>>(), [1, 0, 0, 1]);
    let first = flags.value(0);
    let category = first.as_struct().column(0).as_string::<i32>();
    assert_eq!(category.value(0), "pii");

    let mut rows = batch("content", &lines);
    run("screen_tos", &json!({"pii": "off", "categories": {"malware": {"action": "off"}}}), &mut rows);
    assert_eq!(rows.alive(), 4);
}

#[test]
fn screening_takes_own_terms_and_refuses_what_it_does_not_know() {
    let lexicon = json!([{"term": "gizmo", "category": "brand", "exceptions": ["gizmo free"]}]);
    let mut rows = batch("text", &[Some("a GIZMO!"), Some("all gizmo free"), Some("weed")]);
    let options =
        json!({"lexicon": lexicon, "lexicon_only": true, "categories": {"brand": {"action": "redact"}}});
    run("screen_tos", &options, &mut rows);
    assert_eq!(texts(&rows, "text"), [Some("a [REDACTED]!"), Some("all gizmo free"), Some("weed")]);
    for (options, code) in [
        (json!({"categories": {"brnd": {}}}), "GM_TEXT_UNKNOWN_CATEGORY"),
        (json!({"lexicon": [{"term": "-", "category": "x"}]}), "GM_TEXT_BAD_LEXICON"),
        (json!({"action": "burn"}), "GM_STEP_BAD_OPTIONS"),
    ] {
        assert_eq!(step("screen_tos", &options).err().unwrap().code(), code, "{options}");
    }
    let none = batch("text", &[]);
    let none = Batch::new(none.into_columns().unwrap().project(&[0]).unwrap()).unwrap();
    let step = step("screen_tos", &json!({})).unwrap();
    assert_eq!(step.schema(&none.schema()).err().unwrap().code(), "GM_TEXT_NO_TEXT_COLUMN");
}

#[test]
fn rules_take_one_anothers_places() {
    let clean = |order: serde_json::Value| {
        let mut rows = batch("text", &[Some("lf :) :("), Some("a%20b lf")]);
        let rules = json!({"smile": {"action": "replace", "literal": ":)", "replace": ":("},
            "frown": {"action": "replace", "literal": ":(", "replace": "lf"}, "double_dash": "off"});
        let trace = run("clean_chat", &json!({"layout": "plain", "rules": rules, "order": order}), &mut rows);
        trace.rejects.iter().map(|reject| (reject.reason.clone(), reject.excerpt.clone())).collect::<Vec<_>>()
    };
    let told = |rows: [(&str, &str); 2]| rows.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
    let usual = told([("lf_hint", "lf :( lf"), ("lf_hint", "a%20b lf")]);
    assert_eq!(clean(json!([])), usual);
    assert_eq!(clean(json!(["frown", "smile"])), usual, "own rules run by name");
    let turned = clean(json!(["smile", "frown", "percent_encoding", "lf_hint"]));
    assert_eq!(turned, told([("lf_hint", "lf lf lf"), ("percent_encoding", "a%20b lf")]));
}

#[test]
fn changes_are_told_with_their_rules() {
    let rows = [Some("see  u ||soon||"), Some("fine"), Some("lf  x"), None];
    let told = |changes: &str| {
        let mut rows = batch("text", &rows);
        let trace = run("clean_chat", &json!({"layout": "plain", "changes": changes}), &mut rows);
        let words = |r: &gristmill_core::Reject| {
            [&r.id, r.kind.word(), &r.rule, &r.excerpt, &r.after].map(str::to_owned)
        };
        assert_eq!(trace.counts.dropped, [("lf_hint".into(), 1)].into());
        trace.rejects.iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(told("off").len(), 1);
    let full = told("full");
    let want = [
        ["r0", "changed", "pipes", "see  u ||soon||", "see  u soon"],
        ["r0", "changed", "spaces", "see  u soon", "see u soon"],
        ["r0", "changed", "slang", "see u soon", "see you soon"],
        ["r2", "changed", "spaces", "lf  x", "lf x"],
        ["r2", "dropped", "lf_hint", "lf x", ""],
    ];
    assert_eq!(full, want);
    assert_eq!(told("excerpts").len(), 5);
}
