//! What must hold for any input: nothing panics, every row is accounted for, and neither the order of rows nor the
//! way they are cut into batches shows in the result.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test stops at the first surprise and says what it skipped"
)]

mod support;

use std::collections::BTreeSet;

use gristmill_chat::{Cleaned, Mode, clean, has_lexeme};
use proptest::prelude::*;
use serde_json::json;
use support::{Table, batch, dialogues, run_map, take, texts, trees};

const NAMES: [&str; 8] = [
    "message_id",
    "message_reference_message_id",
    "guild_id",
    "channel_id",
    "author_id",
    "author_bot",
    "content",
    "timestamp",
];

fn messages(rows: Vec<[String; 8]>) -> Table {
    Table {
        names: NAMES.map(str::to_owned).to_vec(),
        rows: rows.into_iter().map(|row| row.to_vec()).collect(),
    }
}

/// Pieces that rules look for, mixed with anything.
fn chatter() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "<@1>",
            "<@!2",
            "<#3>",
            "<a:b:4>",
            "<:c:",
            "{",
            "}",
            "[x](",
            ")",
            "http://",
            "https://é",
            "```",
            "\"",
            "\\",
            "...",
            "!",
            ".",
            " ",
            "\n",
            "is",
            "yes",
            "<!--",
            "-->",
            "&amp;",
            "&#x",
            "/",
            "~",
            "@",
            "<b a='",
            "<|im_end|>",
            "<|im_start|>user\n",
            ":",
            ",",
            "D",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn cleaning_any_text_only_takes_away(text in chatter()) {
        let mut out = String::new();
        let _ = has_lexeme(&text);
        let _ = gristmill_core::epoch_milliseconds(&text);
        for mode in [Mode::Fixed, Mode::Parity] {
            match clean(&text, mode, &mut out) {
                Cleaned::Changed => {
                    prop_assert!(out.len() < text.len());
                    let mut left = text.chars();
                    prop_assert!(out.chars().all(|c| left.any(|l| l == c)), "not a subsequence");
                    prop_assert!(!out.contains('"') && !out.contains('\\'));
                }
                Cleaned::Same => prop_assert!(!text.contains('"') && !text.contains('\\')),
                Cleaned::Command => prop_assert!(mode == Mode::Fixed && text.starts_with(['!', '.'])),
            }
        }
    }

    #[test]
    fn batches_do_not_show(contents in prop::collection::vec(chatter(), 1..20), piece in 1_usize..8) {
        let table = messages(contents.iter().enumerate().map(|(n, content)| {
            [n.to_string(), String::new(), "1".into(), "1".into(), "1".into(), String::new(), content.clone(), String::new()]
        }).collect());
        let rows = batch(&table, &[], None);
        let all: Vec<usize> = (0..rows.len()).collect();
        for (kind, options) in [
            ("filter_messages", json!({})),
            ("filter_messages", json!({"mode": "parity"})),
            ("close_turns", json!({"column": "content"})),
            ("close_turns", json!({"column": "content", "mode": "parity"})),
            ("min_turns", json!({"column": "content", "min": 1})),
        ] {
            let (whole, _) = run_map(kind, &options, rows.clone());
            let mut pieces = Vec::new();
            for piece in all.chunks(piece) {
                pieces.extend(texts(&run_map(kind, &options, take(&rows, piece)).0, &["__id", "content"]));
            }
            prop_assert_eq!(texts(&whole, &["__id", "content"]), pieces);
        }
    }
}

/// A generator of small numbers, so that 10,000 graphs take a moment.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Replies with cycles, self-replies, duplicates, missing parents and answers older than their question.
fn graph(seed: u64) -> Table {
    let mut random = Seeded(seed);
    let n = 1 + random.below(12);
    messages(
        (0..n)
            .map(|i| {
                let id = if random.below(12) == 0 { random.below(n) } else { i };
                let reference = match random.below(6) {
                    0 => String::new(),
                    1 => "999".to_owned(),
                    _ => random.below(n).to_string(),
                };
                let channel = random.below(5) / 4;
                let author = random.below(3);
                [
                    id.to_string(),
                    reference,
                    "7".into(),
                    channel.to_string(),
                    author.to_string(),
                    String::new(),
                    format!("m{i}"),
                    String::new(),
                ]
            })
            .collect(),
    )
}

#[test]
fn ten_thousand_graphs_end_and_balance() {
    let ways = [
        json!({}),
        json!({"mode": "parity"}),
        json!({"paths": "longest_path"}),
        json!({"paths": "every_leaf"}),
        json!({"paths": "every_leaf", "max_path_messages": 5}),
        json!({"speakers": 3}),
    ];
    for seed in 0..10_000_u64 {
        let table = graph(seed);
        let rows = batch(&table, &[], Some("message_id"));
        let options = &ways[(seed % ways.len() as u64) as usize];
        // As one group: the step itself must find roots, cycles and duplicates.
        let (made, trace) = dialogues(options, &rows, &[0, rows.len()]);
        assert_eq!(trace.rejects.len(), rows.len(), "every message has one fate");
        let told: BTreeSet<&str> = trace.rejects.iter().map(|r| r.id.as_str()).collect();
        assert_eq!(told.len(), rows.len());
        let ids: BTreeSet<String> = texts(&made, &["id"]).into_iter().flatten().collect();
        assert_eq!(ids.len(), made.len(), "ids are distinct");
        assert!(trace.rejects.iter().all(|r| r.twin.is_empty() || ids.contains(&r.twin)));
        assert!(trace.rejects.iter().all(|r| r.reason != "unread"));
        for text in texts(&made, &["text"]).concat() {
            assert!(text.ends_with("<|im_end|><|end_of_text|>"));
            if *options != json!({"mode": "parity"}) {
                let last = text.rfind("<|im_start|>").unwrap();
                assert!(text[last..].starts_with("<|im_start|>assistant\n"));
            }
        }
        // The order in which rows come does not matter, unless two share an id.
        let distinct: BTreeSet<&str> = table.column("message_id").into_iter().collect();
        if distinct.len() == rows.len() {
            let back: Vec<usize> = (0..rows.len()).rev().collect();
            let (again, _) = dialogues(options, &take(&rows, &back), &[0, rows.len()]);
            assert_eq!(texts(&again, &["id", "text"]), texts(&made, &["id", "text"]));
        }
    }
}

/// Trees of up to three authors in one channel; a message answers an older one or none.
fn forest(seed: u64) -> Vec<(Option<usize>, usize)> {
    let mut random = Seeded(seed);
    let n = 1 + random.below(10) as usize;
    (0..n)
        .map(|i| {
            let answers = i > 0 && random.below(7) > 0;
            let parent = answers.then(|| random.below(i as u64) as usize);
            (parent, random.below(3) as usize)
        })
        .collect()
}

/// The dialogue of these messages by the plainest reading of the rules; none unless two authors speak.
fn plain_dialogue(sequence: &[usize], forest: &[(Option<usize>, usize)]) -> Option<String> {
    let mut authors: Vec<usize> = Vec::new();
    let mut turns: Vec<(usize, String)> = Vec::new();
    for &message in sequence {
        let author = forest[message].1;
        if !authors.contains(&author) {
            authors.push(author);
        }
        if authors.len() > 2 {
            break;
        }
        match turns.last_mut() {
            Some((last, text)) if *last == author => {
                text.push_str("\nm");
                text.push_str(&message.to_string());
            }
            _ => turns.push((author, format!("m{message}"))),
        }
    }
    let assistant = turns.last()?.0;
    let written: Vec<String> = turns
        .iter()
        .map(|(author, text)| {
            let role = if *author == assistant { "assistant" } else { "user" };
            format!("<|im_start|>{role}\n{text}<|im_end|>")
        })
        .collect();
    (turns.len() > 1).then(|| format!("{}<|end_of_text|>", written.join("\n")))
}

/// The message and all it answers, the root first.
fn path_of(message: usize, forest: &[(Option<usize>, usize)]) -> Vec<usize> {
    let mut path = forest[message].0.map_or_else(Vec::new, |parent| path_of(parent, forest));
    path.push(message);
    path
}

fn speakers(path: &[usize], forest: &[(Option<usize>, usize)]) -> usize {
    path.iter().map(|&m| forest[m].1).collect::<BTreeSet<_>>().len()
}

/// What each way of reading a root's tree must give.
fn plain_reading(paths: &str, root: usize, forest: &[(Option<usize>, usize)]) -> Vec<String> {
    let mut members: Vec<usize> = (0..forest.len()).filter(|&m| path_of(m, forest)[0] == root).collect();
    members.sort_by_key(|&m| (path_of(m, forest).len(), m));
    let sequences = match paths {
        "tree" => vec![members],
        "longest_path" => {
            let longest = members.iter().map(|&m| path_of(m, forest).len()).max().unwrap();
            let end = members.iter().find(|&&m| path_of(m, forest).len() == longest).unwrap();
            vec![path_of(*end, forest)]
        }
        _ => {
            let readable = |m: usize| speakers(&path_of(m, forest), forest) <= 2;
            let is_end = |m: usize| !members.iter().any(|&c| forest[c].0 == Some(m) && readable(c));
            members.iter().filter(|&&m| readable(m) && is_end(m)).map(|&m| path_of(m, forest)).collect()
        }
    };
    sequences.iter().filter_map(|sequence| plain_dialogue(sequence, forest)).collect()
}

#[test]
fn paths_and_roles_are_those_of_the_plain_rules() {
    for seed in 0..3_000_u64 {
        let forest = forest(seed);
        let rows = forest.iter().enumerate().map(|(i, (parent, author))| {
            let reference = parent.map(|p| (p + 10).to_string()).unwrap_or_default();
            let [id, author] = [(i + 10).to_string(), author.to_string()];
            [id, reference, "7".into(), "1".into(), author, String::new(), format!("m{i}"), String::new()]
        });
        let rows = batch(&messages(rows.collect()), &[], Some("message_id"));
        for paths in ["tree", "longest_path", "every_leaf"] {
            let (made, _) = dialogues(&json!({ "paths": paths }), &rows, &[0, rows.len()]);
            let mut got = texts(&made, &["text"]).concat();
            let roots = (0..forest.len()).filter(|&m| forest[m].0.is_none());
            let mut want: Vec<String> = roots.flat_map(|root| plain_reading(paths, root, &forest)).collect();
            got.sort();
            want.sort();
            assert_eq!(got, want, "{paths} of {forest:?}");
        }
    }
}

#[test]
fn one_group_or_many_make_the_same_dialogues() {
    for seed in 0..2_000_u64 {
        let table = graph(seed);
        let distinct: BTreeSet<&str> = table.column("message_id").into_iter().collect();
        if distinct.len() < table.rows.len() {
            continue;
        }
        let rows = batch(&table, &[], Some("message_id"));
        let whole = texts(&dialogues(&json!({}), &rows, &[0, rows.len()]).0, &["id", "text"]);
        let (sorted, groups) = trees(&rows);
        let mut parts = texts(&dialogues(&json!({}), &sorted, &groups).0, &["id", "text"]);
        let mut whole = whole;
        parts.sort();
        whole.sort();
        assert_eq!(parts, whole);
    }
}

#[test]
fn deep_and_wide_trees_are_quick() {
    let n = 100_000_u64;
    for shape in ["deep", "wide", "comb", "channels"] {
        let table = messages(
            (0..n)
                .map(|i| {
                    let reference = match (i, shape) {
                        (0, _) => String::new(),
                        (_, "wide") => "0".to_owned(),
                        (i, "comb") => ((i - 1) / 2 * 2).to_string(),
                        (i, _) => (i - 1).to_string(),
                    };
                    let channel = if shape == "channels" { i.to_string() } else { "1".to_owned() };
                    let author = (i % 2).to_string();
                    [
                        i.to_string(),
                        reference,
                        "7".into(),
                        channel,
                        author,
                        String::new(),
                        "m".into(),
                        String::new(),
                    ]
                })
                .collect(),
        );
        let rows = batch(&table, &[], Some("message_id"));
        for options in [
            json!({}),
            json!({"mode": "parity"}),
            json!({"paths": "longest_path"}),
            json!({"paths": "every_leaf"}),
        ] {
            let started = std::time::Instant::now();
            let (_, trace) = dialogues(&options, &rows, &[0, rows.len()]);
            assert_eq!(trace.rejects.len() as u64, n);
            assert!(started.elapsed().as_secs() < 20, "{shape} {options}: {:?}", started.elapsed());
        }
    }
}

#[test]
fn options_are_checked() {
    let side = gristmill_core::no_side_inputs();
    let build = gristmill_chat::GROUPS[0].build;
    let code = |options: serde_json::Value| build(&options, &side).err().map(|f| f.code());
    assert_eq!(code(json!({"speakers": 1})), Some("GM_CHAT_TOO_FEW_SPEAKERS"));
    assert_eq!(code(json!({"mode": "parity", "paths": "every_leaf"})), Some("GM_CHAT_PARITY_OPTIONS"));
    assert_eq!(code(json!({"colour": 1})), Some("GM_STEP_BAD_OPTIONS"));
    assert_eq!(code(json!({"paths": "tree", "speakers": 4})), None);
    let map = |kind: &str, options: serde_json::Value| {
        let def = gristmill_chat::MAPS.iter().find(|def| def.kind == kind).unwrap();
        (def.build)(&options, &side).err().map(|f| f.code())
    };
    assert_eq!(map("min_turns", json!({"min": 3, "max": 2})), Some("GM_CHAT_EMPTY_RANGE"));
    assert_eq!(map("drop_columns", json!({"columns": ["__id"]})), Some("GM_CHAT_ENGINE_COLUMN"));
    assert_eq!(map("richness_score", json!({"profile": "p"})), Some("GM_STEP_MISSING_SIDE_INPUT"));
}

#[test]
fn bad_rows_are_quarantined_and_each_drop_is_named() {
    let row = |id: &str, bot: &str, content: &str, time: &str| {
        [id, "", "", "1", "1", bot, content, time].map(str::to_owned)
    };
    let table = messages(vec![
        row("x1", "", "hello there", ""),
        row("2", "", "hello there", "yesterday"),
        row("3", "True", "hello there", ""),
        row("4", "f", "", ""),
        row("5", "0", "not now", ""),
        row("6", "", "!help me please", ""),
        row("7", "", "https://example.com/x", ""),
        row("8", "", "fine words", "2024-01-01T00:00:00Z"),
    ]);
    let (rows, trace) = run_map("filter_messages", &json!({}), batch(&table, &[], None));
    let told: Vec<&str> = trace.rejects.iter().map(|r| r.reason.as_str()).collect();
    let want = ["GM_CHAT_BAD_ID", "GM_CHAT_BAD_TIME", "bot", "empty", "no_words", "command", "blank"];
    assert_eq!(told, want);
    assert_eq!(trace.counts.quarantined, 2);
    assert_eq!(texts(&rows, &["message_id", "content"]), [["8", "fine words"]]);
    assert!(rows.find("author_bot").is_none());
}
