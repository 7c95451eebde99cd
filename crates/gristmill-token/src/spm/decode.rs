//! Ids back to text, all at once or as they come.

use super::failure::SpmFailure;
use super::model::PieceKind;
use super::normalizer::SPACE;
use super::tokenizer::SpmTokenizer;
use super::vocabulary::byte_of;

/// Decodes ids one by one; never gives a part of a character.
#[derive(Debug, Clone)]
pub struct Decoder<'t> {
    tokenizer: &'t SpmTokenizer,
    state: Decoding,
}

/// Where in a text decoding is.
#[derive(Debug, Clone)]
pub(crate) struct Decoding {
    /// Bytes of a character that is not complete.
    bytes: Vec<u8>,
    /// Whether the next piece may be the first of the text, whose space is the one that encoding put there.
    first: bool,
    /// Whether that space was seen.
    space_seen: bool,
}

impl SpmTokenizer {
    /// The text of `ids`.
    pub fn decode(&self, ids: &[u32]) -> Result<String, SpmFailure> {
        let mut text = String::new();
        let mut decoder = self.decoder();
        for &id in ids {
            decoder.push(id, &mut text)?;
        }
        decoder.finish(&mut text);
        Ok(match &self.denormalizer {
            None => text,
            Some(map) => {
                let mut out = String::with_capacity(text.len());
                let mut at = 0;
                while at < text.len() {
                    if let Some((len, made)) = map.longest(&text.as_bytes()[at..]) {
                        out.push_str(made);
                        at += len;
                    } else if let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) {
                        out.push(char);
                        at += char.len_utf8();
                    } else {
                        out.push(char::REPLACEMENT_CHARACTER);
                        at += 1;
                    }
                }
                out
            }
        })
    }

    /// Whether decoded text is changed once more as a whole.
    pub(crate) const fn denormalizes(&self) -> bool {
        self.denormalizer.is_some()
    }

    /// A decoder for ids that come one by one. It leaves out the denormaliser, which nearly no model has.
    #[must_use]
    pub fn decoder(&self) -> Decoder<'_> {
        Decoder { tokenizer: self, state: Decoding::new() }
    }
}

impl Decoder<'_> {
    /// Appends the text that `id` completes.
    pub fn push(&mut self, id: u32, out: &mut String) -> Result<(), SpmFailure> {
        self.state.push(self.tokenizer, id, out)
    }

    /// Ends the text: bytes that make no character become U+FFFD.
    pub fn finish(&mut self, out: &mut String) {
        self.state.finish(out);
    }
}

impl Decoding {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), first: true, space_seen: false }
    }

    pub(crate) fn push(
        &mut self,
        tokenizer: &SpmTokenizer,
        id: u32,
        out: &mut String,
    ) -> Result<(), SpmFailure> {
        let model = &tokenizer.model;
        let size = model.pieces.len();
        let piece = model.pieces.get(id as usize).ok_or(SpmFailure::Id { id, size })?;
        if let (PieceKind::Byte, Some(byte)) = (piece.kind, byte_of(&piece.text)) {
            self.bytes.push(byte);
            self.release(false, out);
            return Ok(());
        }
        self.release(true, out);
        if self.space_seen {
            self.first = false;
        }
        self.space_seen = false;
        let mut text = match piece.kind {
            PieceKind::Control => return Ok(()),
            PieceKind::Unknown => {
                self.put(&tokenizer.unk_surface, out);
                return Ok(());
            }
            _ => piece.text.as_str(),
        };
        let remove_extra = model.remove_extra_whitespaces();
        if self.first
            && (model.add_dummy_prefix() || remove_extra)
            && let Some(rest) = text.strip_prefix(SPACE)
        {
            text = rest;
            // With extra spaces removed no text starts with one, so the next piece loses its own as well.
            self.space_seen = !remove_extra;
        }
        let mut parts = text.split(SPACE);
        let head = parts.next().unwrap_or_default();
        self.put(head, out);
        for part in parts {
            self.put(" ", out);
            self.put(part, out);
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, out: &mut String) {
        self.release(true, out);
    }

    fn put(&mut self, text: &str, out: &mut String) {
        self.first &= text.is_empty();
        out.push_str(text);
    }

    /// Appends the characters that the bytes make, and U+FFFD for each byte that can be part of none.
    fn release(&mut self, all: bool, out: &mut String) {
        while !self.bytes.is_empty() {
            let (valid, cut) = match std::str::from_utf8(&self.bytes) {
                Ok(_) => (self.bytes.len(), false),
                Err(fault) => (fault.valid_up_to(), fault.error_len().is_none()),
            };
            if valid > 0 {
                let text = String::from_utf8_lossy(&self.bytes[..valid]).into_owned();
                self.bytes.drain(..valid);
                self.put(&text, out);
            } else if cut && !all {
                return;
            } else {
                self.bytes.remove(0);
                self.put("\u{FFFD}", out);
            }
        }
    }
}
