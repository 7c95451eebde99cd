//! What kind of character is this? Answered from the property tables of the regex engine itself, so that the
//! hand-written scanners follow the same Unicode version as a pattern that runs through the engine.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

/// `\p{L}`.
pub(crate) const LETTER: u8 = 1;
/// `\p{N}`.
pub(crate) const NUMBER: u8 = 1 << 1;
/// `\s`.
pub(crate) const SPACE: u8 = 1 << 2;
/// Carriage return or line feed.
pub(crate) const NEWLINE: u8 = 1 << 3;
/// `\p{M}`.
pub(crate) const MARK: u8 = 1 << 4;
/// May stand in the first half of a word: capitals, and whatever has no case.
pub(crate) const UPPER: u8 = 1 << 5;
/// May stand in the second half of a word: small letters, and whatever has no case.
pub(crate) const LOWER: u8 = 1 << 6;
/// `\p{P}` or `\p{S}`.
pub(crate) const SIGN: u8 = 1 << 7;

const PROPERTIES: [(&str, u8); 8] = [
    (r"\p{L}", LETTER),
    (r"\p{N}", NUMBER),
    (r"\s", SPACE),
    (r"[\r\n]", NEWLINE),
    (r"\p{M}", MARK),
    (r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", UPPER),
    (r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", LOWER),
    (r"[\p{P}\p{S}]", SIGN),
];

const BLOCK: usize = 256;

static CLASSES: LazyLock<Classes> = LazyLock::new(Classes::from_engine);

/// Classes of all characters: a table of blocks, equal blocks stored once.
pub(crate) struct Classes {
    ascii: [u8; 128],
    block_of: Vec<u16>,
    blocks: Vec<[u8; BLOCK]>,
}

impl Classes {
    /// The one table.
    pub(crate) fn get() -> &'static Self {
        &CLASSES
    }

    fn from_engine() -> Self {
        let mut all = vec![0_u8; 0x11_0000];
        for (pattern, bit) in PROPERTIES {
            for (first, last) in ranges(pattern) {
                for class in &mut all[first as usize..=last as usize] {
                    *class |= bit;
                }
            }
        }
        let mut blocks: Vec<[u8; BLOCK]> = Vec::new();
        let mut block_of = Vec::with_capacity(all.len() / BLOCK);
        for chunk in all.chunks_exact(BLOCK) {
            let mut block = [0; BLOCK];
            block.copy_from_slice(chunk);
            // Most blocks equal one of the last few, so the search from behind is short.
            let at = blocks.iter().rposition(|known| *known == block).unwrap_or_else(|| {
                blocks.push(block);
                blocks.len() - 1
            });
            block_of.push(at as u16);
        }
        let mut ascii = [0; 128];
        ascii.copy_from_slice(&all[..128]);
        Self { ascii, block_of, blocks }
    }

    /// Class of a code point.
    #[inline]
    pub(crate) fn of(&self, code: u32) -> u8 {
        let block = usize::from(self.block_of[code as usize / BLOCK]);
        self.blocks[block][code as usize % BLOCK]
    }

    /// Class and length in bytes of the character that starts at `at`.
    #[inline]
    pub(crate) fn at(&self, bytes: &[u8], at: usize) -> (u8, usize) {
        let first = bytes[at];
        if first < 0x80 {
            return (self.ascii[usize::from(first)], 1);
        }
        let (code, length) = decode(bytes, at);
        (self.of(code), length)
    }

    /// End of the run of characters from `at` on that have one of the classes.
    #[inline]
    pub(crate) fn run(&self, bytes: &[u8], mut at: usize, classes: u8) -> usize {
        while at < bytes.len() {
            let (class, length) = self.at(bytes, at);
            if class & classes == 0 {
                break;
            }
            at += length;
        }
        at
    }

    /// End of the run of characters from `at` on that have none of the classes.
    #[inline]
    pub(crate) fn run_without(&self, bytes: &[u8], mut at: usize, classes: u8) -> usize {
        while at < bytes.len() {
            let (class, length) = self.at(bytes, at);
            if class & classes != 0 {
                break;
            }
            at += length;
        }
        at
    }
}

/// End of the run of ASCII letters from `at` on, eight bytes at a time: a loop over single bytes would end at a
/// place the processor cannot foresee.
#[inline]
pub(crate) fn ascii_letters(bytes: &[u8], mut at: usize) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const ONES: u64 = 0x0101_0101_0101_0101;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        // Small letters only, seven bits each, so that no sum reaches the next byte.
        let low = (word | (ONES * 0x20)) & !HIGH;
        let letters = (low + ONES * (0x80 - 0x61)) & !(low + ONES * (0x80 - 0x7B)) & !word & HIGH;
        let run = (letters ^ HIGH).trailing_zeros() as usize / 8;
        at += run;
        if run < 8 {
            return at;
        }
    }
    while bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
        at += 1;
    }
    at
}

/// Code point and length of a character beyond ASCII; the bytes come from a `str`.
#[inline]
pub(crate) fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let tail = |offset: usize| u32::from(bytes[at + offset]) & 0x3F;
    let first = u32::from(bytes[at]);
    if first < 0xE0 {
        ((first & 0x1F) << 6 | tail(1), 2)
    } else if first < 0xF0 {
        ((first & 0x0F) << 12 | tail(1) << 6 | tail(2), 3)
    } else {
        ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
    }
}

/// Start of the character that ends at `at`, which is above zero.
#[inline]
pub(crate) fn before(bytes: &[u8], mut at: usize) -> usize {
    at -= 1;
    while bytes[at] & 0xC0 == 0x80 {
        at -= 1;
    }
    at
}

fn ranges(pattern: &str) -> Vec<(u32, u32)> {
    let Ok(hir) = regex_syntax::parse(pattern) else { return Vec::new() };
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Classes, PROPERTIES, ascii_letters, before, decode};

    #[test]
    fn every_character_has_the_classes_the_engine_gives_it() {
        let classes = Classes::get();
        for (pattern, bit) in PROPERTIES {
            let engine = fancy_regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
            let mut text = [0; 4];
            for c in '\0'..=char::MAX {
                let text = c.encode_utf8(&mut text);
                assert_eq!(
                    classes.at(text.as_bytes(), 0).0 & bit != 0,
                    engine.is_match(text).unwrap(),
                    "{pattern} {c:?}"
                );
            }
        }
    }

    #[test]
    fn runs_of_ascii_letters_end_at_the_first_byte_that_is_none() {
        for byte in 0..=255_u8 {
            for place in 0..20 {
                let mut text = vec![b'q'; 20];
                text[place] = byte;
                let want = if byte.is_ascii_alphabetic() { 20 } else { place };
                assert_eq!(ascii_letters(&text, 0), want, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn characters_are_decoded_and_stepped_over_backwards() {
        for c in ['\u{80}', 'é', '\u{7FF}', '\u{800}', '€', '\u{FFFD}', '\u{10000}', '😀', char::MAX] {
            let text = format!("a{c}");
            assert_eq!(decode(text.as_bytes(), 1), (c.into(), c.len_utf8()));
            assert_eq!(before(text.as_bytes(), text.len()), 1);
        }
    }
}
