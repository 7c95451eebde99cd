//! A `tokenizer.json` as a `SentencePiece` model.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::names::Names;
use super::{Exchanged, normal_form};
use crate::spm::vocabulary::byte_of;
use crate::spm::{Arithmetic, ModelKind, Piece, PieceKind, SpmFailure, SpmModel, SpmTokenizer};

fn refuse(reason: impl Into<String>) -> SpmFailure {
    SpmFailure::NoCounterpart { from: "tokenizer.json", to: "SentencePiece model", reason: reason.into() }
}

/// The model.
pub(super) fn model(json: &Value, names: &Names, out: &mut Exchanged) -> Result<SpmModel, SpmFailure> {
    let model = &json["model"];
    let kind = model["type"].as_str().unwrap_or("BPE");
    let byte_fallback = model["byte_fallback"] == true;
    // What the model says may be no counterpart at all is told before its parts.
    let (scored, unknown, kind) = match kind {
        "Unigram" => (unigram(model)?, model["unk_id"].as_u64(), ModelKind::Unigram),
        "BPE" => {
            let scored = bpe(model)?;
            let unknown = model["unk_token"].as_str();
            let unknown = unknown.and_then(|unknown| scored.iter().position(|(text, _)| text == unknown));
            (scored, unknown.map(|id| id as u64), ModelKind::Bpe)
        }
        other => return Err(refuse(format!("its model {other} has no counterpart"))),
    };
    let (form, split) = normal_form::read(json).map_err(refuse)?;
    let unknown = unknown.ok_or_else(|| refuse("it has no unknown token"))? as usize;
    let mut pieces: Vec<Piece> = scored
        .into_iter()
        .enumerate()
        .map(|(id, (text, score))| {
            let kind = match () {
                () if id == unknown => PieceKind::Unknown,
                () if byte_fallback && byte_of(&text).is_some() => PieceKind::Byte,
                () => PieceKind::Normal,
            };
            Piece::new(text, score, kind)
        })
        .collect();
    added(json, &mut pieces)?;
    let inside = pieces.iter().find(|piece| {
        piece.kind == PieceKind::Normal && piece.text.chars().skip(1).any(|char| char == '\u{2581}')
    });
    if let (true, Some(piece)) = (split, inside) {
        return Err(refuse(format!(
            "the token `{}` has a space inside, at which text is split before",
            piece.text
        )));
    }
    for piece in &mut pieces {
        if matches!(piece.kind, PieceKind::Control | PieceKind::Unknown | PieceKind::Byte) {
            piece.score = 0.0;
        }
    }
    if !json["post_processor"].is_null() {
        out.note("tokens put around a text are left to whoever loads the model");
    }
    let marks = ["bos_token", "eos_token", "pad_token"].map(|role| names.get(role));
    let model = SpmModel::assemble(kind, pieces, byte_fallback, form, marks);
    // What no model may hold is told here, not when somebody loads it.
    SpmTokenizer::new(model.clone(), Arithmetic::default()).map_err(|fault| refuse(fault.to_string()))?;
    Ok(model)
}

fn unigram(model: &Value) -> Result<Vec<(String, f32)>, SpmFailure> {
    let entries = model["vocab"].as_array().ok_or_else(|| refuse("its model has no vocabulary"))?;
    entries
        .iter()
        .map(|entry| Some((entry[0].as_str()?.to_owned(), entry[1].as_f64()? as f32)))
        .collect::<Option<_>>()
        .ok_or_else(|| refuse("an entry of its vocabulary is not a token with a score"))
}

/// Tokens with minus the rank of the merge that makes them; single characters come after.
fn bpe(model: &Value) -> Result<Vec<(String, f32)>, SpmFailure> {
    if model["dropout"].as_f64().is_some_and(|dropout| dropout > 0.0) {
        return Err(refuse("it drops merges at random"));
    }
    let set = |name: &str| model[name].as_str().is_some_and(|text| !text.is_empty());
    if set("continuing_subword_prefix") || set("end_of_word_suffix") || model["ignore_merges"] == true {
        return Err(refuse("its marked tokens, or tokens found whole, have no counterpart"));
    }
    let vocab = model["vocab"].as_object().ok_or_else(|| refuse("its model has no vocabulary"))?;
    let ids = ids(vocab).map_err(refuse)?;
    if ids.iter().zip(0..).any(|((_, id), place)| *id != place) {
        return Err(refuse("some of its ids have no token"));
    }
    let mut ranks: HashMap<String, usize> = HashMap::new();
    let mut last = String::new();
    for (rank, merge) in model["merges"].as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate()
    {
        let made = match merge {
            Value::String(text) => text.replacen(' ', "", 1),
            pair => {
                format!("{}{}", pair[0].as_str().unwrap_or_default(), pair[1].as_str().unwrap_or_default())
            }
        };
        if made != last && ranks.insert(made.clone(), rank).is_some() {
            return Err(refuse(format!("the token `{made}` is merged at two ranks")));
        }
        last = made;
    }
    let most = ranks.len();
    ids.iter()
        .map(|(text, id)| {
            let score = match ranks.get(*text) {
                Some(rank) => *rank,
                None => most + *id as usize,
            };
            Ok(((*text).to_owned(), -(score as f32)))
        })
        .collect()
}

/// Added tokens: special ones become marks, others symbols; those above the vocabulary are put at its end.
fn added(json: &Value, pieces: &mut Vec<Piece>) -> Result<(), SpmFailure> {
    let mut added: Vec<&Value> =
        json["added_tokens"].as_array().map(|all| all.iter().collect()).unwrap_or_default();
    added.sort_by_key(|token| token["id"].as_u64());
    for token in added {
        let (Some(id), Some(content)) = (token["id"].as_u64(), token["content"].as_str()) else {
            return Err(refuse("an added token has no id or no text"));
        };
        let kind = if token["special"] == true { PieceKind::Control } else { PieceKind::UserDefined };
        if token["single_word"] == true || token["lstrip"] == true || token["rstrip"] == true {
            return Err(refuse(format!(
                "that the added token `{content}` minds what stands beside it has no counterpart"
            )));
        }
        let id = id as usize;
        if id == pieces.len() {
            pieces.push(Piece::new(content, 0.0, kind));
        } else if pieces.get(id).is_none_or(|piece| piece.text != content) {
            return Err(refuse(format!("the added token `{content}` has an id far from the others")));
        } else if pieces[id].kind != PieceKind::Unknown {
            pieces[id].kind = kind;
        }
    }
    Ok(())
}

/// Tokens of a vocabulary by id.
fn ids(vocab: &Map<String, Value>) -> Result<Vec<(&str, u32)>, String> {
    let mut ids = Vec::with_capacity(vocab.len());
    for (token, id) in vocab {
        let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
        ids.push((token.as_str(), id.ok_or_else(|| format!("the token `{token}` has no id"))?));
    }
    ids.sort_unstable_by_key(|(_, id)| *id);
    Ok(ids)
}
