//! Tokens as they are compared: of a text as it stands their hashes alone, of its normal form their places.

use std::ops::Range;

use serde::Deserialize;

use super::case::CaseFold;

/// What a token is; case is folded either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A run of `[A-Za-z0-9_]`.
    #[default]
    Code,
    /// A run of letters, digits and underscores of any script.
    Words,
}

impl TokenKind {
    /// Whether a folded character belongs to a token.
    fn holds(self, char: char) -> bool {
        char.is_ascii_alphanumeric() || char == '_' || (self == Self::Words && char.is_alphanumeric())
    }

    /// Whether a token is a word: nothing but letters, at least three.
    #[must_use]
    pub fn is_word(self, token: &str) -> bool {
        match self {
            Self::Code => token.len() >= 3 && token.bytes().all(|byte| byte.is_ascii_alphabetic()),
            Self::Words => token.chars().count() >= 3 && token.chars().all(char::is_alphabetic),
        }
    }
}

const START: u64 = 0x9e37_79b9_7f4a_7c15;
const BYTE: u64 = 0xd6e8_feb8_6659_fd93;
const END: u64 = 0xa076_1d64_78bd_642f;

/// Of each byte: itself, folded, where it belongs to a token; 0 where it ends one; [`FOREIGN`] beyond ASCII.
const CLASSES: [u8; 256] = {
    let mut classes = [FOREIGN; 256];
    let mut byte = 0;
    while byte < 128 {
        let ascii = byte as u8;
        let holds = ascii.is_ascii_alphanumeric() || ascii == b'_';
        classes[byte] = if holds { ascii.to_ascii_lowercase() } else { 0 };
        byte += 1;
    }
    classes
};
const FOREIGN: u8 = 0xff;

/// Multiplies to 128 bits and folds the halves.
const fn mixed(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    product as u64 ^ (product >> 64) as u64
}

/// The hash of a token that is being read.
struct Running(u64);

impl Running {
    const fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(BYTE);
    }

    /// Ends the token, if there is one.
    fn end(&mut self, out: &mut Vec<u64>) {
        if self.0 != START {
            out.push(mixed(self.0, END));
            self.0 = START;
        }
    }
}

/// Appends the hash of each token of a text that is not in its normal form.
pub fn hash_tokens(kind: TokenKind, case: &CaseFold, text: &str, out: &mut Vec<u64>) {
    let bytes = text.as_bytes();
    let mut running = Running(START);
    let mut at = 0;
    while at < bytes.len() {
        let class = CLASSES[bytes[at] as usize];
        if class == 0 {
            running.end(out);
            at += 1;
        } else if class != FOREIGN {
            running.add(class);
            at += 1;
        } else {
            let Some(char) = text[at..].chars().next() else { break };
            let mut room = [0; 4];
            case.fold(char, &mut |folded| {
                if kind.holds(folded) {
                    folded.encode_utf8(&mut room).bytes().for_each(|byte| running.add(byte));
                } else {
                    running.end(out);
                }
            });
            at += char.len_utf8();
        }
    }
    running.end(out);
}

/// The hash of a token of a normal form.
#[must_use]
pub fn hash_token(token: &str) -> u64 {
    let mut running = Running(START);
    token.bytes().for_each(|byte| running.add(byte));
    mixed(running.0, END)
}

/// Appends the places of the tokens of a normal form.
pub fn token_places(kind: TokenKind, normal: &str, out: &mut Vec<Range<u32>>) {
    let mut start = None;
    for (at, char) in normal.char_indices() {
        match (kind.holds(char), start) {
            (true, None) => start = Some(at as u32),
            (false, Some(from)) => {
                out.push(from..at as u32);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        out.push(from..normal.len() as u32);
    }
}

const ROLL: u64 = 0x9fb2_1c65_1e98_df25;

/// Gives `each` a key for every run of `length` tokens, with the number of its first. Runs of different length have
/// different keys.
pub fn run_keys(hashes: &[u64], length: usize, mut each: impl FnMut(usize, u64)) {
    if length == 0 || hashes.len() < length {
        return;
    }
    let leaving = (0..length).fold(1_u64, |power, _| power.wrapping_mul(ROLL));
    let (first, rest) = hashes.split_at(length);
    let mut sum = first.iter().fold(0_u64, |sum, &token| sum.wrapping_mul(ROLL).wrapping_add(token));
    let salt = END.wrapping_mul(length as u64);
    each(0, mixed(sum ^ salt, BYTE));
    for (at, (&entering, &left)) in rest.iter().zip(hashes).enumerate() {
        sum = sum.wrapping_mul(ROLL).wrapping_add(entering).wrapping_sub(left.wrapping_mul(leaving));
        each(at + 1, mixed(sum ^ salt, BYTE));
    }
}

#[cfg(test)]
mod tests {
    use super::super::normal::normal_form;
    use super::{CaseFold, TokenKind, hash_token, hash_tokens, run_keys, token_places};

    fn tokens(kind: TokenKind, text: &str) -> Vec<String> {
        let case = CaseFold::default();
        let normal = normal_form(&case, text);
        let mut places = Vec::new();
        token_places(kind, &normal, &mut places);
        let found: Vec<String> =
            places.iter().map(|place| normal[place.start as usize..place.end as usize].to_owned()).collect();
        let mut hashes = Vec::new();
        hash_tokens(kind, &case, text, &mut hashes);
        assert_eq!(hashes, found.iter().map(|token| hash_token(token)).collect::<Vec<_>>(), "{text}");
        found
    }

    #[test]
    fn both_ways_find_the_same_tokens() {
        assert_eq!(tokens(TokenKind::Code, "Foo_1(bar)\n  K9 straße"), ["foo_1", "bar", "k9", "strasse"]);
        assert_eq!(tokens(TokenKind::Code, "Über den"), ["ber", "den"]);
        assert_eq!(tokens(TokenKind::Words, "Über_1 d'ÉTÉ 漢字"), ["über_1", "d", "été", "漢字"]);
        assert!(tokens(TokenKind::Code, " -- ").is_empty());
    }

    #[test]
    fn words_are_letters() {
        for (token, is_word) in [("abc", true), ("ab", false), ("ab1", false), ("a_b", false), ("été", false)]
        {
            assert_eq!(TokenKind::Code.is_word(token), is_word, "{token}");
        }
        assert!(TokenKind::Words.is_word("été"));
    }

    #[test]
    fn a_run_has_its_key_wherever_it_stands() {
        let keys = |hashes: &[u64], length| {
            let mut keys = Vec::new();
            run_keys(hashes, length, |_, key| keys.push(key));
            keys
        };
        assert_eq!(keys(&[7, 1, 2, 3, 9], 3)[1], keys(&[1, 2, 3], 3)[0]);
        assert_ne!(keys(&[1, 2, 3], 3)[0], keys(&[3, 2, 1], 3)[0]);
        assert_ne!(keys(&[1], 1)[0], keys(&[0, 1], 2)[0]);
        assert!(keys(&[1, 2], 3).is_empty());
    }
}
