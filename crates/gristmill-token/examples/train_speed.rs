//! How long does the end of training take, once words are counted? Seconds of counting on one thread and of the end on
//! some, best of three, over any JSON lines with `text`:
//! `cargo run --release -p gristmill-token --example train_speed -- FILE bpe|unigram [THREADS]`.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]
#![expect(clippy::expect_used, reason = "an example ends where it cannot go on")]

use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use gristmill_core::{Batch, Finishing};
use gristmill_token::FOLDS;
use serde_json::{Value, json};

fn main() {
    let mut args = std::env::args().skip(1);
    let file = args.next().expect("FILE");
    let model = args.next().unwrap_or_else(|| "bpe".into());
    let threads = args.next().map_or(1, |threads| threads.parse().expect("a number of threads"));
    let lines = std::fs::read_to_string(file).expect("a readable file");
    let text = |line: &str| serde_json::from_str::<Value>(line).ok()?["text"].as_str().map(str::to_owned);
    let texts: Vec<String> = lines.lines().filter_map(text).collect();
    let column: ArrayRef = Arc::new(StringArray::from(texts));
    let ids = StringArray::from_iter_values((0..column.len()).map(|row| row.to_string()));
    let columns = [(gristmill_core::ID_COLUMN, Arc::new(ids) as ArrayRef), ("text", column)];
    let rows = RecordBatch::try_from_iter(columns).expect("two columns");
    let options = match model.as_str() {
        "bpe" => json!({
            "column": "text", "vocab_size": 32_000, "min_frequency": 2, "min_word_count": 1, "special_tokens": [],
            "split": "llama3", "digits": false, "whole_alphabet": true, "max_token_length": null,
            "bos_token": null, "eos_token": null, "unk_token": null, "pad_token": null, "model_max_length": 1,
        }),
        _ => json!({
            "column": "text", "vocab_size": 32_000, "special_tokens": [], "hard_vocab_limit": false, "symbols": [],
            "character_coverage": 0.9995, "byte_fallback": true, "digits": false, "max_piece_length": 16,
            "split_by_whitespace": true, "split_by_unicode_script": true, "split_by_number": true, "normalise": true,
            "add_dummy_prefix": true, "remove_extra_whitespaces": true,
        }),
    };
    let kind = format!("train_{model}");
    let fold = FOLDS.iter().find(|fold| fold.kind == kind).expect("bpe or unigram");
    let fold = (fold.build)(&options).expect("right options");
    for _ in 0..3 {
        let start = Instant::now();
        let mut state = fold.empty();
        state.observe(&Batch::new(rows.clone()).expect("a batch")).expect("texts");
        let counted = start.elapsed();
        let start = Instant::now();
        let made = fold.finish(state, &Finishing::new(8 << 30, threads)).expect("a model");
        println!(
            "counting {:.3} s, end {:.3} s, {}",
            counted.as_secs_f64(),
            start.elapsed().as_secs_f64(),
            made["report"]
        );
    }
}
