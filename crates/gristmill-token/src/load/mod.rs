//! From files to a tokenizer: which format is it, and can our own engine do what it asks for?

mod added;
mod merges;
mod model;
mod post;
mod pre;
mod ranks;
mod tokenizer_json;

pub(crate) use pre::stages as pre_tokenizer_stages;

use std::path::{Path, PathBuf};

use gristmill_core::Failure;

use crate::added::Specials;
use crate::failure::TokenFailure;
use crate::native::Native;
use crate::split::{Keep, Pattern, Preset, Stage, known};
use crate::spm::{Arithmetic, SpmModel, SpmTokenizer};
use crate::tokenizer::Engine;

/// How to load a tokenizer.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// What to do with the text of special tokens inside documents.
    pub specials: Specials,
    /// How text is split, for files that do not say: a name such as `cl100k`, or a pattern.
    pub split: Option<String>,
    /// How scores of `SentencePiece` models are added.
    pub arithmetic: Arithmetic,
}

/// Loads whatever is at the path.
pub(crate) fn load(path: &Path, options: &LoadOptions) -> Result<Engine, Failure> {
    let path = &if path.is_dir() { inside(path)? } else { path.to_owned() };
    let bytes = read(path)?;
    if is_model(path, &bytes) {
        let tokenizer = SpmTokenizer::new(SpmModel::read(&bytes)?, options.arithmetic)?;
        return Ok(Engine::SentencePiece(Box::new(tokenizer)));
    }
    Ok(file(path, &bytes, options)?)
}

/// Loads the content of a `tokenizer.json` that is no file; `name` stands for it in messages.
pub(crate) fn content(bytes: &[u8], name: &str, specials: Specials) -> Result<Engine, TokenFailure> {
    tokenizer_json::load(bytes, specials)
        .map_err(|message| TokenFailure::Invalid { path: PathBuf::from(name), message })
}

fn file(path: &Path, bytes: &[u8], options: &LoadOptions) -> Result<Engine, TokenFailure> {
    let invalid = |message: String| TokenFailure::Invalid { path: path.to_owned(), message };
    if is_ranks(bytes) {
        let stages = stages(path, options)?;
        return ranks::load(bytes, stages).map(native).map_err(invalid);
    }
    if has_merges_beside(path) {
        let stages = match &options.split {
            Some(split) => named(split)?,
            None => Preset::Gpt2.stages(),
        };
        return merges::load(bytes, &read(&path.with_file_name("merges.txt"))?, stages)
            .map(native)
            .map_err(invalid);
    }
    tokenizer_json::load(bytes, options.specials).map_err(invalid)
}

fn native(native: Native) -> Engine {
    Engine::Native(Box::new(native))
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TokenFailure> {
    std::fs::read(path).map_err(|source| TokenFailure::Unreadable { path: path.to_owned(), source })
}

/// The split of a rank file: as asked for, or that of the vocabulary the file is named after.
fn stages(path: &Path, options: &LoadOptions) -> Result<Vec<Stage>, TokenFailure> {
    named(&split_name(path, options)?)
}

fn split_name(path: &Path, options: &LoadOptions) -> Result<String, TokenFailure> {
    if let Some(split) = &options.split {
        return Ok(split.clone());
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if Preset::named(stem).is_none() {
        return Err(TokenFailure::NoSplit { path: PathBuf::from(path) });
    }
    Ok(stem.to_owned())
}

/// The split of a tokenizer whose files do not tell it, by name or pattern; nothing for a `tokenizer.json`.
pub(crate) fn described_split(path: &Path, options: &LoadOptions) -> Result<Option<String>, TokenFailure> {
    let path = &if path.is_dir() { inside(path)? } else { path.to_owned() };
    let bytes = read(path)?;
    if is_ranks(&bytes) {
        return split_name(path, options).map(Some);
    }
    if has_merges_beside(path) {
        return Ok(Some(options.split.clone().unwrap_or_else(|| "gpt2".to_owned())));
    }
    Ok(None)
}

/// A message of `SentencePiece` begins with its first piece, and that with its text.
fn is_model(path: &Path, bytes: &[u8]) -> bool {
    path.extension().is_some_and(|extension| extension == "model")
        || bytes.first() == Some(&0x0A) && bytes.get(2) == Some(&0x0A)
}

fn is_ranks(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{')
}

fn has_merges_beside(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "vocab.json") && path.with_file_name("merges.txt").exists()
}

/// The file of a folder that is loaded.
pub(crate) fn inside(path: &Path) -> Result<PathBuf, TokenFailure> {
    let files = ["tokenizer.json", "tokenizer.model", "vocab.json"].map(|name| path.join(name));
    files
        .into_iter()
        .find(|file| file.exists())
        .ok_or_else(|| TokenFailure::NothingInFolder { path: path.to_owned() })
}

/// The split of a name, or of a pattern.
pub(crate) fn named(split: &str) -> Result<Vec<Stage>, TokenFailure> {
    if let Some(preset) = Preset::named(split) {
        return Ok(preset.stages());
    }
    stage(split, Keep::Both)
        .map(|stage| vec![stage])
        .map_err(|message| TokenFailure::BadSplit { split: split.to_owned(), message })
}

/// The split of a pattern: its scanner if it has one, else the regex engine.
fn stage(pattern: &str, keep: Keep) -> Result<Stage, String> {
    if keep == Keep::Both
        && let Some(stage) = known(pattern)
    {
        return Ok(stage);
    }
    Ok(Stage::Pattern(Box::new(Pattern::new(pattern, keep)?)))
}
