//! `tokenizer.json`. What our own engine does not have goes to the `tokenizers` crate, with the reason.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::model::{Merge, Tokens, build};
use super::{added, post, pre};
use crate::added::{Finder, Specials};
use crate::native::Native;
use crate::normal::Form;
use crate::split::Splitter;
use crate::tokenizer::Engine;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(default)]
    added_tokens: Vec<added::Entry>,
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    post_processor: Option<Value>,
    #[serde(borrow)]
    model: &'a RawValue,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Model<'a> {
    dropout: Option<f64>,
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
    #[serde(borrow)]
    vocab: Tokens<'a>,
    #[serde(borrow)]
    merges: Vec<Merge<'a>>,
}

/// Loads the file; an error is what the `tokenizers` crate says of it.
pub(crate) fn load(bytes: &[u8], specials: Specials) -> Result<Engine, String> {
    match native(bytes, specials) {
        Ok(native) => Ok(Engine::Native(Box::new(native))),
        Err(reason) => foreign(bytes, specials, reason),
    }
}

fn foreign(bytes: &[u8], specials: Specials, reason: String) -> Result<Engine, String> {
    let mut tokenizer = tokenizers::Tokenizer::from_bytes(bytes).map_err(|error| error.to_string())?;
    tokenizer.with_truncation(None).map_err(|error| error.to_string())?;
    tokenizer.with_padding(None);
    tokenizer.set_encode_special_tokens(specials != Specials::Recognise);
    let refused = if specials == Specials::Refuse { finder(bytes)? } else { None };
    Ok(Engine::Foreign { tokenizer: Box::new(tokenizer), reason, refused })
}

/// Finds special tokens in the texts of a tokenizer that is not ours, to refuse them.
fn finder(bytes: &[u8]) -> Result<Option<Finder>, String> {
    let file: File<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let tokens = added::plain(file.added_tokens);
    Finder::new(tokens.iter().filter(|token| token.special), Specials::Refuse)
}

fn native(bytes: &[u8], specials: Specials) -> Result<Native, String> {
    let file: File<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let kind: Kind<'_> = serde_json::from_str(file.model.get()).map_err(|error| error.to_string())?;
    if let Some(kind) = kind.kind.filter(|kind| kind != "BPE") {
        return Err(format!("model {kind}"));
    }
    let form = pre::form(file.normalizer.as_ref())?;
    let splitter = Splitter::new(pre::stages(file.pre_tokenizer.as_ref())?);
    let around = post::around(file.post_processor.as_ref())?;
    let model: Model<'_> = serde_json::from_str(file.model.get()).map_err(|error| error.to_string())?;
    plain(&model)?;
    let Tokens(vocab) = &model.vocab;
    let merges = model.merges.iter().map(|Merge(left, right)| (left.as_ref(), right.as_ref()));
    let bpe = build(vocab, merges, model.ignore_merges)?;
    if !bpe.knows_all_bytes() && (model.unk_token.is_some() || model.byte_fallback) {
        return Err("an unknown token stands for some bytes".to_owned());
    }
    let added = added::tokens(file.added_tokens, vocab)?;
    if form != Form::None && added.iter().any(|token| token.normalized && !token.content.is_ascii()) {
        return Err("an added token is normalised".to_owned());
    }
    let finders = [
        Finder::new(added.iter().filter(|token| !token.normalized), specials)?,
        Finder::new(added.iter().filter(|token| token.normalized), specials)?,
    ];
    Ok(Native { bpe, splitter, form, finders, around, added })
}

fn plain(model: &Model<'_>) -> Result<(), String> {
    if model.dropout.is_some_and(|dropout| dropout > 0.0) {
        return Err("merges are dropped at random".to_owned());
    }
    for affix in [&model.continuing_subword_prefix, &model.end_of_word_suffix] {
        if affix.as_ref().is_some_and(|affix| !affix.is_empty()) {
            return Err("tokens inside or at the end of a word are marked".to_owned());
        }
    }
    Ok(())
}
