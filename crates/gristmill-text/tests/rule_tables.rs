//! Every rule has a table in `fixtures/rules`, and does what its table says, alone, with and without the prefilter.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use gristmill_text::{CleanOptions, Cleaner, Layout, Preset, Scratch, Verdict, rule_list};
use serde::Deserialize;
use serde_json::{Value, json};

/// One line of a table. A text with turn tags is read as a dialogue, any other as one message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    options: CaseOptions,
    text: String,
    want: Option<String>,
    drop: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CaseOptions {
    preset: Preset,
    rule: Option<Value>,
}

fn names() -> Vec<String> {
    rule_list().as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
}

fn cleaner(rule: &str, case: &Case) -> Cleaner {
    let mut options = CleanOptions::preset(case.options.preset);
    let dialogue = ["<|im_start|>", "<|end_of_text|>"].iter().any(|tag| case.text.contains(tag));
    options.layout = if dialogue { Layout::Chatml } else { Layout::Plain };
    for name in names() {
        options.rules.insert(name, "off".into());
    }
    options.rules.insert(rule.to_owned(), case.options.rule.clone().unwrap_or_else(|| json!("on")));
    Cleaner::new(&options).unwrap()
}

#[test]
fn every_rule_does_what_its_table_says() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/rules"));
    for rule in names() {
        let path = folder.join(format!("{rule}.jsonl"));
        let table = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("rule `{rule}` has no table"));
        let cases: Vec<Case> = table.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(cases.len() >= 2, "table of `{rule}` is too short");
        for case in &cases {
            let cleaner = cleaner(&rule, case);
            let mut scratch = Scratch::default();
            for filtered in [true, false] {
                let verdict = if filtered {
                    cleaner.clean(&case.text, &mut scratch)
                } else {
                    cleaner.clean_unfiltered(&case.text, &mut scratch)
                };
                let place = format!("{rule}: {} (filtered: {filtered})", case.name);
                match (verdict, &case.want, &case.drop) {
                    (Verdict::Kept, Some(want), None) => assert_eq!(want, &case.text, "{place}"),
                    (Verdict::Changed, Some(want), None) => assert_eq!(want, scratch.text(), "{place}"),
                    (Verdict::Dropped(drop), None, Some(reason)) => {
                        assert_eq!(&drop.reason, reason, "{place}");
                        let text = if scratch.changed() { scratch.text() } else { &case.text };
                        assert!(text.get(drop.span.clone()).is_some(), "{place}: {:?}", drop.span);
                    }
                    (other, ..) => panic!("{place}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn every_table_belongs_to_a_rule() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/rules");
    let names = names();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(names.contains(&stem), "`{stem}` is no rule");
    }
}
