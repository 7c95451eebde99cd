//! What ids stand for: the way back from tokens to text.

use std::collections::HashMap;

use crate::byte_level::bytes_of;
use crate::native::Native;

/// Bytes of added tokens, and which tokens are special.
pub(crate) struct Spelling {
    added: HashMap<u32, (Vec<u8>, bool)>,
}

impl Spelling {
    pub(crate) fn new(native: &Native) -> Self {
        let spell = |content: &str| bytes_of(content).unwrap_or_else(|| content.as_bytes().to_vec());
        let added = native.added.iter();
        Self { added: added.map(|token| (token.id, (spell(&token.content), token.special))).collect() }
    }

    /// Appends the bytes of a token; false if there is no such token.
    pub(crate) fn append(&self, native: &Native, id: u32, skip_special: bool, out: &mut Vec<u8>) -> bool {
        if let Some((bytes, special)) = self.added.get(&id) {
            if !(skip_special && *special) {
                out.extend_from_slice(bytes);
            }
            return true;
        }
        let token = native.bpe.vocab().token(id);
        out.extend_from_slice(token.unwrap_or_default());
        token.is_some()
    }
}

/// Takes whole characters off the front of `bytes`; those that can still become one by what follows stay. Bytes
/// that never can are U+FFFD.
pub(crate) fn take_text(bytes: &mut Vec<u8>, last: bool) -> String {
    let mut kept = 0;
    if !last
        && let Some(chunk) = bytes.utf8_chunks().last()
        && !chunk.invalid().is_empty()
        && may_go_on(chunk.invalid())
    {
        kept = chunk.invalid().len();
    }
    let rest = bytes.split_off(bytes.len() - kept);
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

/// Whether bytes at the end of a text are the beginning of a character.
fn may_go_on(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::take_text;

    #[test]
    fn half_a_character_waits_and_what_never_becomes_one_does_not() {
        let mut bytes = "é€".as_bytes()[..4].to_vec();
        assert_eq!(take_text(&mut bytes, false), "é");
        assert_eq!(bytes, [0xE2, 0x82]);
        bytes.push(0xAC);
        assert_eq!((take_text(&mut bytes, false).as_str(), bytes.len()), ("€", 0));
        bytes.extend([b'a', 0xFF]);
        assert_eq!((take_text(&mut bytes, false).as_str(), bytes.len()), ("a\u{FFFD}", 0));
        bytes.extend([0xF0, 0x9F]);
        assert_eq!((take_text(&mut bytes, false).as_str(), bytes.len()), ("", 2));
        assert_eq!((take_text(&mut bytes, true).as_str(), bytes.len()), ("\u{FFFD}", 0));
    }
}
