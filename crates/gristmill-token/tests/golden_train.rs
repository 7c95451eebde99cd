//! Training gives the vocabulary and the merges the reference gave, where the shared goldens are at hand.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use gristmill_core::Finishing;
use gristmill_token::train::{TrainOptions, TrainSplit, WordCounts, train};
use serde_json::Value;

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");

fn corpus() -> Vec<String> {
    let ids = std::fs::read_to_string(Path::new(SHARED).join("golden/code/train_ids.txt")).unwrap();
    let ids: HashSet<&str> = ids.lines().collect();
    let file = std::fs::File::open(Path::new(SHARED).join("data/code/corpus.jsonl.zst")).unwrap();
    let lines = String::from_utf8(zstd::decode_all(file).unwrap()).unwrap();
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let wanted = records.filter(|record| ids.contains(record["id"].as_str().unwrap()));
    wanted.map(|record| record["content"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn vocabulary_and_merges_equal_the_reference() {
    if !Path::new(SHARED).exists() {
        eprintln!("skipped: shared goldens are absent");
        return;
    }
    let texts = corpus();
    let split = TrainSplit::new("gpt2", false).unwrap();
    // Counted in three parts, the last first.
    let mut words = WordCounts::new();
    for part in texts.chunks(texts.len().div_ceil(3)).rev() {
        let mut counts = WordCounts::new();
        for text in part {
            counts.add(&split, text).unwrap();
        }
        words.merge(counts);
    }
    let words = words.sorted();
    for name in ["seed", "alphabet"] {
        let file = Path::new(SHARED).join(format!("golden/code/tokenizer_{name}.json"));
        let golden: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let specials = golden["added_tokens"].as_array().unwrap().iter();
        let options = TrainOptions {
            vocab_size: 4096,
            special_tokens: specials.map(|token| token["content"].as_str().unwrap().to_owned()).collect(),
            whole_alphabet: name == "alphabet",
            ..TrainOptions::default()
        };
        let trained = train(&words, &options, &Finishing::new(1 << 30, 1)).unwrap();
        let mut ours = trained.tokenizer_json(split.pre_tokenizer());
        if name == "seed" {
            ours["decoder"] = Value::Null;
        }
        let vocab = |value: &Value| -> BTreeMap<u64, String> {
            let entries = value["model"]["vocab"].as_object().unwrap().iter();
            entries.map(|(token, id)| (id.as_u64().unwrap(), token.clone())).collect()
        };
        assert_eq!(vocab(&ours), vocab(&golden), "{name}");
        assert_eq!(ours["model"]["merges"], golden["model"]["merges"], "{name}");
        assert_eq!(ours, golden, "{name}");
    }
}
