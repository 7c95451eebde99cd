//! Cuts a text into tokens and keeps only a hash of each. Words are found by the bits of 64 bytes at once; those of
//! ASCII, which most are, are put in lower case and hashed eight bytes at a time. Others go the slow way, to the same
//! hashes.

use wide::u8x16;

use super::lower::{Lower, utf8};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A run of letters, digits and underscores of any script, in lower case.
    Words,
    /// A run of `[A-Za-z0-9_]`, as it is written.
    Code,
    /// A character in lower case; white space, however long, is one blank.
    Chars,
}

const HIGH: u64 = 0x8080_8080_8080_8080;
const CASE: u64 = 0x2020_2020_2020_2020;
const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const NEXT: u64 = 0xd6e8_feb8_6659_fd93;

/// Multiplies to 128 bits and folds the halves: every input bit reaches every output bit.
#[must_use]
pub const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    product as u64 ^ (product >> 64) as u64
}

/// Appends the hash of each token of a text.
pub fn hash_tokens(kind: TokenKind, text: &str, out: &mut Vec<u64>) {
    match kind {
        TokenKind::Words => words::<true>(text, out),
        TokenKind::Code => words::<false>(text, out),
        TokenKind::Chars => chars(text, out),
    }
}

/// Bytes looked at at once.
const WINDOW: usize = 64;

/// `UNICODE`: letters of all scripts count, and case does not.
fn words<const UNICODE: bool>(text: &str, out: &mut Vec<u64>) {
    let bytes = text.as_bytes();
    let (windows, rest) = bytes.as_chunks::<WINDOW>();
    // Behind the end there is nothing, which ends the last piece.
    let mut last = [0; WINDOW];
    last[..rest.len()].copy_from_slice(rest);
    let mut start = None;
    let mut inside = 0;
    for (number, window) in windows.iter().chain([&last]).enumerate() {
        let at = number * WINDOW;
        let held = piece_bytes::<UNICODE>(window);
        let mut edges = held ^ (held << 1 | inside);
        inside = held >> 63;
        let mut edge = || {
            let found = at + edges.trailing_zeros() as usize;
            let is = edges != 0;
            edges &= edges.wrapping_sub(1);
            is.then_some(found)
        };
        loop {
            let from = match start.take() {
                Some(from) => from,
                None => match edge() {
                    Some(from) => from,
                    None => break,
                },
            };
            let Some(to) = edge() else {
                start = Some(from);
                break;
            };
            piece::<UNICODE>(text, from, to, out);
        }
    }
}

/// One bit for each byte that may belong to a word: ASCII letters, digits and underscores, and whatever is not ASCII.
#[inline]
fn piece_bytes<const UNICODE: bool>(window: &[u8; WINDOW]) -> u64 {
    let splat = |byte: u8| u8x16::splat(byte);
    let (parts, _) = window.as_chunks::<16>();
    parts.iter().rev().fold(0, |bits, part| {
        let part = u8x16::from(*part);
        let within = |bytes: u8x16, low: u8, span: u8| {
            let above = bytes - splat(low);
            above.min(splat(span)).simd_eq(above)
        };
        let held = within(part | splat(0x20), b'a', 25) | within(part, b'0', 9) | part.simd_eq(splat(b'_'));
        let held = if UNICODE { held | part } else { held };
        bits << 16 | u64::from(held.to_bitmask())
    })
}

/// The words of a piece: one, unless it holds characters beyond ASCII.
#[inline]
fn piece<const UNICODE: bool>(text: &str, from: usize, to: usize, out: &mut Vec<u64>) {
    match ascii_word::<UNICODE>(text.as_bytes(), from, to) {
        Some(hash) => out.push(hash),
        None => mixed(&text[from..to], out),
    }
}

/// The hash of a word of ASCII; none if it is of other characters too.
#[inline]
fn ascii_word<const UNICODE: bool>(bytes: &[u8], from: usize, to: usize) -> Option<u64> {
    let case = if UNICODE { CASE } else { 0 };
    let (mut hash, mut at) = (FIRST, from);
    while at + 8 < to {
        let chunk = load(bytes, at);
        if UNICODE && chunk & HIGH != 0 {
            return None;
        }
        hash = fold((chunk | case) ^ hash, NEXT);
        at += 8;
    }
    let kept = u64::MAX >> (64 - 8 * (to - at));
    let chunk = load(bytes, at) & kept;
    if UNICODE && chunk & HIGH != 0 {
        return None;
    }
    Some(fold((chunk | case & kept) ^ hash, NEXT))
}

/// The words of a piece with characters beyond ASCII. All ASCII in it belongs to words.
#[cold]
#[inline(never)]
fn mixed(text: &str, out: &mut Vec<u64>) {
    let known = Lower::table();
    let mut word = Word::default();
    for char in text.chars() {
        if char.is_ascii() {
            // One bit tells the cases of a letter apart; it is set in digits and free in the underscore.
            word.push(u64::from(char as u8 | 0x20), 1);
            continue;
        }
        match Lower::of(known, char) {
            Lower::None => word.end(out),
            Lower::One(bytes, length) => word.push(bytes, length),
            Lower::Several => {
                for lower in char.to_lowercase() {
                    let (bytes, length) = utf8(lower);
                    word.push(bytes, length);
                }
            }
        }
    }
    word.end(out);
}

/// A word as its bytes come.
struct Word {
    hash: u64,
    waiting: u64,
    bytes: u32,
    empty: bool,
}

impl Default for Word {
    fn default() -> Self {
        Self { hash: FIRST, waiting: 0, bytes: 0, empty: true }
    }
}

impl Word {
    /// Adds one to four bytes.
    fn push(&mut self, bytes: u64, length: u32) {
        self.empty = false;
        self.waiting |= bytes << (8 * self.bytes);
        self.bytes += length;
        if self.bytes >= 8 {
            self.hash = fold(self.waiting ^ self.hash, NEXT);
            self.bytes -= 8;
            self.waiting = if self.bytes == 0 { 0 } else { bytes >> (8 * (length - self.bytes)) };
        }
    }

    /// Appends the hash of the word, if there is one, and begins another.
    fn end(&mut self, out: &mut Vec<u64>) {
        if self.bytes > 0 {
            self.hash = fold(self.waiting ^ self.hash, NEXT);
        }
        if !self.empty {
            out.push(self.hash);
        }
        *self = Self::default();
    }
}

fn chars(text: &str, out: &mut Vec<u64>) {
    let start = out.len();
    let mut blank = false;
    for char in text.chars() {
        if char.is_whitespace() {
            blank = out.len() > start;
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push(char_hash(' '));
        }
        if char.is_ascii() {
            out.push(char_hash(char.to_ascii_lowercase()));
        } else {
            out.extend(char.to_lowercase().map(char_hash));
        }
    }
}

const fn char_hash(char: char) -> u64 {
    fold(char as u64 ^ FIRST, NEXT)
}

/// Eight bytes from a place on, zeros behind the end.
fn load(bytes: &[u8], at: usize) -> u64 {
    if let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        return u64::from_le_bytes(eight);
    }
    let mut eight = [0; 8];
    let rest = &bytes[at..bytes.len().min(at + 8)];
    eight[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(eight)
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, hash_tokens};

    fn hashes(kind: TokenKind, text: &str) -> Vec<u64> {
        let mut out = Vec::new();
        hash_tokens(kind, text, &mut out);
        out
    }

    /// The hash of a token, byte by byte.
    fn slow(kind: TokenKind, token: &str) -> u64 {
        let bytes: Vec<u8> = match kind {
            TokenKind::Words => token
                .chars()
                .flat_map(|c| {
                    if c.is_ascii() { vec![char::from(c as u8 | 0x20)] } else { c.to_lowercase().collect() }
                })
                .collect::<String>()
                .into_bytes(),
            _ => token.as_bytes().to_vec(),
        };
        bytes.chunks(8).fold(super::FIRST, |hash, chunk| {
            let mut eight = [0; 8];
            eight[..chunk.len()].copy_from_slice(chunk);
            super::fold(u64::from_le_bytes(eight) ^ hash, super::NEXT)
        })
    }

    /// The same tokens, one by one.
    fn plain(kind: TokenKind, text: &str) -> Vec<u64> {
        let inside = |c: char| {
            c == '_' || if kind == TokenKind::Words { c.is_alphanumeric() } else { c.is_ascii_alphanumeric() }
        };
        text.split(|c| !inside(c)).filter(|t| !t.is_empty()).map(|t| slow(kind, t)).collect()
    }

    #[test]
    fn words_are_found_wherever_they_stand() {
        let texts = [
            "",
            "a",
            "A word, another_word; 12 monkeys -- 3.14!",
            "exactly8 ninechars thisoneisfarlongerthaneight_and_ends",
            "Über straße ÉCOLE naïve façade–dash “quoted” end",
            "日本語 тест ábc123é x",
            "a b c d e f g h i j k l m n o p",
            "tail é",
            "\u{0}\u{7f}odd\u{0}bytes",
            "İstanbul ΑΣ ǅ ﬀ 𝐀𝑏 𐐀𐐨 x𐐀y ²³ don’t wait…what “no” naïvely_İİİİİ",
        ];
        for text in texts {
            for kind in [TokenKind::Words, TokenKind::Code] {
                assert_eq!(hashes(kind, text), plain(kind, text), "{kind:?} {text}");
            }
        }
    }

    #[test]
    fn windows_have_no_edges() {
        let text = "ab, cé “d” efghijklm_n0 日本 opqrstuvwxyz0123456789ABCDEFGHIJ … İ ".repeat(3);
        for from in text.char_indices().map(|(at, _)| at) {
            for kind in [TokenKind::Words, TokenKind::Code] {
                let text = &text[from..];
                assert_eq!(hashes(kind, text), plain(kind, text), "{kind:?} {text}");
            }
        }
    }

    #[test]
    fn case_counts_in_code_alone() {
        assert_eq!(
            hashes(TokenKind::Words, "Foo ÄRGER barBarBarBar"),
            hashes(TokenKind::Words, "foo ärger barbarbarbar")
        );
        assert_ne!(hashes(TokenKind::Code, "Foo"), hashes(TokenKind::Code, "foo"));
        assert_eq!(hashes(TokenKind::Code, "fée").len(), 2);
        assert_ne!(hashes(TokenKind::Words, "_"), hashes(TokenKind::Words, "\u{7f}a"));
    }

    #[test]
    fn words_of_one_text_differ() {
        let text = (0..10_000).map(|i| format!("w{i} {i}longword{i}")).collect::<Vec<_>>().join(" ");
        let mut all = hashes(TokenKind::Words, &text);
        assert_eq!(all.len(), 20_000);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 20_000);
    }

    #[test]
    fn white_space_between_characters_is_one_blank() {
        assert_eq!(hashes(TokenKind::Chars, " a\t\n B "), hashes(TokenKind::Chars, "A b"));
        assert_eq!(hashes(TokenKind::Chars, "ab").len(), 2);
    }
}
