//! Ids and places equal those that the reference wrote, where the shared goldens are at hand.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::ops::Range;
use std::path::Path;

use gristmill_token::{LoadOptions, Specials, StreamDecoder, Tokenizer};
use serde::Deserialize;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden/code");

#[derive(Deserialize)]
struct Sample {
    text: String,
    ids: Vec<u32>,
    offsets: Vec<(usize, usize)>,
}

fn samples(name: &str) -> Vec<Sample> {
    let file = std::fs::File::open(Path::new(GOLDEN).join(name)).unwrap();
    let lines = String::from_utf8(zstd::decode_all(file).unwrap()).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn load(name: &str, specials: Specials) -> Tokenizer {
    let path = Path::new(GOLDEN).join(name);
    Tokenizer::load(path, &LoadOptions { specials, ..LoadOptions::default() }).unwrap()
}

/// The reference counts characters and takes in those of which a token has only some bytes.
fn in_characters(text: &str, place: &Range<usize>) -> (usize, usize) {
    let starts = |upto: usize| text.char_indices().take_while(|(at, _)| *at < upto).count();
    let first = text.char_indices().take_while(|(at, _)| *at <= place.start).count() - 1;
    (first, starts(place.end))
}

#[test]
fn ids_and_places_equal_the_reference() {
    if !Path::new(GOLDEN).exists() {
        eprintln!("skipped: shared goldens are absent");
        return;
    }
    for name in ["seed", "alphabet"] {
        let tokenizer = load(&format!("tokenizer_{name}.json"), Specials::Recognise);
        assert_eq!(tokenizer.engine().reason, None);
        let samples = samples(&format!("encode_{name}.jsonl.zst"));
        assert_eq!(samples.len(), 500);
        let (mut ids, mut places, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for Sample { text, ids: want, offsets } in &samples {
            ids.clear();
            places.clear();
            plain.clear();
            tokenizer.encode_into(text, true, &mut plain).unwrap();
            assert_eq!(&plain, want, "{name} {text:?}");
            assert_eq!(tokenizer.count(text, true).unwrap(), want.len());
            tokenizer.locate_into(text, true, &mut ids, &mut places).unwrap();
            assert_eq!(&ids, want);
            let whole = tokenizer.decode(want, false).unwrap() == *text;
            assert!(whole || name == "seed", "{text:?}");
            if whole {
                let found: Vec<_> = places.iter().map(|place| in_characters(text, place)).collect();
                assert_eq!(&found, offsets, "{name} {text:?}");
            }
            let mut stream = StreamDecoder::new(&tokenizer, false);
            let mut streamed: String = want.iter().map(|id| stream.push(*id).unwrap()).collect();
            streamed.push_str(&stream.finish().unwrap());
            assert_eq!(streamed, tokenizer.decode(want, false).unwrap());
        }
    }
}

#[test]
fn special_tokens_in_text_follow_the_option() {
    if !Path::new(GOLDEN).exists() {
        eprintln!("skipped: shared goldens are absent");
        return;
    }
    let text = "a<|endoftext|>b";
    let encode = |specials| {
        let tokenizer = load("tokenizer_alphabet.json", specials);
        let mut ids = Vec::new();
        tokenizer
            .encode_into(text, false, &mut ids)
            .map(|()| (ids.contains(&0), tokenizer.decode(&ids, false).unwrap()))
    };
    assert_eq!(encode(Specials::Recognise).unwrap(), (true, text.to_owned()));
    assert_eq!(encode(Specials::Ignore).unwrap(), (false, text.to_owned()));
    assert_eq!(encode(Specials::Refuse).unwrap_err().code(), "GM_TOKEN_SPECIAL_IN_TEXT");
}
