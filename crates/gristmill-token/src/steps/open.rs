//! The tokenizer that a step works with: a file, or what a fold before has trained.

use gristmill_core::{Failure, SideInputs};

use crate::added::Specials;
use crate::failure::TokenFailure;
use crate::files::from_json;
use crate::load::LoadOptions;
use crate::spm::Arithmetic;
use crate::tokenizer::Tokenizer;

/// The side input that holds a trained tokenizer.
pub(super) const TRAINED: &str = "tokenizer";

/// What a step says about its tokenizer.
#[derive(Default)]
pub(super) struct Opening<'a> {
    pub(super) kind: &'static str,
    pub(super) path: Option<&'a str>,
    pub(super) specials: Specials,
    pub(super) split: Option<&'a str>,
}

/// Opens it.
///
/// # Errors
/// `GM_TOKEN_NO_TOKENIZER`, and those of [`Tokenizer::load`].
pub(super) fn open(opening: &Opening<'_>, side: &SideInputs) -> Result<Tokenizer, Failure> {
    let options = LoadOptions {
        specials: opening.specials,
        split: opening.split.map(ToOwned::to_owned),
        ..LoadOptions::default()
    };
    if let Some(path) = opening.path {
        return Tokenizer::load(path, &options);
    }
    let none = || TokenFailure::NoTokenizer { kind: opening.kind };
    let files = side.get(TRAINED).map(|trained| &trained["files"]).ok_or_else(none)?;
    if let Some(model) = from_json(&files["tokenizer.model"]) {
        return Tokenizer::from_model(&model, Arithmetic::default());
    }
    let file = from_json(&files["tokenizer.json"]).ok_or_else(none)?;
    Tokenizer::from_json(&file, "the trained tokenizer", opening.specials)
}
