//! tiktoken's files: a line for each token, its bytes in base64 and its rank, which is its id.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::bpe::{Bpe, Vocab};
use crate::native::Native;
use crate::normal::Form;
use crate::split::{Splitter, Stage};

/// Reads a file of ranks.
pub(crate) fn load(bytes: &[u8], stages: Vec<Stage>) -> Result<Native, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    let mut tokens = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let token = line
            .split_once(' ')
            .and_then(|(token, rank)| Some((BASE64_STANDARD.decode(token).ok()?, rank.trim().parse().ok()?)));
        match token {
            Some((token, rank)) if rank <= super::model::HIGHEST => tokens.push((token, rank)),
            _ => return Err(format!("line {} is not a token in base64 and its rank", number + 1)),
        }
    }
    if tokens.is_empty() {
        return Err("it is empty".to_owned());
    }
    let bpe = Bpe::ranked(Vocab::new(&tokens));
    if !bpe.knows_all_bytes() {
        return Err("some single bytes have no rank".to_owned());
    }
    Ok(Native {
        bpe,
        splitter: Splitter::new(stages),
        form: Form::None,
        finders: [None, None],
        around: [Vec::new(), Vec::new()],
        added: Vec::new(),
    })
}
