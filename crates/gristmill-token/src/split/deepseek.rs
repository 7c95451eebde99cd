//! The last of the three splits of `DeepSeek` V3 and R1; digits and Chinese have been taken out before it.

use super::Find;
use super::cl100k::line_breaks;
use super::classes::{Classes, LETTER, MARK, NEWLINE, SIGN, SPACE, decode};
use super::space::space_with_lines;

/// ``[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+``
pub(crate) struct DeepSeek;

impl DeepSeek {
    fn end(classes: &Classes, bytes: &[u8], at: usize) -> Option<usize> {
        let first = bytes[at];
        let (class, length) = classes.at(bytes, at);
        let next = at + length;
        if first.is_ascii_punctuation() && bytes.get(next).is_some_and(u8::is_ascii_alphabetic) {
            let letters = bytes[next..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
            return Some(next + letters);
        }
        let word = LETTER | MARK;
        if class & LETTER != 0 {
            return Some(classes.run(bytes, next, word));
        }
        if class & (NEWLINE | SIGN) == 0 {
            let end = classes.run(bytes, next, word);
            if end > next || class & MARK != 0 {
                return Some(end);
            }
        }
        let sign = if first == b' ' { next } else { at };
        let end = classes.run(bytes, sign, SIGN);
        if end > sign {
            return Some(line_breaks(bytes, end));
        }
        (class & SPACE != 0).then(|| space_with_lines(classes, bytes, at))
    }
}

impl Find for DeepSeek {
    fn find(&self, classes: &Classes, bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
        while at < bytes.len() {
            if let Some(end) = Self::end(classes, bytes, at) {
                return Some((at, end));
            }
            at += classes.at(bytes, at).1;
        }
        None
    }
}

/// `[一-龥぀-ゟ゠-ヿ]+`
pub(crate) struct Chinese;

impl Chinese {
    fn has(bytes: &[u8], at: usize) -> Option<usize> {
        if bytes[at] < 0xE3 {
            return None;
        }
        let (code, length) = decode(bytes, at);
        matches!(code, 0x3040..=0x30FF | 0x4E00..=0x9FA5).then_some(length)
    }
}

impl Find for Chinese {
    fn find(&self, _: &Classes, bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
        while at < bytes.len() {
            if let Some(length) = Self::has(bytes, at) {
                let mut end = at + length;
                while end < bytes.len()
                    && let Some(length) = Self::has(bytes, end)
                {
                    end += length;
                }
                return Some((at, end));
            }
            at += 1;
        }
        None
    }
}
