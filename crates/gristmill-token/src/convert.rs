//! A tokenizer in the files of another program, where that says the same; a refusal with the reason where not.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::bpe::{Bpe, Vocab};
use crate::byte_level::char_of;
use crate::failure::TokenFailure;
use crate::files::to_json;
use crate::load::{LoadOptions, described_split, inside, load, read};
use crate::native::Native;
use crate::normal::Form;
use crate::spm::{Beside, Exchanged, SpmModel, hugging_face_folder};
use crate::tokenizer::Engine;
use crate::train::{TrainSplit, pretty};

/// Files to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// `tokenizer.json`.
    Huggingface,
    /// `vocab.json` and `merges.txt`.
    VocabMerges,
    /// One file of ranks.
    Tiktoken,
    /// `tokenizer.model` and `tokenizer.vocab`.
    SentencePiece,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// Files by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the files do not say.
    pub left_out: Vec<String>,
}

impl Converted {
    /// Files by name, those that are no text in base64, and what they leave out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let files: Map<String, Value> =
            self.files.iter().map(|(name, bytes)| (name.clone(), to_json(bytes))).collect();
        json!({"files": files, "left_out": self.left_out})
    }
}

/// Converts the tokenizer at a path.
///
/// # Errors
/// Those of [`crate::Tokenizer::load`], and `GM_TOKEN_NO_CONVERSION` with the reason.
pub fn convert(path: &Path, options: &LoadOptions, target: Target) -> Result<Converted, Failure> {
    let engine = load(path, options)?;
    let native = match &engine {
        Engine::Native(native) => native,
        Engine::SentencePiece(tokenizer) => return of_model(tokenizer.model(), target),
        Engine::Foreign { .. } if matches!(target, Target::SentencePiece | Target::Huggingface) => {
            return of_json(path, target);
        }
        Engine::Foreign { reason, .. } => return Err(refused(target, reason).into()),
    };
    let files = match target {
        Target::Huggingface => return hugging_face(native, path, options),
        Target::SentencePiece => return Err(refused(target, "bytes are merged, not characters").into()),
        Target::VocabMerges => vocab_merges(native).map_err(|why| refused(target, &why))?,
        Target::Tiktoken => tiktoken(native).map_err(|why| refused(target, &why))?,
    };
    let mut left_out = Vec::new();
    left_out.push("how text is split".to_owned());
    let names: Vec<&str> = native.added.iter().map(|token| token.content.as_str()).collect();
    if !names.is_empty() {
        left_out.push(format!("added tokens {}", names.join(", ")));
    }
    if native.around.iter().any(|ids| !ids.is_empty()) {
        left_out.push("special tokens around a text".to_owned());
    }
    let files = files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    Ok(Converted { files, left_out })
}

/// A model of `SentencePiece` in its own files, or in those of Hugging Face's libraries.
fn of_model(model: &SpmModel, target: Target) -> Result<Converted, Failure> {
    match target {
        Target::SentencePiece => Ok(model.to_sentence_piece().into()),
        Target::Huggingface => Ok(model.to_hugging_face()?.into()),
        _ => Err(refused(target, "a SentencePiece model does not merge bytes").into()),
    }
}

/// A `tokenizer.json` that only a `.model` file says too, or with the files that stand beside it.
fn of_json(path: &Path, target: Target) -> Result<Converted, Failure> {
    let file = if path.is_dir() { inside(path)? } else { path.to_owned() };
    let json = |file: &Path| -> Result<Value, Failure> {
        let invalid = |error: serde_json::Error| TokenFailure::Invalid {
            path: file.to_owned(),
            message: error.to_string(),
        };
        Ok(serde_json::from_slice(&read(file)?).map_err(invalid)?)
    };
    let beside = |name: &str| {
        let other = file.with_file_name(name);
        if other.exists() { json(&other).map(Some) } else { Ok(None) }
    };
    let (map, config) = (beside("special_tokens_map.json")?, beside("tokenizer_config.json")?);
    let around = Beside { special_tokens_map: map.as_ref(), tokenizer_config: config.as_ref() };
    let tokenizer = json(&file)?;
    if target == Target::SentencePiece {
        return Ok(SpmModel::from_hugging_face(&tokenizer, around)?.into());
    }
    Ok(hugging_face_folder(&tokenizer, around).into())
}

impl From<Exchanged> for Converted {
    fn from(exchanged: Exchanged) -> Self {
        let files = exchanged.files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes));
        Self { files: files.collect(), left_out: exchanged.notes }
    }
}

fn refused(target: Target, reason: &str) -> TokenFailure {
    let target = match target {
        Target::Huggingface => "tokenizer.json",
        Target::VocabMerges => "vocab.json and merges.txt",
        Target::Tiktoken => "a file of ranks",
        Target::SentencePiece => "a .model file",
    };
    TokenFailure::NoConversion { target, reason: reason.to_owned() }
}

/// A `tokenizer.json` gets the files beside it; the other formats become one.
fn hugging_face(native: &Native, path: &Path, options: &LoadOptions) -> Result<Converted, Failure> {
    let target = Target::Huggingface;
    let Some(split) = described_split(path, options)? else {
        return of_json(path, target);
    };
    let whole = native.bpe.takes_whole();
    let (vocab, merges) = parts(native).map_err(|why| refused(target, &why))?;
    let pre_tokenizer = TrainSplit::new(&split, false)?;
    let file = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": pre_tokenizer.pre_tokenizer(), "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": whole,
            "vocab": vocab, "merges": merges,
        },
    });
    Ok(hugging_face_folder(&file, Beside::default()).into())
}

fn vocab_merges(native: &Native) -> Result<BTreeMap<String, String>, String> {
    plain(native)?;
    let (vocab, merges) = parts(native)?;
    if native.bpe.takes_whole() && reached(native).is_none() {
        return Err("some tokens are found only as whole words".to_owned());
    }
    let mut lines = String::from("#version: 0.2\n");
    for pair in &merges {
        let _infallible = writeln!(lines, "{} {}", pair[0], pair[1]);
    }
    let vocab = pretty(&Value::Object(vocab)).map_err(|failure| failure.to_string())?;
    Ok(BTreeMap::from([("vocab.json".to_owned(), vocab), ("merges.txt".to_owned(), lines)]))
}

fn tiktoken(native: &Native) -> Result<BTreeMap<String, String>, String> {
    plain(native)?;
    if !native.bpe.knows_all_bytes() {
        return Err("some single bytes have no token".to_owned());
    }
    // Ranks are ids: merges must come in the order of the ids they give, and be those that the ids alone imply.
    let tokens = ranked(native);
    let implied = Bpe::ranked(Vocab::new(&tokens)).merges();
    let merges = native.bpe.merges().ok_or("merges are not in one order")?;
    if implied.as_ref() != Some(&merges) {
        return Err("ids are not in the order of the merges".to_owned());
    }
    let mut lines = String::new();
    for (token, id) in &tokens {
        let _infallible = writeln!(lines, "{} {id}", BASE64_STANDARD.encode(token));
    }
    Ok(BTreeMap::from([("vocabulary.tiktoken".to_owned(), lines)]))
}

/// What only a `tokenizer.json` can say about the text.
fn plain(native: &Native) -> Result<(), String> {
    if native.form == Form::None { Ok(()) } else { Err("text is normalised".to_owned()) }
}

/// Ordinary tokens by id; special ones that also stand in the vocabulary are left out.
fn ranked(native: &Native) -> Vec<(Vec<u8>, u32)> {
    let special: HashSet<u32> =
        native.added.iter().filter(|token| token.special).map(|token| token.id).collect();
    let vocab = native.bpe.vocab();
    (0..vocab.ids() as u32)
        .filter(|id| !special.contains(id))
        .filter_map(|id| Some((vocab.token(id)?.to_vec(), id)))
        .collect()
}

/// The merges that lead to every token of more than one byte; nothing if one is never arrived at.
fn reached(native: &Native) -> Option<()> {
    let merges = native.bpe.merges()?;
    let results: HashSet<u32> = merges.iter().map(|(_, _, result)| *result).collect();
    ranked(native).iter().all(|(token, id)| token.len() < 2 || results.contains(id)).then_some(())
}

type Parts = (Map<String, Value>, Vec<[String; 2]>);

/// Vocabulary and merges in printable characters.
fn parts(native: &Native) -> Result<Parts, String> {
    let vocab = native.bpe.vocab();
    let spell =
        |id: u32| vocab.token(id).unwrap_or_default().iter().map(|byte| char_of(*byte)).collect::<String>();
    let merges = native.bpe.merges().ok_or("merging its bytes does not arrive at some tokens")?;
    let merges = merges.iter().map(|(left, right, _)| [spell(*left), spell(*right)]).collect();
    let mut map = Map::new();
    for id in (0..vocab.ids() as u32).filter(|id| vocab.token(*id).is_some()) {
        map.insert(spell(id), json!(id));
    }
    for token in native.added.iter().filter(|token| vocab.token(token.id).is_some()) {
        map.remove(&spell(token.id));
        map.insert(token.content.clone(), json!(token.id));
    }
    Ok((map, merges))
}
