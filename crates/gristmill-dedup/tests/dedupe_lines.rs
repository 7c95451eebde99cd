//! Lines and paragraphs from end to end on generated texts, against a count of all of them in one map; and the same
//! bytes whatever the threads, batches, tasks, memory and format of parts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs::File;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::engine::Role;
use gristmill_core::{Failure, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

use support::{Bench, Dice, Manner, PLAIN, source};

const WORDS: [&str; 6] = ["Mühle", "MÜHLE", "mill", "12", "13", "水車"];
const BETWEEN: [&str; 6] = [" ", "  ", ", ", "-", "\t", "\u{a0}"];
const BREAKS: [&str; 6] = ["\n", "\n", "\r\n", "\n\n", "\n \n\n", " \n"];

/// Texts of lines that often come again; some rows have none.
fn texts(seed: u64, count: usize) -> Vec<Option<String>> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|row| {
            let mut text = String::new();
            for _ in 0..dice.below(9) {
                if dice.below(6) == 0 {
                    write!(text, "all of row {row} and {}", dice.below(3)).unwrap();
                }
                for _ in 0..dice.below(4) {
                    text.push_str(WORDS[dice.below(6) as usize]);
                    text.push_str(BETWEEN[dice.below(6) as usize]);
                }
                text.push_str(BREAKS[dice.below(6) as usize]);
            }
            if dice.below(2) == 0 {
                text.truncate(text.trim_end().len());
            }
            (dice.below(20) > 0).then_some(text)
        })
        .collect()
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("__id", DataType::Utf8, false),
        Field::new("text", DataType::Utf8, true),
    ]))
}

fn open_input(spec: &Value) -> Result<Source, Failure> {
    source(spec, |input| {
        let texts = texts(input.seed, input.count);
        Box::new(move |from, to| {
            let ids: StringArray = (from..to).map(|i| Some(i.to_string())).collect();
            let texts: StringArray = texts[from..to].iter().cloned().collect();
            RecordBatch::try_new(schema(), vec![Arc::new(ids), Arc::new(texts)]).unwrap()
        })
    })
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    unit: &'static str,
    compare: &'static str,
    any_digit: bool,
    min_chars: usize,
    max: usize,
    all: bool,
    min_left: f64,
    action: &'static str,
}

/// A text and, where flagged, shares.
type Left = (Option<String>, Option<(f64, f64)>);

/// What came out: by row its text and, where flagged, shares; dropped rows with their reasons; the report.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    texts: BTreeMap<usize, Left>,
    dropped: BTreeMap<usize, String>,
    duplicates: u64,
    characters: u64,
    most: Vec<u64>,
}

/// Runs the step over generated texts: what came out, and the bytes of the marks.
fn dedupe_lines(seed: u64, count: usize, asked: Asked, manner: Manner) -> (Outcome, Vec<u8>) {
    let bench = Bench::new(manner, open_input);
    let options = json!({"column": "text", "unit": asked.unit, "compare": asked.compare,
        "any_digit": asked.any_digit, "min_chars": asked.min_chars});
    let keys = json!({"kind": "dedupe_lines", "options": options, "partitions": 1, "sort": "key"});
    let committed = bench.commit(seed, count, &keys, 4_000);
    let step = json!({"kind": "dedupe_lines", "options": options});
    let decider = json!({"kind": "repeats", "step": step, "max": asked.max, "all": asked.all});
    let files = bench.decide(&committed, &decider);
    let report: Value =
        serde_json::from_slice(&std::fs::read(bench.file(&files, Role::Result)).unwrap()).unwrap();
    let marks = json!({"step": "lines", "files": [bench.file(&files, Role::Marks)], "reasons": [],
        "count": true, "label": false, "many": true});
    let cut = json!({"column": "text", "unit": asked.unit, "action": asked.action, "min_left": asked.min_left,
        "changes": "excerpts"});
    let chain = json!({"steps": [{"step": "dedupe_lines", "kind": "cut_lines", "options": cut, "side": {}}]});
    let landed = bench.read(&committed, &marks, chain);
    assert!(landed.counts.iter().all(|(_, counts)| counts.balanced()));
    let mut outcome = Outcome {
        duplicates: report["duplicates"].as_u64().unwrap(),
        characters: report["characters"]["duplicates"].as_u64().unwrap(),
        most: report["examples"].as_array().unwrap().iter().map(|e| e["times"].as_u64().unwrap()).collect(),
        ..Outcome::default()
    };
    assert!(report["examples"].as_array().unwrap().iter().all(|e| e["text"] != ""));
    for file in &landed.files {
        let read = File::open(bench.path(file)).unwrap();
        for batch in arrow_ipc::reader::FileReader::try_new(read, None).unwrap() {
            let batch = batch.unwrap();
            let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
            let share = |name: &str, row: usize| {
                batch.column_by_name(name).map(|column| column.as_primitive::<Float64Type>().value(row))
            };
            for row in 0..batch.num_rows() {
                if file.role == Role::Trace {
                    if text("kind").value(row) == "dropped" {
                        let id = text("id").value(row).parse().unwrap();
                        outcome.dropped.insert(id, text("reason").value(row).to_owned());
                    }
                    continue;
                }
                let found = text("text").iter().nth(row).unwrap().map(str::to_owned);
                let name = format!("duplicate_{}", asked.unit);
                let chars = format!("{}_chars", name.trim_end_matches('s'));
                let shares = share(&name, row).zip(share(&chars, row)).filter(|_| found.is_some());
                outcome.texts.insert(text("__id").value(row).parse().unwrap(), (found, shares));
            }
        }
    }
    (outcome, std::fs::read(bench.file(&files, Role::Marks)).unwrap())
}

/// The units of a text as ranges of its lines.
fn ranges(lines: &[&str], unit: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for at in (0..lines.len()).filter(|&at| !lines[at].trim().is_empty()) {
        match found.last_mut() {
            Some(last) if unit == "paragraphs" && last.1 == at => last.1 = at + 1,
            _ => found.push((at, at + 1)),
        }
    }
    found
}

fn form(text: &str, asked: Asked) -> String {
    match asked.compare {
        "exact" => text.to_owned(),
        "without_whitespace" => text.split_whitespace().collect(),
        _ => {
            let lower = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
            lower.map(|c| if asked.any_digit && c.is_numeric() { '0' } else { c }).collect()
        }
    }
}

/// The same by counting all units in one map.
fn brute_force(texts: &[Option<String>], asked: Asked) -> Outcome {
    let mut outcome = Outcome::default();
    let cut: Vec<Vec<&str>> =
        texts.iter().map(|text| text.as_deref().unwrap_or("").split_inclusive('\n').collect()).collect();
    let units: Vec<Vec<(usize, usize)>> = cut.iter().map(|lines| ranges(lines, asked.unit)).collect();
    let content = |row: usize, (from, to): (usize, usize)| cut[row][from..to].concat().trim_end().to_owned();
    let mut times: HashMap<String, usize> = HashMap::new();
    for (row, units) in units.iter().enumerate() {
        for &unit in units {
            *times.entry(form(&content(row, unit), asked)).or_default() += 1;
        }
    }
    let mut before: HashMap<String, usize> = HashMap::new();
    for (row, units) in units.iter().enumerate() {
        let Some(text) = &texts[row] else {
            outcome.texts.insert(row, (None, None));
            continue;
        };
        let mut gone = vec![false; cut[row].len()];
        let mut cut_units = 0;
        for &unit in units {
            let content = content(row, unit);
            let form = form(&content, asked);
            if form.chars().count() < asked.min_chars {
                continue;
            }
            let seen = before.entry(form.clone()).or_default();
            *seen += 1;
            if *seen > asked.max || (asked.all && times[&form] > asked.max) {
                cut_units += 1;
                outcome.duplicates += 1;
                outcome.characters += content.chars().count() as u64;
                gone[unit.0..unit.1].fill(true);
            }
        }
        let size = |wanted: bool| -> usize {
            let lines = cut[row].iter().zip(&gone).filter(|(_, gone)| **gone || !wanted);
            lines.map(|(line, _)| line.trim_end().chars().count()).sum()
        };
        let (all, cut_size) = (size(false), size(true));
        if asked.action == "flag" {
            let shares =
                (f64::from(cut_units) / units.len().max(1) as f64, cut_size as f64 / all.max(1) as f64);
            outcome.texts.insert(row, (Some(text.clone()), Some(shares)));
        } else if cut_units == 0 {
            outcome.texts.insert(row, (Some(text.clone()), None));
        } else if cut_size == all {
            outcome.dropped.insert(row, "all_duplicate".to_owned());
        } else if (all - cut_size) as f64 / (all as f64) < asked.min_left {
            outcome.dropped.insert(row, "mostly_duplicate".to_owned());
        } else {
            outcome.texts.insert(row, (Some(rest(&cut[row], &gone)), None));
        }
    }
    let mut most: Vec<u64> = before.values().filter(|&&n| n > asked.max).map(|&n| n as u64).collect();
    most.sort_unstable_by(|a, b| b.cmp(a));
    most.truncate(20);
    outcome.most = most;
    outcome
}

/// The lines that stay. Behind a gap a blank line stays if it is the first since the last line that says something, at
/// the ends of a text none.
fn rest(lines: &[&str], gone: &[bool]) -> String {
    let blank = |at: usize| lines[at].trim().is_empty();
    let mut stay: Vec<bool> = gone.iter().map(|gone| !gone).collect();
    let last = (0..lines.len()).rfind(|&at| !gone[at] && !blank(at)).unwrap();
    let gap_at_end = gone[last..].contains(&true);
    for at in (0..lines.len()).filter(|&at| blank(at)) {
        let said = (0..at).rfind(|&before| !gone[before] && !blank(before));
        let since = said.map_or(0, |said| said + 1);
        let gap = gone[since..at].contains(&true);
        let first = said.is_some() && !(since..at).any(|before| blank(before) && stay[before]);
        stay[at] = (!gap || first) && !(gap_at_end && at > last);
    }
    let text: String = lines.iter().zip(&stay).filter(|(_, stay)| **stay).map(|(line, _)| *line).collect();
    if gap_at_end && !lines.concat().ends_with('\n') {
        return text.trim_end_matches(['\n', '\r']).to_owned();
    }
    text
}

const CUT: Asked = Asked {
    unit: "lines",
    compare: "normalised",
    any_digit: false,
    min_chars: 5,
    max: 1,
    all: false,
    min_left: 0.0,
    action: "cut",
};

#[test]
fn finds_what_a_map_of_all_lines_finds() {
    for (seed, unit, compare, any_digit, min_chars, max, all, min_left, action) in [
        (1, "lines", "normalised", false, 5, 1, false, 0.0, "cut"),
        (2, "lines", "normalised", true, 1, 1, false, 0.5, "cut"),
        (3, "lines", "exact", false, 4, 2, false, 0.2, "cut"),
        (4, "lines", "without_whitespace", false, 6, 3, true, 0.0, "cut"),
        (5, "paragraphs", "normalised", false, 5, 1, false, 0.3, "cut"),
        (6, "paragraphs", "without_whitespace", false, 3, 1, true, 0.0, "cut"),
        (7, "lines", "normalised", false, 5, 1, true, 0.0, "flag"),
        (8, "paragraphs", "exact", false, 3, 1, false, 0.0, "flag"),
    ] {
        let asked = Asked { unit, compare, any_digit, min_chars, max, all, min_left, action };
        let wanted = brute_force(&texts(seed, 400), asked);
        let (found, _) = dedupe_lines(seed, 400, asked, PLAIN);
        assert!(wanted.duplicates > 30, "seed {seed}: there is something to find");
        for (row, wanted) in &wanted.texts {
            assert_eq!(found.texts.get(row), Some(wanted), "seed {seed}, row {row}");
        }
        assert_eq!(found, wanted, "seed {seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_manner_of_the_run_does_not_show(
        seed in 0_u64..1000, threads in 1_usize..5, batch in 1_usize..400, tasks in 1_usize..5,
        small in any::<bool>(), parquet in any::<bool>(), all in any::<bool>(),
    ) {
        let asked = Asked { all, max: if all { 4 } else { 1 }, ..CUT };
        let memory = if small { 1 } else { 1 << 30 };
        let format = if parquet { "parquet" } else { "arrow" };
        let manner = Manner { threads, batch, tasks, memory, format, ..PLAIN };
        let (found, marks) = dedupe_lines(seed, 900, asked, manner);
        prop_assert_eq!(&found, &brute_force(&texts(seed, 900), asked));
        let (_, alone) = dedupe_lines(seed, 900, asked, Manner { threads: 1, batch: 7, memory: 1 << 30, ..manner });
        prop_assert!(marks == alone, "the marks depend on threads, batches or memory");
    }
}
