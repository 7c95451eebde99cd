//! Short forms of chat, written out. Whole words only, in any case; a hit with a capital gives a replacement whose
//! first letter is one.
//!
//! The original also rewrites single letters that are no words ("u.s.", "r&b", "plan B"). Fixed: a single letter
//! beside a mark or digit stays, and so does a capital B inside a sentence.

use std::collections::BTreeMap;

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::failure::TextFailure;
use crate::rules::{Built, Kind, Preset, Row, RuleDef, Scope, Transform, map_turns, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "slang",
    summary: "writes out short forms such as u, thx, gr8",
    kind: Kind::Transform,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

/// The short forms of the original.
const WORDS: &[(&str, &str)] = &[
    ("2nite", "tonight"),
    ("b", "be"),
    ("b4", "before"),
    ("cuz", "because"),
    ("gr8", "great"),
    ("kewl", "cool"),
    ("kool", "cool"),
    ("l8r", "later"),
    ("lawl", "lol"),
    ("r", "are"),
    ("thx", "thanks"),
    ("ttyl", "bye"),
    ("u", "you"),
    ("ur", "your"),
    ("yur", "youre"),
];

/// Options of the rule and of the step `slang`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// Further short forms; an empty replacement switches a form off.
    words: BTreeMap<String, String>,
    /// Whether `words` stand alone, without the built-in ones.
    only: bool,
}

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    if !options.only {
        words.extend(WORDS.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())));
    }
    for (short, long) in options.words {
        if short.is_empty() || !short.chars().all(is_word) {
            let problem = "has a short form that is not one word of letters and digits";
            return Err(TextFailure::BadUserRule { rule: DEF.name.to_owned(), problem }.into());
        }
        words.insert(short.to_lowercase(), long);
    }
    words.retain(|_, long| !long.is_empty());
    let need = need(&words);
    let mut lengths = [0u64; 256];
    for short in words.keys() {
        let first = short.as_bytes()[0];
        let bit = 1 << short.len().min(63);
        lengths[usize::from(first)] |= bit;
        lengths[usize::from(first.to_ascii_uppercase())] |= bit;
    }
    // A letter beyond ASCII may have another first byte, and another length, in the other case.
    let plain = words.keys().all(|short| short.is_ascii());
    Ok(Built::transform(need, Slang { words, lengths, plain, careful: preset == Preset::Fixed }))
}

/// Short forms stand between other bytes than those of words.
fn need(words: &BTreeMap<String, String>) -> Need {
    let apart = ByteSet::WORD.not();
    // Before a turn there may be a wide blank.
    let mut need = Need::default().odd_frame();
    for short in words.keys() {
        if !short.is_ascii() {
            return Need::always();
        }
        need = need.or_between(apart, short, apart);
        if short.contains('k') {
            need.any.extend(Need::literal(KELVIN).any);
        }
    }
    need
}

/// The one letter beyond ASCII whose small form is a letter of ASCII.
const KELVIN: &str = "\u{212A}";

struct Slang {
    words: BTreeMap<String, String>,
    /// Lengths of the words that begin with a byte, from 63 on as 63.
    lengths: [u64; 256],
    /// Whether no word has a letter beyond ASCII.
    plain: bool,
    careful: bool,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

impl Transform for Slang {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        // Most rows have no hit: look before anything is copied.
        if !row.turns.iter().any(|turn| self.next(&row.text[turn.content.clone()], 0).is_some()) {
            return false;
        }
        map_turns(row, out, |content, out| {
            let mut done = 0;
            while let Some((start, end, long)) = self.next(content, done) {
                out.push_str(&content[done..start]);
                push_cased(&content[start..end], long, out);
                done = end;
            }
            out.push_str(&content[done..]);
            done > 0
        })
    }
}

impl Slang {
    /// The next short form at or after `from`.
    fn next(&self, text: &str, from: usize) -> Option<(usize, usize, &str)> {
        let bytes = text.as_bytes();
        let mut at = from;
        let mut inside = at > 0 && is_word_byte(bytes[at - 1]);
        while at < bytes.len() {
            if inside || !is_word_byte(bytes[at]) {
                inside = is_word_byte(bytes[at]);
                at += 1;
                continue;
            }
            let mut end = at + 1;
            while end < bytes.len() && is_word_byte(bytes[end]) {
                end += 1;
            }
            if let Some(long) = self.long_form(text, at, end) {
                return Some((at, end, long));
            }
            at = end;
        }
        None
    }

    fn long_form(&self, text: &str, start: usize, end: usize) -> Option<&str> {
        let word = &text[start..end];
        let long = if word.is_ascii() {
            if self.lengths[usize::from(word.as_bytes()[0])] & (1 << word.len().min(63)) == 0 {
                return None;
            }
            self.words.get(word).or_else(|| self.words.get(&word.to_ascii_lowercase()))?
        } else if self.plain && !word.contains(KELVIN) {
            return None;
        } else {
            self.words.get(word).or_else(|| self.words.get(&word.to_lowercase()))?
        };
        (!self.careful || !is_lone_letter(text, start, end)).then_some(long)
    }
}

/// Whether a single letter is no word of its own here.
fn is_lone_letter(text: &str, start: usize, end: usize) -> bool {
    if end - start != 1 {
        return false;
    }
    let mut before = text[..start].chars().rev();
    let mut after = text[end..].chars();
    let (left, right) = (before.next(), after.next());
    let beside = |c: Option<char>| c.is_some_and(|c| matches!(c, '&' | '-' | ':' | '/' | '+' | '\'' | '’'));
    let dotted = left == Some('.') || (right == Some('.') && after.next().is_some_and(is_word));
    let letter_name = &text[start..end] == "B" && !starts_sentence(&text[..start]);
    beside(left) || beside(right) || dotted || letter_name
}

fn starts_sentence(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty() || before.ends_with(['.', '!', '?'])
}

fn push_cased(short: &str, long: &str, out: &mut String) {
    let mut letters = long.chars();
    match letters.next() {
        Some(first) if short.chars().any(char::is_uppercase) => {
            out.extend(first.to_uppercase());
            out.push_str(letters.as_str());
        }
        _ => out.push_str(long),
    }
}
