//! Layouts written down by hand after the papers; skipped where they are not there.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it skips"
)]

use std::ops::Range;

use gristmill_sequence::fim::{Order, Profile, lay_out, undo};
use gristmill_sequence::repository::{Packed, SourceFile, Style, lay_out_files};
use serde_json::Value;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden/code/fim_cases.json");

/// A span in characters as one in bytes.
fn bytes(text: &str, span: &Value) -> Range<usize> {
    let at = |n: &Value| {
        let n = usize::try_from(n.as_u64().unwrap()).unwrap();
        text.char_indices().nth(n).map_or(text.len(), |(at, _)| at)
    };
    at(&span[0])..at(&span[1])
}

#[test]
fn texts_are_laid_out_as_published() {
    let Ok(json) = std::fs::read_to_string(CASES) else {
        eprintln!("no goldens here: skipped");
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&json).unwrap();
    let mut seen = 0;
    for case in cases.iter().filter(|case| case["mode"] != "repo") {
        let text = case["text"].as_str().unwrap();
        let holes: Vec<Range<usize>> =
            case["spans"].as_array().unwrap().iter().map(|span| bytes(text, span)).collect();
        let profile = match case["tokens"].as_str() {
            None => Profile::Default,
            Some("deepseek") => Profile::Deepseek,
            Some("santacoder") => Profile::Santacoder,
            Some("starcoder") => Profile::Starcoder,
            Some(other) => panic!("no profile {other}"),
        };
        let order = if case["mode"] == "spm" { Order::Spm } else { Order::Psm };
        let mut out = String::new();
        lay_out(text, &holes, order, &profile.tokens(), &mut out);
        assert_eq!(undo(&out, &profile.tokens()).unwrap(), text, "{}", case["name"]);
        if case["eot"] == true {
            out.push_str("<|endoftext|>");
        }
        assert_eq!(out, case["expected"].as_str().unwrap(), "{}", case["name"]);
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn files_of_a_repository_are_laid_out_as_published() {
    let Ok(json) = std::fs::read_to_string(CASES) else {
        eprintln!("no goldens here: skipped");
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&json).unwrap();
    let mut seen = 0;
    for case in cases.iter().filter(|case| case["mode"] == "repo") {
        let style = match case["style"].as_str().unwrap() {
            "starcoder2" => Style::Starcoder2,
            "qwen2.5-coder" => Style::Qwen,
            "guide" => Style::Plain,
            other => panic!("no style {other}"),
        };
        let names = case["metadata"].as_bool().unwrap_or(true);
        let files: Vec<SourceFile<'_>> = case["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| SourceFile { path: file[0].as_str().unwrap(), text: file[1].as_str().unwrap() })
            .collect();
        let cut = case["fim_file"].as_u64().map(|at| {
            let at = usize::try_from(at).unwrap();
            let text = Packed::cut_text(style, names, files[at]);
            (at, vec![bytes(&text, &case["spans"][0])], Order::Psm)
        });
        let repository = case["repo"].as_str().unwrap();
        let mut out = String::new();
        lay_out_files(
            style,
            &Packed { repository, files: &files, names, cut, end: "<|endoftext|>" },
            &mut out,
        );
        assert_eq!(out, case["expected"].as_str().unwrap(), "{}", case["name"]);
        seen += 1;
    }
    assert_eq!(seen, 5);
}
