//! `vocab.json` beside `merges.txt`: GPT-2's own files.

use crate::native::Native;
use crate::normal::Form;
use crate::split::{Splitter, Stage};

use super::model::{Tokens, build};

/// Reads both files.
pub(crate) fn load(vocab: &[u8], merges: &[u8], stages: Vec<Stage>) -> Result<Native, String> {
    let Tokens(tokens) = serde_json::from_slice(vocab).map_err(|error| error.to_string())?;
    let merges = std::str::from_utf8(merges).map_err(|_| "merges.txt is not text".to_owned())?;
    let mut pairs = Vec::new();
    for line in merges.lines().filter(|line| !line.starts_with("#version") && !line.is_empty()) {
        let pair = line.split_once(' ').ok_or_else(|| format!("`{line}` in merges.txt is not a pair"))?;
        pairs.push(pair);
    }
    Ok(Native {
        bpe: build(&tokens, pairs.into_iter(), false)?,
        splitter: Splitter::new(stages),
        form: Form::None,
        finders: [None, None],
        around: [Vec::new(), Vec::new()],
        added: Vec::new(),
    })
}
