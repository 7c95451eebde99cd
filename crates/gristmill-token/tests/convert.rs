//! What is converted gives the same ids in its new form, and what another format cannot say is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use gristmill_core::Finishing;
use gristmill_token::train::{FileOptions, TrainOptions, TrainSplit, WordCounts, train};
use gristmill_token::{LoadOptions, Target, Tokenizer, convert};
use serde_json::{Value, json};

const TEXTS: [&str; 6] = [
    "the lowest of the low, lower than low",
    "newest  newer\n\n  new\t12345 ",
    "def f(x):\n    return x + 1\n  ",
    "naïve café 日本語 😀",
    "",
    "IT'S don't WE'LL  \n ",
];

fn trained(split: &str, specials: &[&str]) -> (Value, Vec<(String, String)>) {
    let split = TrainSplit::new(split, false).unwrap();
    let mut words = WordCounts::new();
    for text in TEXTS {
        words.add(&split, text).unwrap();
        words.add(&split, text).unwrap();
    }
    let words = words.sorted();
    let special_tokens = specials.iter().map(ToString::to_string).collect();
    let options = TrainOptions { vocab_size: 320, special_tokens, ..TrainOptions::default() };
    let trained = train(&words, &options, &Finishing::new(1 << 30, 1)).unwrap();
    let files = trained.files(split.pre_tokenizer(), &FileOptions::default()).unwrap();
    (trained.tokenizer_json(split.pre_tokenizer()), files.into_iter().collect())
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(name), text).unwrap();
}

fn ids(path: &Path, options: &LoadOptions) -> Vec<Vec<u32>> {
    let tokenizer = Tokenizer::load(path, options).unwrap();
    assert_eq!(tokenizer.engine().reason, None, "{}", path.display());
    let encode = |text: &&str| {
        let mut ids = Vec::new();
        tokenizer.encode_into(text, false, &mut ids).unwrap();
        ids
    };
    TEXTS.iter().map(encode).collect()
}

#[test]
fn every_way_round_gives_the_same_ids() {
    for split in ["gpt2", "cl100k", "o200k", "llama3", "qwen2", "deepseek"] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (json, _) = trained(split, &[]);
        write(folder.path(), "tokenizer.json", json.to_string());
        let plain = LoadOptions::default();
        let with = LoadOptions { split: Some(split.to_owned()), ..LoadOptions::default() };
        let want = ids(&path("tokenizer.json"), &plain);

        let ranks = convert(&path("tokenizer.json"), &plain, Target::Tiktoken);
        // A byte of the alphabet stands where its printable character stands, which ranks do not mind.
        let ranks = ranks.unwrap();
        assert!(ranks.left_out.iter().any(|what| what.contains("split")));
        write(folder.path(), "mine.tiktoken", &ranks.files["vocabulary.tiktoken"]);
        assert_eq!(ids(&path("mine.tiktoken"), &with), want, "{split}");

        let pair = convert(&path("mine.tiktoken"), &with, Target::VocabMerges).unwrap();
        for (name, text) in &pair.files {
            write(&path("pair"), name, text);
        }
        assert_eq!(ids(&path("pair"), &with), want, "{split}");

        for from in ["mine.tiktoken", "pair"] {
            let back = convert(&path(from), &with, Target::Huggingface).unwrap();
            assert!(back.files.contains_key("tokenizer_config.json"), "{split} from {from}");
            write(&path("back"), "tokenizer.json", &back.files["tokenizer.json"]);
            assert_eq!(ids(&path("back"), &plain), want, "{split} from {from}");
        }
    }
}

#[test]
fn what_another_format_cannot_say_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |value: &Value, target| {
        write(folder.path(), "tokenizer.json", value.to_string());
        let failure = convert(folder.path(), &LoadOptions::default(), target).unwrap_err();
        assert_eq!(failure.code(), "GM_TOKEN_NO_CONVERSION");
        failure.message()
    };
    let (json, _) = trained("gpt2", &["<|end|>"]);
    let mut normalised = json.clone();
    normalised["normalizer"] = json!({"type": "NFC"});
    assert!(refused(&normalised, Target::Tiktoken).contains("normalised"));
    let mut shuffled = json.clone();
    let merges = shuffled["model"]["merges"].as_array_mut().unwrap();
    let last = merges.len() - 1;
    merges.swap(0, last);
    assert!(refused(&shuffled, Target::Tiktoken).contains("order"));
    let mut lower = json.clone();
    lower["normalizer"] = json!({"type": "Lowercase"});
    assert!(refused(&lower, Target::VocabMerges).contains("normaliser Lowercase"));

    // Special tokens are told, not lost in silence.
    write(folder.path(), "tokenizer.json", json.to_string());
    let converted = convert(folder.path(), &LoadOptions::default(), Target::Tiktoken).unwrap();
    assert!(converted.left_out.iter().any(|what| what.contains("<|end|>")), "{:?}", converted.left_out);
}

#[test]
fn a_trained_tokenizer_loads_from_each_of_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let (_, files) = trained("gpt2", &["<|end|>", "<|pad|>"]);
    for (name, text) in &files {
        write(folder.path(), name, text);
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json"]
    );
    let plain = LoadOptions::default();
    assert_eq!(
        ids(&folder.path().join("vocab.json"), &plain),
        ids(&folder.path().join("tokenizer.json"), &plain)
    );
}
