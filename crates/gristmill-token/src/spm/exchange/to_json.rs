//! A `SentencePiece` model as a `tokenizer.json`.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::Exchanged;
use crate::spm::unigram::symbol_score;
use crate::spm::{Arithmetic, ModelKind, Piece, PieceKind, SpmFailure, SpmModel, SpmTokenizer};

const SPACE: char = '\u{2581}';

fn refuse(reason: impl Into<String>) -> SpmFailure {
    SpmFailure::NoCounterpart { from: "SentencePiece model", to: "tokenizer.json", reason: reason.into() }
}

/// The whole file.
pub(super) fn tokenizer_json(model: &SpmModel, out: &mut Exchanged) -> Result<Value, SpmFailure> {
    let tokenizer = SpmTokenizer::new(model.clone(), Arithmetic::default())?;
    if model.whitespace_as_suffix() {
        return Err(refuse("a space that belongs to the word before it has no counterpart"));
    }
    if !model.escape_whitespaces() {
        return Err(refuse("spaces that stay spaces have no counterpart"));
    }
    if !model.denormalizer_charsmap().is_empty() {
        return Err(refuse("what it does to decoded text has no counterpart"));
    }
    if model.pieces.iter().any(|piece| piece.kind == PieceKind::Unused) {
        return Err(refuse("pieces out of use have no counterpart"));
    }
    let kind = model.kind()?;
    let plain = |piece: &&Piece| matches!(piece.kind, PieceKind::Normal | PieceKind::UserDefined);
    // A piece with a space inside would be cut by a split at spaces.
    let split =
        !model.pieces.iter().filter(plain).any(|piece| piece.text.chars().skip(1).any(|char| char == SPACE));
    let searched = |piece: &Piece| {
        piece.kind == PieceKind::UserDefined
            && (kind != ModelKind::Unigram || !keeps(&tokenizer, &piece.text) || piece.text.contains(SPACE))
    };
    let model_json = match kind {
        ModelKind::Unigram => unigram(model),
        ModelKind::Bpe => bpe(model, &merges(model)?),
        ModelKind::Char => bpe(model, &[]),
        ModelKind::Word => return Err(refuse("whole words that join when unknown have no counterpart")),
    };
    let added: Vec<Value> = model
        .pieces
        .iter()
        .enumerate()
        .filter_map(|(id, piece)| {
            let special = matches!(piece.kind, PieceKind::Control | PieceKind::Unknown);
            (special || searched(piece)).then(|| {
                json!({
                    "id": id, "content": piece.text, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": special,
                })
            })
        })
        .collect();
    if model.pieces.iter().any(searched) {
        out.note("user-defined symbols are searched before a space is put in front of the text or spaces are joined");
    }
    out.note("special tokens such as <s> are found in text, where a SentencePiece model takes them for plain characters");
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": normalizer(model),
        "pre_tokenizer": {
            "type": "Metaspace",
            "replacement": SPACE.to_string(),
            "prepend_scheme": if model.add_dummy_prefix() && model.remove_extra_whitespaces() { "first" } else { "never" },
            "split": split,
        },
        "post_processor": null,
        "decoder": decoder(model)?,
        "model": model_json,
    }))
}

/// Whether a symbol comes out of the normaliser as it went in, so that it may be a piece like others.
fn keeps(tokenizer: &SpmTokenizer, symbol: &str) -> bool {
    !symbol.contains(' ')
        && symbol.char_indices().all(|(at, char)| {
            let rest = &symbol[at..];
            tokenizer
                .normalizer()
                .mapped(rest)
                .is_none_or(|(_, made)| made.starts_with(char) && made.len() == char.len_utf8())
        })
}

fn normalizer(model: &SpmModel) -> Value {
    let replace =
        |pattern: Value, content: &str| json!({"type": "Replace", "pattern": pattern, "content": content});
    let mut stages = Vec::new();
    if !model.charsmap().is_empty() {
        stages.push(
            json!({"type": "Precompiled", "precompiled_charsmap": BASE64_STANDARD.encode(model.charsmap())}),
        );
    }
    if model.remove_extra_whitespaces() {
        // One space may stay in front: it takes the place of the one that is put there.
        let outer = if model.add_dummy_prefix() { r" +\z" } else { r"\A +| +\z" };
        stages.push(replace(json!({"Regex": outer}), ""));
        stages.push(replace(json!({"Regex": " {2,}"}), " "));
    } else if model.add_dummy_prefix() {
        stages.push(json!({"type": "Prepend", "prepend": SPACE.to_string()}));
    }
    if stages.is_empty() { Value::Null } else { json!({"type": "Sequence", "normalizers": stages}) }
}

fn decoder(model: &SpmModel) -> Result<Value, SpmFailure> {
    let unknown = model.pieces.iter().find(|piece| piece.kind == PieceKind::Unknown);
    let mut stages = vec![
        json!({"type": "Replace", "pattern": {"String": unknown.map(|piece| piece.text.as_str())}, "content": model.unk_surface()?}),
        json!({"type": "Replace", "pattern": {"String": SPACE.to_string()}, "content": " "}),
        json!({"type": "ByteFallback"}),
        json!({"type": "Fuse"}),
    ];
    if model.add_dummy_prefix() || model.remove_extra_whitespaces() {
        stages.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    Ok(json!({"type": "Sequence", "decoders": stages}))
}

fn unigram(model: &SpmModel) -> Value {
    let vocab: Vec<Value> = model
        .pieces
        .iter()
        .map(|piece| match piece.kind {
            PieceKind::UserDefined => json!([piece.text, f64::from(symbol_score(&piece.text))]),
            _ => json!([piece.text, f64::from(piece.score)]),
        })
        .collect();
    let unknown = model.pieces.iter().position(|piece| piece.kind == PieceKind::Unknown);
    json!({"type": "Unigram", "unk_id": unknown, "vocab": vocab, "byte_fallback": model.byte_fallback()})
}

fn bpe(model: &SpmModel, merges: &[Value]) -> Value {
    let vocab: Map<String, Value> =
        model.pieces.iter().enumerate().map(|(id, piece)| (piece.text.clone(), json!(id))).collect();
    let unknown = model.pieces.iter().find(|piece| piece.kind == PieceKind::Unknown);
    json!({
        "type": "BPE",
        "dropout": null,
        "unk_token": unknown.map(|piece| piece.text.as_str()),
        "continuing_subword_prefix": null,
        "end_of_word_suffix": null,
        "fuse_unk": true,
        "byte_fallback": model.byte_fallback(),
        "ignore_merges": false,
        "vocab": vocab,
        "merges": merges,
    })
}

/// The merge behind each piece: the two parts its characters fall into under the better pieces.
fn merges(model: &SpmModel) -> Result<Vec<Value>, SpmFailure> {
    let mut order: Vec<&Piece> =
        model.pieces.iter().filter(|piece| piece.kind == PieceKind::Normal).collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let long = |piece: &Piece| piece.text.chars().nth(1).is_some();
    let equal = order
        .windows(2)
        .find(|pair| pair[0].score.total_cmp(&pair[1].score).is_eq() && long(pair[0]) && long(pair[1]));
    if let Some(pair) = equal {
        return Err(refuse(format!("the pieces `{}` and `{}` have one score", pair[0].text, pair[1].text)));
    }
    let ranks: HashMap<&str, usize> =
        order.iter().enumerate().map(|(rank, piece)| (piece.text.as_str(), rank)).collect();
    let known: HashSet<&str> = model.pieces.iter().map(|piece| piece.text.as_str()).collect();
    let mut merges = Vec::new();
    for (rank, piece) in order.iter().enumerate().filter(|(_, piece)| long(piece)) {
        if let [left, right] = parts(&piece.text, &ranks, rank)[..] {
            if !known.contains(left) || !known.contains(right) {
                return Err(refuse(format!("the piece `{}` is made of a part that is none", piece.text)));
            }
            merges.push(json!([left, right]));
        }
    }
    Ok(merges)
}

fn parts<'a>(text: &'a str, ranks: &HashMap<&str, usize>, below: usize) -> Vec<&'a str> {
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    loop {
        let ranked = |pair: usize| ranks.get(&text[ends[pair]..ends[pair + 2]]).copied();
        let best = (0..ends.len().saturating_sub(2))
            .filter_map(|pair| Some((ranked(pair).filter(|rank| *rank < below)?, pair)))
            .min();
        match best {
            Some((_, pair)) => drop(ends.remove(pair + 1)),
            None => return ends.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect(),
        }
    }
}
