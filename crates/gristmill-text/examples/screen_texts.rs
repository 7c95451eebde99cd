//! Screens the texts of a JSON Lines file (`{"text": …}`) as often as asked: what hits, and how fast the processor gets
//! through. `cargo run --profile release -p gristmill-text --example screen_texts -- FILE [ROUNDS] [list]`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the terminal")]

use std::collections::BTreeMap;

use gristmill_text::{ScreenOptions, ScreenScratch, Screener};

/// Nanoseconds on the processor, as the kernel counts them.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    stat.split_whitespace().next().unwrap().parse().unwrap()
}

fn main() {
    let mut args = std::env::args().skip(1);
    let lines = std::fs::read_to_string(args.next().unwrap()).unwrap();
    let rounds: u32 = args.next().map_or(3, |text| text.parse().unwrap());
    let list = args.next().is_some();
    let texts: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned()
        })
        .collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let screener = Screener::new(&ScreenOptions::default()).unwrap();
    let mut scratch = ScreenScratch::default();
    let mut hits = Vec::new();
    for round in 0..rounds {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut hit_texts = 0;
        let start = cpu();
        for text in &texts {
            screener.scan(text, &mut scratch, &mut hits);
            hit_texts += usize::from(!hits.is_empty());
            for hit in &hits {
                *counts.entry(format!("{}/{}", hit.category, hit.rule)).or_default() += 1;
                if list && round == 0 {
                    println!("{}\t{}\t{text}", hit.rule, &text[hit.start..hit.end]);
                }
            }
        }
        let seconds = (cpu() - start) as f64 / 1e9;
        let share = hit_texts as f64 * 100.0 / texts.len() as f64;
        println!(
            "{:.1} MB per CPU s; {hit_texts} of {} texts hit ({share:.2} %)",
            bytes as f64 / 1e6 / seconds,
            texts.len()
        );
        if round == 0 {
            println!("{counts:?}");
        }
    }
}
