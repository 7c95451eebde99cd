//! Cuts a text into tokens and keeps only a hash of each. Words of plain letters, which most are, are found, put in
//! lower case and hashed eight bytes at a time; anything else goes the slow way, to the same hashes.

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

const ONES: u64 = 0x0101_0101_0101_0101;
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

/// Appends the hash of each token of a text. `scratch` is room to work in.
pub fn hash_tokens(kind: TokenKind, text: &str, scratch: &mut Vec<u8>, out: &mut Vec<u64>) {
    match kind {
        TokenKind::Words => words::<true>(text, scratch, out),
        TokenKind::Code => words::<false>(text, scratch, out),
        TokenKind::Chars => chars(text, out),
    }
}

/// `UNICODE`: letters of all scripts count, and case does not.
fn words<const UNICODE: bool>(text: &str, scratch: &mut Vec<u8>, out: &mut Vec<u64>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let chunk = load(bytes, at);
        let word = word_bytes(chunk);
        let foreign = if UNICODE { chunk & HIGH } else { 0 };
        if (word | foreign) & 0x80 == 0 {
            // Zero bits reach 64 where there is neither: on to the next eight bytes.
            at += ((word | foreign).trailing_zeros() / 8) as usize;
            continue;
        }
        let length = ((!word & HIGH).trailing_zeros() / 8) as usize;
        if length < 8 && (foreign >> (8 * length)) & 0x80 == 0 {
            let kept = chunk & ((1_u64 << (8 * length)) - 1);
            let case = if UNICODE { CASE & ((1_u64 << (8 * length)) - 1) } else { 0 };
            out.push(fold((kept | case) ^ FIRST, NEXT));
            at += length + 1;
        } else if length == 8
            && let Some((hash, end)) = long_ascii::<UNICODE>(bytes, at)
        {
            out.push(hash);
            at = end;
        } else {
            at = long_word::<UNICODE>(text, at, scratch, out);
        }
    }
}

/// Hash and end of a word of at least eight bytes, unless a letter beyond ASCII stops it.
fn long_ascii<const UNICODE: bool>(bytes: &[u8], start: usize) -> Option<(u64, usize)> {
    let case = if UNICODE { CASE } else { 0 };
    let (mut hash, mut at) = (FIRST, start);
    loop {
        let chunk = load(bytes, at);
        let length = ((!word_bytes(chunk) & HIGH).trailing_zeros() / 8) as usize;
        if length == 8 {
            hash = fold((chunk | case) ^ hash, NEXT);
            at += 8;
            continue;
        }
        if UNICODE && (chunk >> (8 * length)) & 0x80 != 0 {
            return None;
        }
        if length > 0 {
            let kept = (1_u64 << (8 * length)) - 1;
            hash = fold(((chunk | case) & kept) ^ hash, NEXT);
        }
        return Some((hash, at + length));
    }
}

/// A word with letters beyond ASCII, or a character that is none. Gives the place
/// behind it.
fn long_word<const UNICODE: bool>(
    text: &str,
    start: usize,
    scratch: &mut Vec<u8>,
    out: &mut Vec<u64>,
) -> usize {
    let bytes = text.as_bytes();
    scratch.clear();
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            // One bit tells the cases of a letter apart; it is set in digits and free in the underscore.
            scratch.push(if UNICODE { byte | 0x20 } else { byte });
            at += 1;
            continue;
        }
        if !UNICODE || byte < 0x80 {
            break;
        }
        let Some(char) = text[at..].chars().next() else { break };
        if !char.is_alphanumeric() {
            // A character alone is passed over; behind a word it is met again.
            if scratch.is_empty() {
                return at + char.len_utf8();
            }
            break;
        }
        let mut room = [0; 4];
        for lower in char.to_lowercase() {
            scratch.extend_from_slice(lower.encode_utf8(&mut room).as_bytes());
        }
        at += char.len_utf8();
    }
    let mut hash = FIRST;
    let mut from = 0;
    while from < scratch.len() {
        hash = fold(load(scratch, from) ^ hash, NEXT);
        from += 8;
    }
    out.push(hash);
    at
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

/// The high bit of each byte that is an ASCII letter, a digit or an underscore.
const fn word_bytes(chunk: u64) -> u64 {
    let low = chunk & !HIGH;
    let letter = low | CASE;
    let letters = at_least(letter, b'a') & !at_least(letter, b'z' + 1);
    let digits = at_least(low, b'0') & !at_least(low, b'9' + 1);
    let underscore = !((low ^ (ONES * b'_' as u64)) + !HIGH);
    (letters | digits | underscore) & !chunk & HIGH
}

/// The high bit of each byte that is not below a limit; the other bits are rubbish. No byte has its high bit set.
const fn at_least(chunk: u64, limit: u8) -> u64 {
    chunk + ONES * (0x80 - limit as u64)
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, hash_tokens};

    fn hashes(kind: TokenKind, text: &str) -> Vec<u64> {
        let mut out = Vec::new();
        hash_tokens(kind, text, &mut Vec::new(), &mut out);
        out
    }

    /// The same tokens, one by one.
    fn plain(kind: TokenKind, text: &str) -> Vec<u64> {
        let inside = |c: char| {
            c == '_' || if kind == TokenKind::Words { c.is_alphanumeric() } else { c.is_ascii_alphanumeric() }
        };
        text.split(|c| !inside(c)).filter(|t| !t.is_empty()).flat_map(|t| hashes(kind, t)).collect()
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
        ];
        for text in texts {
            for kind in [TokenKind::Words, TokenKind::Code] {
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
