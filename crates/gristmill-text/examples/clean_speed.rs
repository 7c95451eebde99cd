//! How fast are cleaning and screening? Megabytes of text per CPU second, best of five, over single chat messages
//! and over the dialogues of the shared goldens:
//! `cargo run --release -p gristmill-text --example clean_speed`.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::io::Read;

use gristmill_text::{
    CleanOptions, Cleaner, Layout, Preset, Scratch, ScreenOptions, ScreenScratch, Screener, Verdict,
};

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");

fn main() {
    let messages = messages();
    let dialogues = dialogues(&messages);
    for (name, texts, layout) in
        [("messages", &messages, Layout::Plain), ("dialogues", &dialogues, Layout::Chatml)]
    {
        if texts.is_empty() {
            println!("{name}: input is absent");
            continue;
        }
        for preset in [Preset::Fixed, Preset::Parity] {
            let mut options = CleanOptions::preset(preset);
            options.layout = layout;
            let cleaner = Cleaner::new(&options).expect("the defaults are valid");
            let mut scratch = Scratch::default();
            let label = format!("clean_chat {preset:?} {name}");
            report(&label, texts, |text| cleaner.clean(text, &mut scratch) != Verdict::Kept);
        }
        let screener = Screener::new(&ScreenOptions::default()).expect("the defaults are valid");
        let (mut scratch, mut hits) = (ScreenScratch::default(), Vec::new());
        report(&format!("screen_tos {name}"), texts, |text| {
            screener.scan(text, &mut scratch, &mut hits);
            !hits.is_empty()
        });
        let mut rules = std::collections::BTreeMap::new();
        for text in texts {
            screener.scan(text, &mut scratch, &mut hits);
            for hit in &hits {
                *rules.entry(hit.rule.clone()).or_insert(0u32) += 1;
            }
        }
        println!("  {rules:?}");
    }
}

fn report(label: &str, texts: &[String], mut touch: impl FnMut(&str) -> bool) {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut best = f64::MAX;
    let mut touched = 0;
    for _ in 0..5 {
        let start = cpu_seconds();
        touched = texts.iter().filter(|text| touch(text)).count();
        best = best.min(cpu_seconds() - start);
    }
    println!("{label}: {:.0} MB/cs, {touched} of {} touched", bytes as f64 / best / 1e6, texts.len());
}

/// CPU time of this process so far, from the scheduler (Linux), so that a busy machine does not spoil the figure.
fn cpu_seconds() -> f64 {
    let line = std::fs::read_to_string("/proc/self/schedstat").expect("a Linux scheduler");
    let nanos = line.split(' ').next().and_then(|field| field.parse::<f64>().ok());
    nanos.expect("a number") / 1e9
}

/// The texts of the shared chat messages.
fn messages() -> Vec<String> {
    let Ok(packed) = std::fs::read(format!("{SHARED}/data/perf/chat_messages.jsonl.zst")) else {
        return Vec::new();
    };
    let mut lines = String::new();
    zstd::Decoder::new(&packed[..])
        .and_then(|mut decoder| decoder.read_to_string(&mut lines))
        .expect("a whole file");
    lines
        .lines()
        .filter_map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).ok()?;
            let text = row["text"].as_str()?;
            Some(text.split_once("> ").map_or(text, |(_, said)| said).to_owned())
        })
        .collect()
}

/// Dialogues of six messages each.
fn dialogues(messages: &[String]) -> Vec<String> {
    messages
        .chunks(6)
        .map(|chunk| {
            let mut text = String::new();
            for (number, message) in chunk.iter().enumerate() {
                let role = if number % 2 == 0 { "user" } else { "assistant" };
                let joint = if number == 0 { "" } else { "\n" };
                for part in [joint, "<|im_start|>", role, "\n", message.trim(), "<|im_end|>"] {
                    text.push_str(part);
                }
            }
            text.push_str("<|end_of_text|>");
            text
        })
        .collect()
}
