//! Added tokens of a `tokenizer.json`.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use crate::added::AddedToken;

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the file's own fields")]
pub(crate) struct Entry {
    id: u32,
    content: String,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    normalized: bool,
    #[serde(default)]
    special: bool,
}

/// The tokens to search for; an error says what it is that we do not have. A token of the vocabulary keeps its id
/// there, the others follow behind; a file that numbers them in another way is not ours to interpret.
pub(crate) fn tokens(entries: Vec<Entry>, vocab: &[(Cow<'_, str>, u32)]) -> Result<Vec<AddedToken>, String> {
    let ids: HashMap<&str, u32> = vocab.iter().map(|(token, id)| (token.as_ref(), *id)).collect();
    let mut tokens = Vec::with_capacity(entries.len());
    let mut next = vocab.len() as u32;
    for entry in entries.into_iter().filter(|entry| !entry.content.is_empty()) {
        let Entry { id, content, single_word, lstrip, rstrip, normalized, special } = entry;
        if single_word || lstrip || rstrip {
            return Err(format!("added token `{content}` looks at what stands beside it"));
        }
        let known = ids.get(content.as_str()).copied();
        if known.unwrap_or(next) != id {
            return Err(format!("added token `{content}` has the id {id} out of order"));
        }
        next += u32::from(known.is_none());
        tokens.push(AddedToken { id, content, special, normalized });
    }
    Ok(tokens)
}

/// The tokens as they stand in the file.
pub(crate) fn plain(entries: Vec<Entry>) -> Vec<AddedToken> {
    let kept = entries.into_iter().filter(|entry| !entry.content.is_empty());
    kept.map(|Entry { id, content, normalized, special, .. }| AddedToken { id, content, special, normalized })
        .collect()
}
