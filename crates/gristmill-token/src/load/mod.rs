//! From files to a tokenizer: which format is it, and can our own engine do what it asks for?

mod added;
mod merges;
mod model;
mod post;
mod pre;
mod ranks;
mod tokenizer_json;

use std::path::{Path, PathBuf};

use crate::added::Specials;
use crate::failure::TokenFailure;
use crate::native::Native;
use crate::split::{Keep, Pattern, Preset, Stage, known};
use crate::tokenizer::Engine;

/// How to load a tokenizer.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// What to do with the text of special tokens inside documents.
    pub specials: Specials,
    /// How text is split, for files that do not say: a name such as `cl100k`, or a pattern.
    pub split: Option<String>,
}

/// Loads whatever is at the path.
pub(crate) fn load(path: &Path, options: &LoadOptions) -> Result<Engine, TokenFailure> {
    if !path.is_dir() {
        return file(path, options);
    }
    for name in ["tokenizer.json", "vocab.json"] {
        let inside = path.join(name);
        if inside.exists() {
            return file(&inside, options);
        }
    }
    Err(TokenFailure::NothingInFolder { path: path.to_owned() })
}

fn file(path: &Path, options: &LoadOptions) -> Result<Engine, TokenFailure> {
    let bytes = read(path)?;
    let invalid = |message: String| TokenFailure::Invalid { path: path.to_owned(), message };
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        let stages = stages(path, options)?;
        return ranks::load(&bytes, stages).map(native).map_err(invalid);
    }
    let beside = path.with_file_name("merges.txt");
    if path.file_name().is_some_and(|name| name == "vocab.json") && beside.exists() {
        let stages = match &options.split {
            Some(split) => named(split)?,
            None => Preset::Gpt2.stages(),
        };
        return merges::load(&bytes, &read(&beside)?, stages).map(native).map_err(invalid);
    }
    tokenizer_json::load(&bytes, options.specials).map_err(invalid)
}

fn native(native: Native) -> Engine {
    Engine::Native(Box::new(native))
}

fn read(path: &Path) -> Result<Vec<u8>, TokenFailure> {
    std::fs::read(path).map_err(|source| TokenFailure::Unreadable { path: path.to_owned(), source })
}

/// The split of a rank file: as asked for, or that of the vocabulary the file is named after.
fn stages(path: &Path, options: &LoadOptions) -> Result<Vec<Stage>, TokenFailure> {
    if let Some(split) = &options.split {
        return named(split);
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    Preset::named(stem).map(Preset::stages).ok_or_else(|| TokenFailure::NoSplit { path: PathBuf::from(path) })
}

fn named(split: &str) -> Result<Vec<Stage>, TokenFailure> {
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
