//! Near duplicates from end to end on generated texts, against every pair compared word by word; and the same trace
//! whatever the threads, batches, tasks, memory and format of parts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::engine::Role;
use gristmill_core::{Failure, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

use support::{Bench, Dice, Manner, PLAIN, source};

/// Texts of which many are copies or variants of earlier ones.
fn texts(seed: u64, count: usize) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut all: Vec<Vec<String>> = Vec::new();
    for _ in 0..count {
        let mut words: Vec<String> = if all.is_empty() || dice.below(10) < 5 {
            let length = [2, 12, 40, 150][dice.below(4) as usize] + dice.below(10);
            (0..length).map(|_| format!("w{}", dice.below(3000))).collect()
        } else {
            all[dice.below(all.len() as u64) as usize].clone()
        };
        for _ in 0..dice.below(4) {
            let at = dice.below(words.len() as u64) as usize;
            words[at] = format!("x{}", dice.below(3000));
        }
        all.push(words);
    }
    let mark = |dice: &mut Dice| [" ", "  ", ", ", " - ", "\n"][dice.below(5) as usize];
    all.iter()
        .map(|words| {
            let mut text = String::new();
            for word in words {
                text.push_str(if dice.below(20) == 0 { word.to_uppercase() } else { word.clone() }.as_str());
                if words.len() >= 5 {
                    text.push_str(mark(&mut dice));
                } else {
                    text.push(' ');
                }
            }
            text
        })
        .collect()
}

/// Shingles as plain strings; texts too short for one as themselves.
fn sets(texts: &[String], unit: &str) -> Vec<HashSet<String>> {
    texts
        .iter()
        .map(|text| {
            let cased = if unit == "code" { text.clone() } else { text.to_lowercase() };
            let (tokens, size): (Vec<String>, usize) = if unit == "chars" {
                let blanked = cased.split_whitespace().collect::<Vec<_>>().join(" ");
                (blanked.chars().map(String::from).collect(), 3)
            } else {
                let words = cased.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
                (words.map(str::to_owned).collect(), 5)
            };
            if tokens.len() < size {
                return HashSet::from([cased.split_whitespace().collect::<String>()]);
            }
            tokens.windows(size).map(|run| run.join("\u{1}")).collect()
        })
        .collect()
}

fn similarity(a: &HashSet<String>, b: &HashSet<String>) -> f64 {
    let both = a.intersection(b).count();
    both as f64 / (a.len() + b.len() - both) as f64
}

/// The first row of the cluster of each row, by comparing all pairs.
fn brute_force(sets: &[HashSet<String>], threshold: f64) -> Vec<usize> {
    let mut first: Vec<usize> = (0..sets.len()).collect();
    for b in 0..sets.len() {
        for a in 0..b {
            if similarity(&sets[a], &sets[b]) >= threshold && first[a] != first[b] {
                let (low, high) = (first[a].min(first[b]), first[a].max(first[b]));
                first.iter_mut().filter(|f| **f == high).for_each(|f| *f = low);
            }
        }
    }
    first
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("__id", DataType::Utf8, false),
        Field::new("text", DataType::Utf8, true),
        Field::new("stars", DataType::Int64, true),
    ]))
}

fn open_input(spec: &Value) -> Result<Source, Failure> {
    source(spec, |input| {
        let texts = texts(input.seed, input.count);
        Box::new(move |from, to| {
            let ids: StringArray = (from..to).map(|i| Some(i.to_string())).collect();
            let texts: StringArray = texts[from..to].iter().map(Some).collect();
            let stars: Int64Array =
                (from..to).map(|i| (i % 3 != 0).then_some(i as i64 * 7919 % 10)).collect();
            RecordBatch::try_new(schema(), vec![Arc::new(ids), Arc::new(texts), Arc::new(stars)]).unwrap()
        })
    })
}

/// One line of the trace of a dropped row: reason, rule, twin.
type Told = BTreeMap<usize, (String, String, String)>;

/// How the row of a cluster that stays is chosen.
#[derive(Clone, Copy)]
struct Choice {
    keep: &'static str,
    sequential: bool,
}

const FIRST: Choice = Choice { keep: "first", sequential: false };
const BEST: Choice = Choice { keep: "best", sequential: false };

/// Runs the step over generated texts: the trace and the report.
fn near_dedup(seed: u64, count: usize, options: &Value, choice: Choice, manner: Manner) -> (Told, Value) {
    let bench = Bench::new(manner, open_input);
    let step = json!({"kind": "near_dedup", "options": options});
    let keys = json!({"kind": "near_dedup", "options": options, "partitions": 1, "sort": "alike"});
    let committed = bench.commit(seed, count, &keys, 20_000);
    let decider =
        json!({"kind": "alike", "keep": choice.keep, "sequential": choice.sequential, "step": step});
    let files = bench.decide(&committed, &decider);
    let report = serde_json::from_slice(&std::fs::read(bench.file(&files, Role::Result)).unwrap()).unwrap();
    let marks = json!({"step": "near", "files": [bench.file(&files, Role::Marks)],
        "reasons": ["copy", "like"], "count": true, "label": false, "notes": bench.file(&files, Role::Notes)});
    let landed = bench.read(&committed, &marks, json!({"steps": []}));
    let left: Vec<_> = std::fs::read_dir(bench.folder()).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{left:?}");
    let mut told = Told::new();
    for file in landed.files.iter().filter(|f| f.role == Role::Trace) {
        let file = File::open(bench.path(file)).unwrap();
        for batch in arrow_ipc::reader::FileReader::try_new(file, None).unwrap() {
            let batch = batch.unwrap();
            let column = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
            let (ids, reasons, rules, twins) =
                (column("id"), column("reason"), column("rule"), column("twin"));
            for row in 0..batch.num_rows() {
                let text = |column: &StringArray| column.value(row).to_owned();
                told.insert(ids.value(row).parse().unwrap(), (text(&reasons), text(&rules), text(&twins)));
            }
        }
    }
    assert_eq!(landed.rows as usize + told.len(), count);
    (told, report)
}

fn options(threshold: f64, keep: &str) -> Value {
    json!({"column": "text", "shingles": "words", "size": 5, "threshold": threshold, "permutations": 128,
        "recall": 0.97, "verify": "exact", "keep": keep, "by": if keep == "best" { json!("stars") } else { json!(null) }})
}

/// Pairs of rows in one cluster, given each row's first.
fn pairs(first: &[usize]) -> BTreeSet<(usize, usize)> {
    (0..first.len())
        .flat_map(|b| (0..b).map(move |a| (a, b)))
        .filter(|&(a, b)| first[a] == first[b])
        .collect()
}

#[test]
fn room_in_memory_changes_nothing_but_where_files_are() {
    for (seed, keep) in [(11, "first"), (12, "longest")] {
        let decided = if keep == "first" { FIRST } else { BEST };
        let on_disk = near_dedup(seed, 300, &options(0.7, keep), decided, PLAIN);
        for (room, threads, tasks) in
            [(0, 1, 1), (500, 2, 3), (30_000, 2, 2), (60_000, 1, 3), (1 << 30, 3, 2)]
        {
            let manner = Manner { threads, tasks, room: Some(room), ..PLAIN };
            let found = near_dedup(seed, 300, &options(0.7, keep), decided, manner);
            assert_eq!(found, on_disk, "seed {seed}, room {room}");
        }
    }
}

#[test]
fn finds_what_comparing_all_pairs_finds() {
    for (seed, threshold, unit) in [
        (1, 0.8, "words"),
        (2, 0.7, "words"),
        (3, 0.5, "words"),
        (4, 0.9, "words"),
        (7, 0.3, "code"),
        (8, 0.5, "chars"),
    ] {
        let sets = sets(&texts(seed, 300), unit);
        let wanted = pairs(&brute_force(&sets, threshold));
        let mut options = options(threshold, "first");
        options["shingles"] = json!(unit);
        options["size"] = json!(if unit == "chars" { 3 } else { 5 });
        let (told, report) = near_dedup(seed, 300, &options, FIRST, PLAIN);
        let mut first: Vec<usize> = (0..300).collect();
        for (&row, (reason, rule, twin)) in &told {
            first[row] = twin.parse().unwrap();
            let found: f64 = rule.rsplit_once(' ').unwrap().1.parse().unwrap();
            let exact = similarity(&sets[row], &sets[first[row]]);
            assert!((found - exact).abs() < 1e-4, "{row}: {rule}, in truth {exact}");
            assert!(reason == "like" || (exact - 1.0).abs() < 1e-9);
        }
        let found = pairs(&first);
        assert!(found.is_subset(&wanted), "seed {seed}: {:?}", found.difference(&wanted).next());
        let recall = found.len() as f64 / wanted.len() as f64;
        assert!(recall >= 0.985, "seed {seed}: {recall} of {}", wanted.len());
        assert!(wanted.len() > 30, "seed {seed}: there is something to find");
        assert_eq!(
            report["clusters"]["rows"].as_u64().unwrap() - report["clusters"]["count"].as_u64().unwrap(),
            told.len() as u64
        );
    }
}

#[test]
fn the_best_row_of_a_cluster_stays() {
    let texts = texts(5, 300);
    let stars = |row: usize| (!row.is_multiple_of(3)).then_some(row * 7919 % 10);
    for keep in ["longest", "best"] {
        let (told, _) = near_dedup(5, 300, &options(0.7, keep), BEST, PLAIN);
        let (by_first, _) = near_dedup(5, 300, &options(0.7, "first"), FIRST, PLAIN);
        assert_eq!(told.len(), by_first.len());
        for (&row, (_, _, twin)) in &told {
            let twin: usize = twin.parse().unwrap();
            assert!(!told.contains_key(&twin));
            if keep == "best" {
                assert!(stars(twin) >= stars(row), "{row} {twin}");
            } else {
                assert!(texts[twin].len() >= texts[row].len(), "{row} {twin}");
            }
        }
    }
}

/// For each row that goes the row it goes for: in the order of ranks, the first that it is like and that stays.
fn one_by_one(sets: &[HashSet<String>], order: &[usize], threshold: f64) -> BTreeMap<usize, usize> {
    let mut gone = BTreeMap::new();
    let mut stay: Vec<usize> = Vec::new();
    for &row in order {
        match stay.iter().find(|&&other| similarity(&sets[row], &sets[other]) >= threshold) {
            Some(&other) => {
                gone.insert(row, other);
            }
            None => stay.push(row),
        }
    }
    gone
}

#[test]
fn in_sequence_a_row_goes_only_for_one_that_stays() {
    let mut fewer = 0;
    for (seed, threshold, keep) in
        [(1, 0.5, "first"), (2, 0.6, "first"), (3, 0.5, "best"), (4, 0.6, "longest")]
    {
        let texts = texts(seed, 300);
        let sets = sets(&texts, "words");
        let mut order: Vec<usize> = (0..300).collect();
        let stars = |row: usize| (!row.is_multiple_of(3)).then_some(row * 7919 % 10);
        match keep {
            "best" => order.sort_by_key(|&row| (Reverse(stars(row)), Reverse(texts[row].len()), row)),
            "longest" => order.sort_by_key(|&row| (Reverse(texts[row].len()), row)),
            _ => {}
        }
        let wanted = one_by_one(&sets, &order, threshold);
        let mut options = options(threshold, keep);
        // Nearly every pair is compared, so that what goes is what must go.
        options["recall"] = json!(0.9999);
        let choice = if keep == "first" { FIRST } else { BEST };
        let (told, _) = near_dedup(seed, 300, &options, Choice { sequential: true, ..choice }, PLAIN);
        let found: BTreeMap<usize, usize> =
            told.iter().map(|(&row, (_, _, twin))| (row, twin.parse().unwrap())).collect();
        assert_eq!(found, wanted, "seed {seed}");
        for (row, (_, rule, twin)) in &told {
            let similar: f64 = rule.rsplit_once(' ').unwrap().1.parse().unwrap();
            assert!(similar >= threshold - 1e-4, "{row} goes for {twin}: {rule}");
        }
        let (connected, _) = near_dedup(seed, 300, &options, choice, PLAIN);
        assert!(told.len() <= connected.len());
        fewer += connected.len() - told.len();
    }
    assert!(fewer > 0, "there are chains to tell apart");
}

#[test]
fn the_estimate_finds_about_the_same() {
    let mut estimate = options(0.7, "first");
    estimate["verify"] = json!("estimate");
    let (exact, _) = near_dedup(6, 300, &options(0.7, "first"), FIRST, PLAIN);
    let (told, _) = near_dedup(6, 300, &estimate, FIRST, PLAIN);
    let both = told.keys().filter(|row| exact.contains_key(row)).count();
    assert!(
        both * 10 > exact.len() * 9 && both * 10 > told.len() * 9,
        "{both} {} {}",
        exact.len(),
        told.len()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn the_manner_of_the_run_does_not_show(
        seed in 0_u64..1000, threads in 1_usize..5, batch in 1_usize..400, tasks in 1_usize..5,
        small in any::<bool>(), parquet in any::<bool>(),
    ) {
        let choice = Choice { sequential: seed % 2 == 0, ..BEST };
        let plain = near_dedup(seed, 400, &options(0.7, "longest"), choice, PLAIN);
        let memory = if small { 1 } else { 1 << 30 };
        let format = if parquet { "parquet" } else { "arrow" };
        let manner = Manner { threads, batch, tasks, memory, format, ..PLAIN };
        prop_assert_eq!(near_dedup(seed, 400, &options(0.7, "longest"), choice, manner), plain);
    }
}
