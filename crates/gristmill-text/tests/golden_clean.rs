//! Preset `parity` against the outputs of the original program, where the shared goldens are at hand.
#![expect(clippy::print_stderr, reason = "figures are worth seeing")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use common::{Table, golden};
use gristmill_core::{Batch, ID_COLUMN, StepTrace, no_side_inputs};
use gristmill_text::{
    CleanOptions, Cleaned, Cleaner, Layout, MAPS, Preset, Scratch, Verdict, clean_texts, rule_list,
};

/// Parity with some rules off.
fn parity(off: &[&str]) -> CleanOptions {
    let mut options = CleanOptions::preset(Preset::Parity);
    options.rules.extend(off.iter().map(|&name| (name.to_owned(), "off".into())));
    options
}

/// Parity with one rule alone.
fn alone(rule: &str) -> CleanOptions {
    let rules = rule_list();
    let names = rules.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap());
    parity(&names.filter(|&name| name != rule).collect::<Vec<_>>())
}

/// Reason as the original spells it.
fn original_reason(reason: &str) -> String {
    reason.to_uppercase().replace("HIRAGANA_KATAKANA", "HIRAGANA/KATAKANA")
}

/// Reason (empty when kept) with detail, and the text as it came out.
fn run(cleaner: &Cleaner, text: &str, scratch: &mut Scratch) -> (String, String, String) {
    let verdict = cleaner.clean(text, scratch);
    let out = if scratch.changed() { scratch.text() } else { text }.to_owned();
    match verdict {
        Verdict::Dropped(drop) => {
            let detail = drop.rule.split_once(": ").map_or("", |(_, detail)| detail).to_owned();
            (drop.reason, detail, out)
        }
        _ => (String::new(), String::new(), out),
    }
}

/// Compares all of one run: rows turned away with reason and text, rows kept with and without slang, rows invalid.
fn compare(input: &Table, folder: &str, extension: &str) {
    let table = |name: &str| golden(&format!("{folder}/{name}.csv{extension}")).unwrap();
    let texts = |table: &Table| table.column("text").map(str::to_owned).collect::<Vec<_>>();
    let trim = Cleaner::new(&parity(&["slang", "format"])).unwrap();
    let with_slang = Cleaner::new(&parity(&["format"])).unwrap();
    let whole = Cleaner::new(&parity(&[])).unwrap();

    let (mut bad, mut trimmed, mut slang) = (Vec::new(), Vec::new(), Vec::new());
    let (mut done, mut invalid) = (Vec::new(), Vec::new());
    let mut scratch = Scratch::default();
    for text in input.column("text") {
        let (reason, _, out) = run(&trim, text, &mut scratch);
        if reason == "empty" {
            continue; // the original loses such rows without a trace
        }
        if !reason.is_empty() {
            bad.push((original_reason(&reason), out));
            continue;
        }
        trimmed.push(out);
        slang.push(run(&with_slang, text, &mut scratch).2);
        let (reason, detail, out) = run(&whole, text, &mut scratch);
        if reason.is_empty() {
            done.push(out);
        } else {
            assert!(reason.starts_with("invalid_"), "{reason}");
            invalid.push((detail, out));
        }
    }
    let want = table("bad");
    let want =
        want.column("reason").zip(want.column("text")).map(|(r, t)| (r.to_owned(), t.to_owned())).collect();
    same(&format!("{folder} bad"), bad, want);
    same(&format!("{folder} trimmed"), trimmed, texts(&table("trimmed")));
    same(&format!("{folder} slangremoved"), slang, texts(&table("slangremoved")));
    same(&format!("{folder} done"), done, texts(&table("done")));
    let want = golden(&format!("{folder}/invalid.csv")).unwrap();
    let rule = |reason: &str| {
        let rest = reason.split_once(": ").map_or(reason, |(_, rest)| rest);
        rest.split(" — ").next().unwrap_or_default().to_owned()
    };
    let want = want.column("reason").zip(want.column("text")).map(|(r, t)| (rule(r), t.to_owned())).collect();
    same(&format!("{folder} invalid"), invalid, want);
}

/// Equality as multisets: the original writes accepted rows by chunk and samples the rest.
fn same<T: Ord + std::fmt::Debug>(what: &str, mut got: Vec<T>, mut want: Vec<T>) {
    got.sort();
    want.sort();
    eprintln!("{what}: {} rows, want {}", got.len(), want.len());
    let odd: Vec<_> = got.iter().filter(|row| want.binary_search(row).is_err()).take(3).collect();
    let missing: Vec<_> = want.iter().filter(|row| got.binary_search(row).is_err()).take(3).collect();
    assert!(got == want, "{what}: unexpected {odd:#?}, missing {missing:#?}");
}

#[test]
fn parity_equals_the_golden_of_the_shared_chat() {
    let Some(input) = golden("02-chains/dump.csv.gz") else { return };
    assert_eq!(input.rows(), 2322);
    compare(&input, "03-smartclean", ".gz");
}

#[test]
fn parity_equals_the_golden_of_the_fixtures() {
    let Some(input) = golden("fixtures/02-chains/dump.csv") else { return };
    compare(&input, "fixtures/03-smartclean", "");
}

/// The log of the slang step: for each text it changed the whole text before and after.
fn compare_slang_log(folder: &str, extension: &str) {
    let Some(trimmed) = golden(&format!("{folder}/trimmed.csv{extension}")) else { return };
    let texts: StringArray = trimmed.column("text").map(Some).collect();
    let ids: StringArray = (0..texts.len()).map(|row| Some(row.to_string())).collect();
    let columns: [(&str, ArrayRef, bool); 2] =
        [(ID_COLUMN, Arc::new(ids), false), ("text", Arc::new(texts), true)];
    let mut batch = Batch::new(RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
    let def = MAPS.iter().find(|def| def.kind == "slang").unwrap();
    let options = serde_json::json!({"preset": "parity", "changes": "full"});
    let mut trace = StepTrace::default();
    (def.build)(&options, &no_side_inputs()).unwrap().run(&mut batch, &mut trace).unwrap();
    let got = trace.rejects.into_iter().map(|change| (change.excerpt, change.after)).collect();
    let want =
        golden(&format!("{folder}/changes.csv")).or_else(|| golden(&format!("{folder}/changes.csv.gz")));
    let want = want.unwrap();
    let pair = |row| (want.value(row, "original").to_owned(), want.value(row, "cleaned").to_owned());
    let want = (0..want.rows()).filter(|&row| want.value(row, "column") == "text").map(pair).collect();
    same(&format!("{folder} changes"), got, want);
}

#[test]
fn the_slang_log_equals_the_golden() {
    compare_slang_log("03-smartclean", ".gz");
    compare_slang_log("fixtures/03-smartclean", "");
}

#[test]
fn parity_equals_the_probes() {
    let Some(probes) = golden("probes/smartclean.csv") else { return };
    let cleaner = Cleaner::new(&parity(&["slang", "format"])).unwrap();
    let format = Cleaner::new(&alone("format")).unwrap();
    let mut scratch = Scratch::default();
    let mut wrong = Vec::new();
    for row in 0..probes.rows() {
        let text = probes.value(row, "input_text");
        let (reason, _, output) = run(&cleaner, text, &mut scratch);
        let result = if reason.is_empty() { "OK".to_owned() } else { original_reason(&reason) };
        let (reason, detail, _) = run(&format, &output, &mut scratch);
        let check = if reason.is_empty() { "valid".to_owned() } else { format!("0: {detail}") };
        let want = ["result", "output_text", "doublecheck"].map(|name| probes.value(row, name).to_owned());
        if want != [result.clone(), output.clone(), check.clone()] {
            wrong.push((text.to_owned(), want, [result, output, check]));
        }
    }
    eprintln!("probes: {} rows, {} wrong", probes.rows(), wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn parity_slang_equals_the_probes() {
    let Some(probes) = golden("probes/slang.csv") else { return };
    let mut options = alone("slang");
    options.layout = Layout::Plain;
    let cleaner = Cleaner::new(&options).unwrap();
    let results = clean_texts(&cleaner, probes.column("input"));
    let got: Vec<String> = probes
        .column("input")
        .zip(results)
        .map(|(input, cleaned)| match cleaned {
            Cleaned::Changed(text) => text,
            _ => input.to_owned(),
        })
        .collect();
    assert_eq!(got, probes.column("output").collect::<Vec<_>>());
}

#[test]
fn the_prefilter_changes_no_verdict() {
    let tables = [golden("02-chains/dump.csv.gz"), golden("fixtures/02-chains/dump.csv")];
    for preset in [Preset::Fixed, Preset::Parity] {
        let cleaner = Cleaner::new(&CleanOptions::preset(preset)).unwrap();
        let (mut one, mut two) = (Scratch::default(), Scratch::default());
        let mut reasons = std::collections::BTreeMap::new();
        for text in tables.iter().flatten().flat_map(|table| table.column("text")) {
            let verdict = cleaner.clean(text, &mut one);
            assert_eq!(verdict, cleaner.clean_unfiltered(text, &mut two), "{text}");
            assert_eq!(one.changed().then(|| one.text()), two.changed().then(|| two.text()));
            if let Verdict::Dropped(drop) = verdict {
                *reasons.entry(drop.reason).or_insert(0) += 1;
            }
        }
        eprintln!("{preset:?}: {reasons:?}");
    }
}
