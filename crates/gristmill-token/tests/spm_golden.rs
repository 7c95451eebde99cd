//! Ids, pieces, normalised and decoded text of the reference, release 0.2.1.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::Read as _;
use std::path::PathBuf;

use gristmill_token::spm::{Arithmetic, SpmModel, SpmTokenizer};
use serde_json::Value;

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden/mixture/spm"));
    if folder.is_dir() {
        Some(folder)
    } else {
        eprintln!("skipped: the golden models are not here");
        None
    }
}

fn rows(path: PathBuf) -> Vec<Value> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn check(name: &str) {
    let Some(folder) = folder() else { return };
    let lines = rows(folder.join("encode_lines.jsonl.gz"));
    let wanted = rows(folder.join(format!("encode_{name}.jsonl.gz")));
    assert_eq!((lines.len(), wanted.len()), (695, 695));
    let model = SpmModel::read(&std::fs::read(folder.join(format!("models/{name}.model"))).unwrap()).unwrap();
    let tokenizer = SpmTokenizer::new(model, Arithmetic::Mixed).unwrap();
    let mut encoder = tokenizer.encoder();
    let mut ids = Vec::new();
    for (line, wanted) in lines.iter().zip(&wanted) {
        let text = line["text"].as_str().unwrap();
        if let Some(normalized) = wanted.get("normalized") {
            let mut made = String::new();
            tokenizer.normalizer().normalize(text, &mut made);
            assert_eq!(made, *normalized, "{name} line {}", line["i"]);
            assert_eq!(tokenizer.normalizer().aligned(text).text, made);
        }
        ids.clear();
        encoder.encode(text, &mut ids);
        assert_eq!(serde_json::json!(ids), wanted["ids"], "{name} line {}: {text}", line["i"]);
        assert_eq!(encoder.count(text), ids.len());
        assert!(encoder.spans(text).iter().map(|span| span.id).eq(ids.iter().copied()));
        if let Some(pieces) = wanted.get("pieces") {
            assert_eq!(serde_json::json!(encoder.pieces(text)), *pieces, "{name} line {}", line["i"]);
        }
        assert_eq!(tokenizer.decode(&ids).unwrap(), wanted["decoded"], "{name} line {}", line["i"]);
    }
}

macro_rules! models {
    ($($name:ident)*) => { $(#[test] fn $name() { check(stringify!($name)); })* };
}

models! {
    bpe_bytefallback_1500 spm_2000_bpe spm_2000_unigram spm_4000_unigram unigram_bytefallback_3000 unigram_cf_1500
    unigram_identity_1500 unigram_keepws_1500 unigram_nosplit_1500 unigram_special_1500 unigram_suffix_1500
}
