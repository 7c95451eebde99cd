//! Parity mode against the outputs of the original programs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test stops at the first surprise and says what it skipped"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type};
use gristmill_chat::{FOLDS, MAPS, has_lexeme, render_token_report, render_turn_table};
use gristmill_core::{Batch, Finishing, Saved, StepTrace};
use serde_json::{Value, json};
use support::{batch, csv, dialogues, run_map, shared, shared_csv, take, texts, trees, without_duplicates};

const MESSAGE: [&str; 7] = [
    "message_id",
    "message_reference_message_id",
    "guild_id",
    "channel_id",
    "author_id",
    "content",
    "timestamp",
];

fn filtered(messages: &str) -> Option<Batch> {
    let table = shared_csv(messages)?;
    let rows = batch(&table, &[], Some("message_id"));
    let (rows, _) = run_map("filter_messages", &json!({"mode": "parity"}), rows);
    Some(without_duplicates(&rows))
}

/// Writes times alike: the goldens end in `Z`.
fn zoned(rows: &mut [Vec<String>]) {
    for row in rows {
        row[6] = row[6].replace("+00:00", "Z");
    }
}

#[test]
fn filter_and_dialogues_equal_the_original() {
    for (messages, filter, chains) in [
        ("data/chat/messages.csv.gz", "01-filter/filter.csv.gz", "02-chains/dump.csv.gz"),
        ("data/chat/discord-markup.csv", "fixtures/01-filter/filter.csv", "fixtures/02-chains/dump.csv"),
    ] {
        let Some(rows) = filtered(messages) else { return };
        let golden = shared_csv(&format!("golden/discord/{filter}")).unwrap();
        let mut got = texts(&rows, &MESSAGE);
        got.sort_by_key(|row| row[0].parse::<u64>().unwrap());
        zoned(&mut got);
        let mut want = golden.rows;
        want.sort_by_key(|row| row[0].parse::<u64>().unwrap());
        zoned(&mut want);
        for (a, b) in got.iter().zip(&want) {
            assert_eq!(a, b);
        }
        assert_eq!(got.len(), want.len());
        eprintln!("{filter}: {} rows equal", got.len());

        let columns = ["text", "guild_id", "channel_id", "assistant_turns"];
        let golden = shared_csv(&format!("golden/discord/{chains}")).unwrap();
        let (rows, groups) = trees(&rows);
        let (made, _) = dialogues(&json!({"mode": "parity"}), &rows, &groups);
        let mut got = texts(&made, &columns);
        let mut want: Vec<Vec<String>> = golden.rows.iter().map(|row| row[1..].to_vec()).collect();
        assert_eq!(golden.names[1..], columns);
        got.sort();
        want.sort();
        for (a, b) in got.iter().zip(&want) {
            assert_eq!(a, b);
        }
        assert_eq!(got.len(), want.len());
        eprintln!("{chains}: {} rows equal", got.len());
    }
}

#[test]
fn lexemes_agree_with_full_text_parsing() {
    let Some(table) = shared_csv("golden/discord/01-filter/has-lexeme.csv.gz") else { return };
    let wrong: Vec<&Vec<String>> =
        table.rows.iter().filter(|row| has_lexeme(&row[0]) != (row[1] == "true")).collect();
    eprintln!("has-lexeme: {} of {} agree; not: {wrong:?}", table.rows.len() - wrong.len(), table.rows.len());
    assert!(wrong.len() * 1000 <= table.rows.len());
}

#[test]
fn min_turns_keeps_all_of_its_golden() {
    let Some(input) = shared_csv("golden/discord/05-combineall/combined.csv.gz") else { return };
    let want = shared_csv("golden/discord/06-filterturns/combined2to1000.csv.gz").unwrap();
    let (rows, _) = run_map("min_turns", &json!({"min": 2, "max": 1000}), batch(&input, &[], None));
    let names: Vec<&str> = want.names.iter().map(String::as_str).collect();
    assert_eq!(texts(&rows, &names), want.rows);
}

#[test]
fn drop_columns_equals_the_original() {
    for (input, want) in [
        ("07-dedupe/combined_2plus_deduped.csv.gz", "08-dropcols/combined_2plus_deduped_pure.csv.gz"),
        (
            "fixtures/07-dedupe/combined_2plus_deduped.csv",
            "fixtures/08-dropcols/combined_2plus_deduped_pure.csv",
        ),
    ] {
        let Some(input) = shared_csv(&format!("golden/discord/{input}")) else { return };
        let want = shared_csv(&format!("golden/discord/{want}")).unwrap();
        let options = json!({"columns": ["id", "guild_id", "channel_id"], "missing": "error"});
        let (rows, _) = run_map("drop_columns", &options, batch(&input, &[], None));
        let names: Vec<String> = rows.schema().fields().iter().skip(1).map(|f| f.name().clone()).collect();
        assert_eq!(names, want.names);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(texts(&rows, &names), want.rows);
    }
}

#[test]
fn close_turns_equals_the_original() {
    for (input, want) in [
        ("08-dropcols/combined_2plus_deduped_pure.csv.gz", "10-fixend/fixed.csv.gz"),
        ("09-tos/drop.csv.gz", "10-fixend/clean_fixed.csv.gz"),
        ("fixtures/08-dropcols/combined_2plus_deduped_pure.csv", "fixtures/10-fixend/fixed.csv"),
        ("fixtures/09-tos/drop.csv", "fixtures/10-fixend/clean_fixed.csv"),
    ] {
        let Some(input) = shared_csv(&format!("golden/discord/{input}")) else { return };
        let golden = shared_csv(&format!("golden/discord/{want}")).unwrap();
        let (rows, trace) = run_map("close_turns", &json!({"mode": "parity"}), batch(&input, &[], None));
        let names: Vec<&str> = golden.names.iter().map(String::as_str).collect();
        assert_eq!(texts(&rows, &names), golden.rows);
        eprintln!("{want}: {} rows equal, {:?}", rows.len(), trace.counts.changed);
    }
    let probe = shared_csv("golden/discord/probes/fixend.csv").unwrap();
    let options = json!({"mode": "parity", "column": "input"});
    let (rows, _) = run_map("close_turns", &options, batch(&probe, &[], None));
    assert_eq!(rows.text("input").unwrap().iter().flatten().collect::<Vec<_>>(), probe.column("output"));
}

#[test]
fn stats_equal_the_original() {
    for (input, want) in [
        ("10-fixend/fixed.csv.gz", "11-stats/fixed_stats.csv.gz"),
        ("fixtures/10-fixend/fixed.csv", "fixtures/11-stats/fixed_stats.csv"),
    ] {
        let Some(input) = shared_csv(&format!("golden/discord/{input}")) else { return };
        let golden = shared_csv(&format!("golden/discord/{want}")).unwrap();
        let copied: Vec<String> = input.column("assistant_turns").into_iter().map(str::to_owned).collect();
        let options = json!({"columns": ["turns", "characters", "words"]});
        let (rows, _) = run_map("add_stats", &options, batch(&input, &[], None));
        let keep = ["text", "turns", "assistant_turns", "characters", "words"];
        let (rows, _) = run_map("select_columns", &json!({ "keep": keep }), rows);
        for (row, got) in texts(&rows, &keep).into_iter().enumerate() {
            let want = &golden.rows[row];
            assert_eq!(got[0], want[0]);
            assert_eq!(got[1..], want[2..], "{}", want[0]);
            assert_eq!(got[2], copied[row]);
        }
        assert_eq!(rows.len(), golden.rows.len());
        eprintln!("{want}: {} rows equal", rows.len());
    }
}

/// Folds rows in pieces, saves and reads back each state, and merges from the last piece to the first.
fn fold(kind: &str, options: &Value, rows: &Batch, piece: usize) -> Value {
    let fold = (FOLDS.iter().find(|def| def.kind == kind).unwrap().build)(options).unwrap();
    let mut total = fold.empty();
    let all: Vec<usize> = (0..rows.len()).collect();
    for piece in all.chunks(piece).rev() {
        let mut state = fold.empty();
        state.observe(&take(rows, piece)).unwrap();
        total.merge(fold.load(Saved::of(&mut *state).unwrap()).unwrap());
    }
    fold.finish(total, &Finishing::new(1 << 30, 1)).unwrap()
}

fn stats_rows(path: &str) -> Option<Batch> {
    let table = shared_csv(path)?;
    Some(batch(&table, &["tokens", "turns", "assistant_turns", "characters", "words"], None))
}

#[test]
fn token_report_equals_the_original() {
    for (input, want) in [
        ("11-stats/fixed_stats.csv.gz", "12-tokens/tokenstats.txt"),
        ("fixtures/11-stats/fixed_stats.csv", "fixtures/12-tokens/tokenstats.txt"),
    ] {
        let Some(rows) = stats_rows(&format!("golden/discord/{input}")) else { return };
        let golden = String::from_utf8(shared(&format!("golden/discord/{want}")).unwrap()).unwrap();
        let options = json!({"mode": "parity"});
        let result = fold("token_report", &options, &rows, 100);
        assert_eq!(result, fold("token_report", &options, &rows, rows.len()));
        let text = render_token_report(&result).unwrap();
        let pairs: Vec<(&str, &str)> = text.lines().zip(golden.lines()).collect();
        assert_eq!(text.lines().count(), golden.lines().count());
        for (got, want) in pairs {
            let number = |line: &str| line.rsplit_once(": ").and_then(|(_, n)| n.parse::<f64>().ok());
            match (number(got), number(want)) {
                (Some(a), Some(b)) => {
                    assert_eq!(got.split(':').next(), want.split(':').next());
                    assert!((a - b).abs() <= 1e-9 * b.abs(), "{got} | {want}");
                }
                _ => assert_eq!(got, want),
            }
        }
        let fixed = render_token_report(&fold("token_report", &json!({}), &rows, 7)).unwrap();
        assert!(fixed.contains("  bin_4096+: 0\n"));
    }
}

#[test]
fn turn_table_equals_the_original() {
    for (input, want) in [
        ("11-stats/fixed_stats.csv.gz", "13-turnstats/turn_table.txt"),
        ("fixtures/11-stats/fixed_stats.csv", "fixtures/13-turnstats/turn_table.txt"),
    ] {
        let Some(rows) = stats_rows(&format!("golden/discord/{input}")) else { return };
        let golden = String::from_utf8(shared(&format!("golden/discord/{want}")).unwrap()).unwrap();
        let text = render_turn_table(&fold("turn_table", &json!({}), &rows, 99)).unwrap();
        assert_eq!(text.trim_end(), golden.trim_end());
    }
}

#[test]
fn sort_by_richness_equals_the_original() {
    for (input, want) in [
        ("11-stats/fixed_stats.csv.gz", "15-sortpar/fixed_stats_sort.parquet"),
        ("fixtures/11-stats/fixed_stats.csv", "fixtures/15-sortpar/fixed_stats_sort.parquet"),
    ] {
        let Some(rows) = stats_rows(&format!("golden/discord/{input}")) else { return };
        let profile = fold("richness_profile", &json!({"partitions": 4}), &rows, 64);
        assert_eq!(profile, fold("richness_profile", &json!({"partitions": 4}), &rows, 1000));
        let side = BTreeMap::from([("profile".to_owned(), Arc::new(profile.clone()))]);
        let def = MAPS.iter().find(|def| def.kind == "richness_score").unwrap();
        let options = json!({"profile": "profile", "keep_char_count": true});
        let step = (def.build)(&options, &side).unwrap();
        let mut ranked = rows.clone();
        step.run(&mut ranked, &mut StepTrace::default()).unwrap();
        let scores = ranked.int64("__score").unwrap();
        let lengths = ranked.column("char_count").unwrap().as_primitive::<UInt32Type>();
        let mut order: Vec<usize> = (0..ranked.len()).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(scores.value(row)));

        let bytes = bytes_of(shared(&format!("golden/discord/{want}")).unwrap());
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes)
            .unwrap()
            .with_batch_size(1 << 20)
            .build()
            .unwrap();
        let golden = reader.map(Result::unwrap).next().unwrap();
        let column = |name: &str| golden.column_by_name(name).unwrap();
        let as_text = |array: &arrow_array::ArrayRef, row: usize| match array.data_type() {
            arrow_schema::DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
            arrow_schema::DataType::Utf8View => array.as_string_view().value(row).to_owned(),
            _ => array.as_string::<i32>().value(row).to_owned(),
        };
        assert_eq!(golden.num_rows(), order.len());
        let texts = ranked.text("text").unwrap();
        for (place, &row) in order.iter().enumerate() {
            assert_eq!(as_text(column("text"), place), texts.value(row), "row {place}");
            assert_eq!(column("char_count").as_primitive::<UInt32Type>().value(place), lengths.value(row));
            assert_eq!(
                column("turns").as_primitive::<Int64Type>().value(place),
                ranked.int64("turns").unwrap().value(row)
            );
        }
        eprintln!("{want}: {} rows equal, cuts {}", order.len(), profile["cuts"]);
    }
}

fn bytes_of(bytes: Vec<u8>) -> bytes::Bytes {
    bytes::Bytes::from(bytes)
}

#[test]
fn the_reader_of_these_tests_reads_quotes() {
    let table = csv("a,b\r\n\"x \"\"y\"\",\n z\",\n1,2");
    assert_eq!(table.rows, [["x \"y\",\n z", ""], ["1", "2"]]);
}
