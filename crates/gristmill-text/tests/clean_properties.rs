//! What cleaning promises for any text: no panic, changes that can be followed, rules in the order asked for, and
//! what a second run still finds.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Arc, LazyLock};

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use gristmill_core::{Batch, ID_COLUMN, MapStep, StepTrace, no_side_inputs};
use gristmill_text::{CleanOptions, Cleaner, Layout, MAPS, Preset, Scratch, Verdict, rule_list};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Texts of tags, whole and broken, marks that rules are about, and anything else.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>", "<|im_end|>\n", "<|end_of_text|>",
            "<|im_start|>", "<|im_", "|>", "<|im_start|>user", "<|im_end|", "<|",
        ]).prop_map(str::to_owned),
        3 => marks(),
        2 => "\\PC{0,8}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn marks() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "@bob", "@", " ", "  ", "\n", ":", ".", ",", "||", "|", "#", "<", ">", "😀", "🥀", "1️⃣", "#️⃣",
        "\u{FE0F}", "©", "u", "thx", "b", "U.S.", "gr8", "word", "!", ";", "\t", "\u{3000}", "é", "<t:1:R>",
        "plan B",
    ])
    .prop_map(str::to_owned)
}

fn marks_text() -> impl Strategy<Value = String> {
    prop::collection::vec(marks(), 0..12).prop_map(|pieces| pieces.concat())
}

fn dialogue() -> impl Strategy<Value = String> {
    prop::collection::vec(marks_text(), 1..4).prop_map(|turns| framed(&turns))
}

fn framed(turns: &[String]) -> String {
    let turns = turns.iter().enumerate().map(|(number, turn)| {
        let role = if number % 2 == 0 { "user" } else { "assistant" };
        format!("<|im_start|>{role}\n{turn}<|im_end|>")
    });
    turns.collect::<Vec<_>>().join("\n") + "<|end_of_text|>"
}

/// The built-in rules of a kind, in order.
fn names(kind: &str) -> Vec<String> {
    let list = rule_list();
    let of_kind = list.as_array().unwrap().iter().filter(|rule| rule["kind"] == kind);
    of_kind.map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
}

/// The preset `fixed` with only these rules.
fn only(wanted: &[&str], layout: Layout) -> Cleaner {
    let mut options = CleanOptions::preset(Preset::Fixed);
    options.layout = layout;
    for name in names("transform").into_iter().chain(names("reject")) {
        let switch = if wanted.contains(&name.as_str()) { "on" } else { "off" };
        options.rules.insert(name, switch.into());
    }
    Cleaner::new(&options).unwrap()
}

/// The text after cleaning; `None` where it was turned away.
fn clean(cleaner: &Cleaner, text: &str) -> Option<String> {
    let mut scratch = Scratch::default();
    match cleaner.clean(text, &mut scratch) {
        Verdict::Kept => Some(text.to_owned()),
        Verdict::Changed => Some(scratch.text().to_owned()),
        Verdict::Dropped(_) => None,
    }
}

fn step(options: &Value) -> Box<dyn MapStep> {
    let def = MAPS.iter().find(|def| def.kind == "clean_chat").unwrap();
    (def.build)(options, &no_side_inputs()).unwrap()
}

fn run(step: &dyn MapStep, text: &str) -> (Batch, StepTrace) {
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["r0"]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some(text)]));
    let columns = [(ID_COLUMN, ids, false), ("text", texts, true)];
    let mut batch = Batch::new(RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
    let mut trace = StepTrace::default();
    step.run(&mut batch, &mut trace).unwrap();
    (batch, trace)
}

static BOTH: LazyLock<Vec<Cleaner>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for preset in [Preset::Fixed, Preset::Parity] {
        for layout in [Layout::Chatml, Layout::Plain] {
            let mut options = CleanOptions::preset(preset);
            options.layout = layout;
            options.rules.insert(
                "own".into(),
                json!({"action": "replace", "pattern": "(.)\\|(.)", "replace": "$2$1", "scope": "row"}),
            );
            all.push(Cleaner::new(&options).unwrap());
        }
    }
    all
});

static ALONE: LazyLock<Vec<(&str, [Cleaner; 2])>> = LazyLock::new(|| {
    let both = |name| [only(&[name], Layout::Chatml), only(&[name], Layout::Plain)];
    ["pipes", "mentions", "emoji", "spaces", "slang"].map(|name| (name, both(name))).into()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_text_brings_cleaning_down(text in any_text()) {
        for cleaner in BOTH.iter() {
            let mut scratch = Scratch::default();
            if let Verdict::Dropped(drop) = cleaner.clean(&text, &mut scratch) {
                let now = if scratch.changed() { scratch.text() } else { &text };
                prop_assert!(now.get(drop.span).is_some());
            }
        }
    }

    #[test]
    fn a_transform_alone_leaves_itself_nothing(text in dialogue(), message in marks_text()) {
        for (name, [turns, plain]) in ALONE.iter() {
            for (cleaner, text) in [(turns, &text), (plain, &message)] {
                let once = clean(cleaner, text).unwrap();
                prop_assert_eq!(clean(cleaner, &once).unwrap(), once, "{} on {:?}", name, text);
            }
        }
    }
}

#[test]
fn these_transforms_run_once_and_may_leave_themselves_something() {
    // As in the replaced program; `docs/cleaning.md` names them.
    for (rule, text, once, twice) in [
        ("markup", "<#!", "#!", "!"),
        ("line_edges", "so::", "so:", "so"),
        ("comma_runs", "so,.,.", "so,.", "so."),
    ] {
        let cleaner = only(&[rule], Layout::Plain);
        assert_eq!(clean(&cleaner, text).unwrap(), once, "{rule}");
        assert_eq!(clean(&cleaner, once).unwrap(), twice, "{rule}");
    }
    // What a later rule lays bare for an earlier one stays as well.
    let both = only(&["line_edges", "emoji"], Layout::Plain);
    assert_eq!(clean(&both, "😀, so").unwrap(), ", so");
    assert_eq!(clean(&both, ", so").unwrap(), " so");
}

/// Dialogues as people write them: words, one mark at a time, what rules remove in its usual places.
fn ordinary() -> impl Strategy<Value = String> {
    let word =
        prop::sample::select(vec!["u", "thx", "gr8", "the", "Well", "r&b", "12th", "a@b.io", "naïve", "ok"]);
    let gap = prop::sample::select(vec![
        " ", " ", ", ", ". ", "? ", "\n", "  ", " @bob ", " 😀 ", " , ", " || ", "... ", ",, ", " # ",
        " ©\n", ":\n",
    ]);
    let turn = (prop::collection::vec((word.clone(), gap), 0..8), word).prop_map(|(pairs, last)| {
        pairs.iter().flat_map(|&(word, gap)| [word, gap]).collect::<String>() + last
    });
    prop::collection::vec(turn, 2..4).prop_map(|turns| framed(&turns))
}

static ALL: LazyLock<Cleaner> = LazyLock::new(|| Cleaner::new(&CleanOptions::preset(Preset::Fixed)).unwrap());

proptest! {
    #[test]
    fn ordinary_text_that_was_kept_is_kept_as_it_is(text in ordinary()) {
        if let Some(once) = clean(&ALL, &text) {
            prop_assert_eq!(clean(&ALL, &once), Some(once), "from {:?}", text);
        }
    }
}

static TOLD: LazyLock<[Box<dyn MapStep>; 2]> =
    LazyLock::new(|| ["chatml", "plain"].map(|layout| step(&json!({"changes": "full", "layout": layout}))));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changes_lead_from_the_old_text_to_the_new(text in prop_oneof![dialogue(), marks_text(), any_text()]) {
        for step in TOLD.iter() {
            let (batch, trace) = run(step.as_ref(), &text);
            let mut now = text.clone();
            for told in trace.rejects.iter().filter(|told| told.kind.word() == "changed") {
                prop_assert_eq!(&told.excerpt, &now);
                prop_assert_ne!(&told.after, &now);
                now.clone_from(&told.after);
            }
            if batch.is_alive(0) {
                prop_assert_eq!(batch.column("text").unwrap().as_string::<i32>().value(0), now);
            }
        }
    }
}

proptest! {
    // Each case compiles rules of its own.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn rules_run_in_the_order_asked_for(
        text in "[xyz]{1,8}",
        order in Just(vec!["xy", "yz", "zx"]).prop_shuffle(),
        named in 0..4usize,
    ) {
        // What is not named keeps its place, so that naming one rule alone moves nothing.
        let order = &order[..named];
        let pairs = [("xy", "x", "y"), ("yz", "y", "zz"), ("zx", "z", "x")];
        let mut rules = serde_json::Map::new();
        for (name, from, to) in pairs {
            rules.insert(name.into(), json!({"action": "replace", "literal": from, "replace": to}));
        }
        let mut sequence: Vec<usize> = (0..3).collect();
        let places: Vec<usize> = (0..3).filter(|&at| order.contains(&pairs[at].0)).collect();
        for (place, name) in places.iter().zip(order) {
            sequence[*place] = pairs.iter().position(|pair| pair.0 == *name).unwrap();
        }
        let want = sequence.iter().fold(text.clone(), |text, &at| text.replace(pairs[at].1, pairs[at].2));
        let step = step(&json!({"layout": "plain", "rules": rules, "order": order}));
        let (batch, _) = run(step.as_ref(), &text);
        prop_assert_eq!(batch.column("text").unwrap().as_string::<i32>().value(0), want);
    }

    #[test]
    fn the_first_reject_of_the_order_names_the_reason(
        order in Just(vec!["percent_encoding", "lf_hint", "double_dash", "cp_reference"]).prop_shuffle(),
    ) {
        let step = step(&json!({"layout": "plain", "order": order}));
        for from in 0..3 {
            let sign = |name: &str| match name {
                "percent_encoding" => "a%20b",
                "lf_hint" => "lf",
                "double_dash" => "so —then",
                _ => "child porn",
            };
            let text = order[from..].iter().map(|name| sign(name)).collect::<Vec<_>>().join(" and ");
            let (_, trace) = run(step.as_ref(), &text);
            prop_assert_eq!(&trace.rejects[0].reason, order[from]);
        }
    }
}
