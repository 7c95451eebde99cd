//! The keys against the outputs of the original, and the stated rules against small tables.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test stops at the first surprise and says what it skipped"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use gristmill_core::{Batch, KeyRow, StepTrace, no_side_inputs};
use gristmill_dedup::{KEYS, MAPS};
use proptest::prelude::*;
use serde_json::{Value, json};

fn batch(texts: &[String], tokens: Option<&[i64]>) -> Batch {
    let ids: StringArray = (0..texts.len()).map(|n| Some(n.to_string())).collect();
    let text: StringArray = texts.iter().map(Some).collect();
    let mut fields =
        vec![Field::new("__id", DataType::Utf8, false), Field::new("text", DataType::Utf8, true)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(text)];
    if let Some(tokens) = tokens {
        fields.push(Field::new("tokens", DataType::Int64, true));
        columns.push(Arc::new(Int64Array::from(tokens.to_vec())));
    }
    Batch::new(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()).unwrap()
}

fn keys(kind: &str, options: &Value, rows: &Batch) -> Vec<KeyRow> {
    let mut out = Vec::new();
    let def = KEYS.iter().find(|def| def.kind == kind).unwrap();
    (def.build)(options).unwrap().keys(rows, &mut out).unwrap();
    out
}

/// Row numbers that stay when the best row of each key is kept, the first among equals.
fn kept(kind: &str, options: &Value, rows: &Batch) -> Vec<usize> {
    let mut best: BTreeMap<u128, KeyRow> = BTreeMap::new();
    let mut keyed = vec![false; rows.len()];
    for key in keys(kind, options, rows) {
        keyed[key.row as usize] = true;
        let held = best.entry(key.key).or_insert(key);
        if key.rank < held.rank {
            *held = key;
        }
    }
    let mut stay: Vec<usize> = best.values().map(|key| key.row as usize).collect();
    stay.extend((0..rows.len()).filter(|&row| !keyed[row]));
    stay.sort_unstable();
    stay
}

fn shared_texts(path: &str) -> Option<Vec<String>> {
    let full = format!("{}/../../../shared/golden/discord/{path}", env!("CARGO_MANIFEST_DIR"));
    let Ok(bytes) = std::fs::read(&full) else {
        eprintln!("skipped: {path} is not here");
        return None;
    };
    let mut text = String::new();
    if path.ends_with(".gz") {
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    Some(column(&text, "text"))
}

/// A column of a CSV table.
fn column(csv: &str, name: &str) -> Vec<String> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = csv.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            c => field.push(c),
        }
    }
    let at = rows[0].iter().position(|n| n == name).unwrap();
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

#[test]
fn last_message_equals_the_original() {
    for (input, want) in [
        ("06-filterturns/combined2to1000.csv.gz", "07-dedupe/combined_2plus_deduped.csv.gz"),
        ("probes/dedupe-input.csv", "probes/dedupe-output.csv"),
    ] {
        let (Some(input), Some(want)) = (shared_texts(input), shared_texts(want)) else { return };
        let mut rows = batch(&input, None);
        let step = (MAPS[0].build)(&json!({}), &no_side_inputs()).unwrap();
        assert_eq!(step.schema(&rows.schema()).unwrap(), rows.schema());
        step.run(&mut rows, &mut StepTrace::default()).unwrap();
        rows.compact().unwrap();
        let got: Vec<&str> = kept("dedupe_last_message", &json!({}), &rows)
            .into_iter()
            .map(|row| rows.text("text").unwrap().value(row))
            .collect();
        assert_eq!(got, want);
        eprintln!("dedupe: {} rows equal", got.len());
    }
}

fn dialogue(messages: &[(&str, &str)]) -> String {
    let turns: Vec<String> =
        messages.iter().map(|(role, content)| format!("<|im_start|>{role}\n{content}<|im_end|>")).collect();
    turns.join("\n") + "<|end_of_text|>"
}

#[test]
fn stated_rules() {
    let texts = [
        dialogue(&[("user", "how is the bread"), ("assistant", "good")]),
        dialogue(&[("user", " how is the bread "), ("assistant", "good ")]),
        dialogue(&[("user", "how is the bread"), ("assistant", "good and warm")]),
        dialogue(&[("user", "where is the mill"), ("assistant", "good")]),
        "no markup at all".to_owned(),
        dialogue(&[("user", "how is the bread"), ("user", "longer than any other")]),
        dialogue(&[("assistant", "alone")]),
        dialogue(&[("assistant", "alone, too")]),
        "no markup at all".to_owned(),
    ];
    let plain = batch(&texts, None);
    assert_eq!(kept("dedupe_chain", &json!({}), &plain), [0, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(kept("dedupe_prefix", &json!({}), &plain), [2, 3, 4, 5, 6, 7, 8]);
    let counted = batch(&texts, Some(&[5, 90, 7, 5, 0, 0, 0, 0, 0]));
    assert_eq!(kept("dedupe_prefix", &json!({}), &counted), [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!(kept("dedupe_last_message", &json!({}), &plain), [0, 2, 4, 5, 6, 7, 8]);
    assert_eq!(kept("dedupe_exact", &json!({}), &plain), [0, 1, 2, 3, 4, 5, 6, 7]);
    let spaced = ["A b.", " a\n B.", "A-b", "Ab.", "A b 1", "A b 2", "A b."].map(str::to_owned);
    let spaced = batch(&spaced, Some(&[1, 2, 9, 3, 4, 5, 6]));
    for (options, stay) in [
        (json!({"compare": "exact"}), vec![0, 1, 2, 3, 4, 5]),
        (json!({"compare": "without_whitespace"}), vec![0, 1, 2, 4, 5]),
        (json!({"compare": "normalised"}), vec![0, 4, 5]),
        (json!({"compare": "normalised", "any_digit": true}), vec![0, 4]),
        (json!({"compare": "normalised", "keep": "longest"}), vec![1, 4, 5]),
        (json!({"compare": "normalised", "keep": "best", "best_by": "tokens"}), vec![2, 4, 5]),
        (json!({"compare": "exact", "keep": "best", "best_by": "tokens"}), vec![1, 2, 3, 4, 5, 6]),
    ] {
        assert_eq!(kept("dedupe_exact", &options, &spaced), stay, "{options}");
    }
}

#[test]
fn wrong_columns_and_options_are_refused() {
    let rows = batch(&["x".to_owned()], None);
    for def in KEYS {
        assert!((def.build)(&json!({"colour": 1})).is_err());
        let step = (def.build)(&json!({"column": "body"})).unwrap();
        assert_eq!(step.keys(&rows, &mut Vec::new()).unwrap_err().code(), "GM_STEP_MISSING_COLUMN");
    }
}

proptest! {
    #[test]
    fn keys_do_not_depend_on_batches(
        texts in prop::collection::vec("(<\\|im_start\\|>|user|assistant|\n|<\\|im_end\\|>|é| |[ab]){0,14}", 1..12),
        piece in 1_usize..5,
    ) {
        for def in KEYS {
            let whole = keys(def.kind, &json!({}), &batch(&texts, None));
            let mut pieces = Vec::new();
            for (n, texts) in texts.chunks(piece).enumerate() {
                for mut key in keys(def.kind, &json!({}), &batch(texts, None)) {
                    key.row += (n * piece) as u32;
                    pieces.push(key);
                }
            }
            prop_assert_eq!(whole, pieces);
        }
    }
}
