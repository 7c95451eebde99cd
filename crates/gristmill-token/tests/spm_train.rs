//! Training: the same model from the same counts, and a model that works.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Read;

use gristmill_core::{Failure, Finishing, Scratch};
use gristmill_token::spm::train::{TrainOptions, WordCounts, train as train_within};
use gristmill_token::spm::{Arithmetic, SpmFailure, SpmModel, SpmTokenizer};
use gristmill_token::{LoadOptions, StreamDecoder, Tokenizer};

/// Text of some hundred made-up words with a skewed distribution.
fn text() -> Vec<String> {
    let parts = ["ba", "ren", "to", "mi", "sul", "ka", "ed", "ing", "o", "str"];
    let mut state = 7u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..600)
        .map(|_| {
            let words = (0..10).map(|_| {
                let most = 1 + next(10);
                (0..=next(3)).map(|_| parts[next(most) as usize]).collect::<String>()
            });
            words.collect::<Vec<_>>().join(" ") + " <tag> 42."
        })
        .collect()
}

fn options(threads: usize) -> TrainOptions {
    TrainOptions {
        vocab_size: 400,
        threads,
        byte_fallback: true,
        nmt_nfkc: false,
        user_defined_symbols: vec!["<tag>".into()],
        control_symbols: vec!["<sep>".into()],
        ..TrainOptions::default()
    }
}

fn counts(lines: &[String], options: &TrainOptions) -> WordCounts {
    let mut counts = WordCounts::new(options).unwrap();
    for line in lines {
        counts.add(line);
    }
    counts
}

fn saved(counts: &WordCounts) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = Scratch::in_folder(folder.path(), 0).file(|out| counts.save(Vec::new(), out)).unwrap();
    let mut bytes = Vec::new();
    file.open().unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn train(counts: &WordCounts, options: &TrainOptions) -> Result<SpmModel, Failure> {
    train_within(counts, options, &Finishing::new(1 << 30, 1))
}

#[test]
fn threads_and_order_do_not_matter() {
    let lines = text();
    let model = train(&counts(&lines, &options(1)), &options(1)).unwrap().write();
    for threads in [2, 7] {
        assert!(train(&counts(&lines, &options(threads)), &options(threads)).unwrap().write() == model);
    }
    let (first, second) = lines.split_at(200);
    let mut merged = counts(second, &options(1));
    merged.merge(counts(first, &options(1)));
    assert!(train(&merged, &options(1)).unwrap().write() == model);
}

#[test]
fn saved_counts_are_the_same_counts() {
    let lines = text();
    let whole = counts(&lines, &options(1));
    let mut parts = whole.fresh();
    for part in lines.chunks(170) {
        parts.restore(&saved(&counts(part, &options(1)))).unwrap();
    }
    assert!(saved(&parts) == saved(&whole));
    assert_eq!(parts.sorted(1), whole.sorted(3));
    let bytes = saved(&whole);
    for wrong in [&[0xFF][..], b"", &bytes[..bytes.len() - 4]] {
        assert!(whole.fresh().restore(wrong).is_none());
    }
}

#[test]
fn text_that_does_not_fit_is_sampled_alike_in_any_order() {
    let lines: Vec<String> =
        (0..4000).map(|n| format!("word{n} and other{} text {}", n * 7, "x".repeat(n % 30))).collect();
    let texts: Vec<String> = lines.chunks(40).map(|part| part.join(" ").repeat(3)).collect();
    let count = |texts: &mut dyn Iterator<Item = &String>| {
        let mut counts = WordCounts::new(&options(1)).unwrap().with_room(200_000);
        texts.for_each(|text| counts.add(text));
        counts
    };
    let forward = count(&mut texts.iter());
    assert!(forward.share() < 1.0 && !forward.is_empty());
    assert!(saved(&forward) == saved(&count(&mut texts.iter().rev())));
    let mut merged = count(&mut texts[70..].iter());
    merged.merge(count(&mut texts[..30].iter()));
    merged.merge(count(&mut texts[30..70].iter()));
    assert!(saved(&forward) == saved(&merged));
}

#[test]
fn a_trained_model_encodes_and_decodes() {
    let lines = text();
    let tokenizer =
        SpmTokenizer::read(&train(&counts(&lines, &options(1)), &options(1)).unwrap().write()).unwrap();
    assert_eq!(tokenizer.model().pieces.len(), 400);
    let mut encoder = tokenizer.encoder();
    let mut ids = Vec::new();
    for text in lines.iter().map(String::as_str).chain(["something new: \u{20AC} and \u{1F600}"]) {
        ids.clear();
        encoder.encode(text, &mut ids);
        assert_eq!(tokenizer.decode(&ids).unwrap(), text);
        assert!(ids.len() < text.len());
    }
    let tag = tokenizer.model().pieces.iter().position(|piece| piece.text == "<tag>").unwrap() as u32;
    ids.clear();
    encoder.encode("ba<tag>ba", &mut ids);
    assert!(ids.contains(&tag));
}

#[test]
fn streams_hold_back_parts_of_characters() {
    let lines = text();
    let tokenizer =
        SpmTokenizer::new(train(&counts(&lines, &options(1)), &options(1)).unwrap(), Arithmetic::default());
    let tokenizer = tokenizer.unwrap();
    let mut ids = Vec::new();
    tokenizer.encoder().encode("ba \u{1F600} ren", &mut ids);
    ids.push(7 + 0xF0);
    let mut decoder = tokenizer.decoder();
    let mut text = String::new();
    for &id in &ids {
        decoder.push(id, &mut text).unwrap();
        assert!(!text.contains('\u{FFFD}'));
    }
    decoder.finish(&mut text);
    assert_eq!(text, tokenizer.decode(&ids).unwrap());
    assert!(matches!(tokenizer.decode(&[400]), Err(SpmFailure::Id { id: 400, size: 400 })));
}

#[test]
fn what_cannot_be_met_is_refused() {
    let lines = text();
    let try_with = |options: TrainOptions| train(&counts(&lines, &options), &options).unwrap_err();
    let large = try_with(TrainOptions { vocab_size: 90_000, ..options(1) });
    assert_eq!(large.code(), "GM_SPM_VOCAB_TOO_LARGE");
    assert!(large.message().contains("90000"), "{}", large.message());
    let small = try_with(TrainOptions { vocab_size: 262, ..options(1) });
    assert_eq!(small.code(), "GM_SPM_VOCAB_TOO_SMALL");
    let share = WordCounts::new(&TrainOptions { character_coverage: 0.0, ..options(1) }).unwrap_err();
    assert!(matches!(share, SpmFailure::Option { option: "character_coverage", .. }));
    let nothing = WordCounts::new(&options(1)).unwrap();
    assert_eq!(train(&nothing, &options(1)).unwrap_err().code(), "GM_SPM_NO_TEXT");
}

#[test]
fn streams_give_what_decoding_gives() {
    let lines = text();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.model");
    std::fs::write(&path, train(&counts(&lines, &options(1)), &options(1)).unwrap().write()).unwrap();
    let tokenizer = Tokenizer::load(&path, &LoadOptions::default()).unwrap();
    let mut state = 1_u64;
    let mut next = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % below
    };
    for round in 0..400 {
        // Among all ids, or only those of bytes and what is special.
        let below = if round % 2 == 0 { 400 } else { 300 };
        let ids: Vec<u32> = (0..next(60)).map(|_| next(below)).collect();
        for skip_special in [false, true] {
            let mut stream = StreamDecoder::new(&tokenizer, skip_special);
            let mut text: String = ids.iter().map(|id| stream.push(*id).unwrap()).collect();
            text += &stream.finish().unwrap();
            assert_eq!(text, tokenizer.decode(&ids, skip_special).unwrap(), "{ids:?}");
        }
    }
    assert!(StreamDecoder::new(&tokenizer, false).push(400).is_err());
}
