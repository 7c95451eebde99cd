//! Counts as text, for the state of a fold: words in order, each as length, bytes and count, in base64.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

use super::words::WordCounts;
use crate::varint::{put, take};

impl WordCounts {
    /// All words and counts as text; equal counts give equal text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let words = self.sorted();
        write(words.iter().map(|(word, count)| (word.as_slice(), *count)))
    }

    /// Reads [`WordCounts::to_text`]; nothing if it is none.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut words = Self::new();
        read(text, |word, count| {
            words.add_word(word, count);
            Some(())
        })?;
        Some(words)
    }
}

/// Words and counts as text.
fn write<'a>(words: impl Iterator<Item = (&'a [u8], u64)>) -> String {
    let mut bytes = Vec::new();
    for (word, count) in words {
        put(&mut bytes, word.len() as u64);
        bytes.extend_from_slice(word);
        put(&mut bytes, count);
    }
    BASE64_STANDARD_NO_PAD.encode(bytes)
}

/// Gives all words and counts of [`write`]; nothing if the text is none.
fn read(text: &str, mut take_word: impl FnMut(&[u8], u64) -> Option<()>) -> Option<()> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(text).ok()?;
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let length = usize::try_from(take(&mut rest)?).ok()?;
        let (word, after) = rest.split_at_checked(length)?;
        rest = after;
        take_word(word, take(&mut rest)?)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::TrainSplit;
    use super::*;

    #[test]
    fn counts_survive_and_nonsense_is_told() {
        let split = TrainSplit::new("gpt2", false).unwrap();
        let mut words = WordCounts::new();
        words
            .add(&split, "a a a word that-is-much-longer-than-fifteen-bytes averyveryverylongwordindeed 日本")
            .unwrap();
        words.add_word(b"often", 1 << 40);
        let text = words.to_text();
        let back = WordCounts::from_text(&text).unwrap();
        assert_eq!(back.sorted(), words.sorted());
        assert_eq!(back.to_text(), text);
        assert_eq!(WordCounts::from_text("").unwrap().distinct(), 0);
        for wrong in ["!", &text[..text.len() - 4], "////////////////////"] {
            assert!(WordCounts::from_text(wrong).is_none(), "{wrong}");
        }
    }
}
