//! Tokenizers as various models have them: ids, places and texts are those of the `tokenizers` crate.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use gristmill_token::{LoadOptions, Specials, Tokenizer};
use proptest::prelude::*;
use serde_json::{Value, json};

const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const DEEPSEEK: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##;

/// The printable characters of bytes, by the rule the format is defined by.
fn alphabet() -> Vec<char> {
    let printable = |byte: &u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut others = 256..;
    let mut chars = Vec::new();
    for byte in 0..256 {
        let code = if printable(&byte) { byte } else { others.next().unwrap() };
        chars.push(char::from_u32(code).unwrap());
    }
    chars
}

/// A small model: all bytes, then merges of whatever stands together often in a few lines.
fn model(ignore_merges: bool) -> Value {
    let alphabet = alphabet();
    let lines = " the then there hello 12 123 don't it's Ünder über 日本 日 \u{301} !! ?? ;; \n\n \r\n <|x|> e\u{301}";
    let mut words: Vec<Vec<String>> = lines
        .split_inclusive(' ')
        .map(|word| word.bytes().map(|b| alphabet[b as usize].into()).collect())
        .collect();
    let mut vocab: BTreeMap<String, u32> =
        alphabet.iter().zip(0..).map(|(c, id)| (c.to_string(), id)).collect();
    let mut merges = Vec::new();
    for id in 256..330 {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for pair in words.iter().flat_map(|word| word.windows(2)) {
            *counts.entry((pair[0].clone(), pair[1].clone())).or_default() += 1;
        }
        let Some((pair, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { break };
        let joined = format!("{}{}", pair.0, pair.1);
        for word in &mut words {
            let mut at = 0;
            while at + 1 < word.len() {
                if word[at] == pair.0 && word[at + 1] == pair.1 {
                    word[at].clone_from(&joined);
                    word.remove(at + 1);
                }
                at += 1;
            }
        }
        merges.push(json!([pair.0, pair.1]));
        vocab.entry(joined).or_insert(id);
    }
    json!({
        "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
        "ignore_merges": ignore_merges, "vocab": vocab, "merges": merges,
    })
}

fn split(pattern: &str) -> Value {
    json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false})
}

fn sequence(mut parts: Vec<Value>) -> Value {
    parts.push(
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}),
    );
    json!({"type": "Sequence", "pretokenizers": parts})
}

fn token(id: u32, content: &str, special: bool, normalized: bool) -> Value {
    json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": normalized, "special": special})
}

fn file(pre: &Value, normalizer: &Value, ignore_merges: bool) -> Value {
    let model = model(ignore_merges);
    let first = model["vocab"].as_object().unwrap().len() as u32;
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [
            token(first, "<|x|>", true, false), token(first + 1, "<|xy|>", true, false),
            token(first + 2, "  ", false, false), token(first + 3, "zebra", false, true),
        ],
        "normalizer": normalizer, "pre_tokenizer": pre,
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<|x|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<|x|>": {"id": "<|x|>", "ids": [first], "tokens": ["<|x|>"]}}},
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": model,
    })
}

fn native_layouts() -> Vec<(&'static str, Value)> {
    let gpt2 =
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true});
    let removed =
        json!({"type": "Split", "pattern": {"String": "e"}, "behavior": "Removed", "invert": false});
    let deepseek = vec![split(r"\p{N}{1,3}"), split("[一-龥\u{3040}-ゟ゠-ヿ]+"), split(DEEPSEEK)];
    let user = r"\w+|[^\w\s]|\s+(?=x)|\s";
    vec![
        ("gpt2", file(&gpt2, &Value::Null, false)),
        ("llama3", file(&sequence(vec![split(LLAMA3)]), &Value::Null, true)),
        ("qwen2", file(&sequence(vec![split(QWEN2)]), &json!({"type": "NFC"}), false)),
        ("deepseek", file(&sequence(deepseek), &json!({"type": "Sequence", "normalizers": []}), false)),
        (
            "digits",
            file(
                &sequence(vec![json!({"type": "Digits", "individual_digits": true})]),
                &json!({"type": "NFKC"}),
                false,
            ),
        ),
        ("a user's pattern", file(&sequence(vec![split(user)]), &json!({"type": "NFD"}), false)),
        ("removed", file(&sequence(vec![removed]), &Value::Null, true)),
    ]
}

fn load(value: &Value, specials: Specials) -> Tokenizer {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), value.to_string()).unwrap();
    Tokenizer::load(folder.path(), &LoadOptions { specials, ..LoadOptions::default() }).unwrap()
}

fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => prop::sample::select(
            [
                " ", "  ", "\n", "\t", "zebra", "the", "then", "there", " hello", "12", "1234", "don't", "IT'S", "Ü", "über", "日本", "ひ", "e\u{301}", "\u{301}", "ﬁ", "Å",
                "\u{1e9b}\u{323}", "!!", ";", "<|x|>", "<|xy|>", "<|x", "|>", "\0", "😀", "ỗ", "가", "\u{1100}\u{1161}", "xxxxxxxxxxxxxxxxxxxxxxxx", "日本日本日本",
            ]
            .as_slice()
        )
        .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => (any::<char>(), 1..80_usize).prop_map(|(c, n)| String::from(c).repeat(n)),
    ];
    prop::collection::vec(part, 0..16).prop_map(|parts| parts.concat())
}

#[test]
fn ids_are_those_of_the_reference() {
    let pairs: Vec<_> = native_layouts()
        .into_iter()
        .map(|(name, value)| {
            let mut reference = tokenizers::Tokenizer::from_bytes(value.to_string()).unwrap();
            let ours = [load(&value, Specials::Recognise), load(&value, Specials::Ignore)];
            assert_eq!(ours[0].engine().reason, None, "{name}");
            let plain = reference.clone();
            reference.set_encode_special_tokens(true);
            (name, ours, [plain, reference])
        })
        .collect();
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    config.cases = config.cases.max(600);
    proptest!(config, |(text in texts())| {
        for (name, ours, references) in &pairs {
            for (ours, reference) in ours.iter().zip(references) {
                let want = reference.encode(text.as_str(), true).unwrap();
                let (mut ids, mut places) = (Vec::new(), Vec::new());
                ours.locate_into(&text, true, &mut ids, &mut places).unwrap();
                prop_assert_eq!(&ids, want.get_ids(), "{} {:?}", name, &text);
                ids.clear();
                ours.encode_into(&text, true, &mut ids).unwrap();
                prop_assert_eq!(&ids, want.get_ids());
                prop_assert_eq!(places.len(), ids.len());
                for place in &places {
                    prop_assert!(place.start <= place.end && place.end <= text.len(), "{:?}", place);
                }
                prop_assert_eq!(ours.count(&text, true).unwrap(), ids.len());
                prop_assert_eq!(ours.decode(&ids, true).unwrap(), reference.decode(&ids, true).unwrap());
            }
        }
    });
}

#[test]
fn what_we_do_not_have_goes_to_the_crate_with_a_reason() {
    let gpt2 = |prefix| json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true, "use_regex": true});
    let mut moved = file(&gpt2(false), &Value::Null, false);
    moved["added_tokens"][0]["id"] = json!(4000);
    let mut marked = file(&gpt2(false), &Value::Null, false);
    marked["added_tokens"][0]["lstrip"] = json!(true);
    let words = json!({
        "version": "1.0", "added_tokens": [], "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "the": 1, "##re": 2}},
    });
    for (value, reason) in [
        (file(&gpt2(true), &Value::Null, false), "a space is put in front of the text"),
        (file(&gpt2(false), &json!({"type": "Lowercase"}), false), "normaliser Lowercase"),
        (
            file(&json!({"type": "Whitespace"}), &Value::Null, false),
            "pre-tokeniser Whitespace where bytes are expected",
        ),
        (moved, "added token `<|x|>` has the id 4000 out of order"),
        (marked, "added token `<|x|>` looks at what stands beside it"),
        (words, "model WordPiece"),
    ] {
        let ours = load(&value, Specials::Recognise);
        assert_eq!((ours.engine().engine, ours.engine().reason), ("tokenizers", Some(reason)));
        let reference = tokenizers::Tokenizer::from_bytes(value.to_string()).unwrap();
        let (mut ids, text) = (Vec::new(), "The there  <|x|>hello");
        ours.encode_into(text, true, &mut ids).unwrap();
        assert_eq!(ids, reference.encode(text, true).unwrap().get_ids());
        assert_eq!(ours.decode(&ids, false).unwrap(), reference.decode(&ids, false).unwrap());
    }
}

#[test]
fn files_of_ranks_need_a_split_and_vocabularies_their_merges() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.tiktoken");
    let load = |split: Option<&str>| {
        Tokenizer::load(&path, &LoadOptions { split: split.map(Into::into), ..LoadOptions::default() })
    };
    let code = |split| load(split).err().unwrap().code();
    assert_eq!(code(None), "GM_TOKEN_UNREADABLE");
    std::fs::write(&path, "IQ== 0\nnot base64\n").unwrap();
    assert_eq!(
        (code(None), code(Some("gpt2")), code(Some("("))),
        ("GM_TOKEN_NO_SPLIT", "GM_TOKEN_INVALID", "GM_TOKEN_BAD_SPLIT")
    );
    assert_eq!(
        Tokenizer::load(folder.path(), &LoadOptions::default()).err().unwrap().code(),
        "GM_TOKEN_EMPTY_FOLDER"
    );

    let model = model(false);
    std::fs::write(folder.path().join("vocab.json"), model["vocab"].to_string()).unwrap();
    let merges = model["merges"].as_array().unwrap().iter();
    let lines: Vec<String> =
        merges.map(|pair| format!("{} {}", pair[0].as_str().unwrap(), pair[1].as_str().unwrap())).collect();
    std::fs::write(folder.path().join("merges.txt"), format!("#version: 0.2\n{}\n", lines.join("\n")))
        .unwrap();
    let ours = Tokenizer::load(folder.path(), &LoadOptions::default()).unwrap();
    let mut ids = Vec::new();
    ours.encode_into("then there", false, &mut ids).unwrap();
    assert!(ids.len() < 10);
    assert_eq!(ours.decode(&ids, false).unwrap(), "then there");
}
