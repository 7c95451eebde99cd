//! Trade requests of collectors: what they have, want and offer, in their short forms.
//!
//! The original drops a row for a single term, "have" and "want" included, and so half of all chat. Fixed: two distinct
//! terms, or one beside a price; words that are also plain English count only as a label, that is, before a colon.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "card_trade",
    summary: "trade request: two distinct trade terms, or one with a price",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// Terms that count wherever they stand alone.
    terms: Option<Vec<String>>,
    /// Terms that count only before a colon.
    labels: Option<Vec<String>>,
    /// So many distinct terms.
    min_terms: Option<usize>,
    /// Whether one term is enough when a price is in the row.
    price: Option<bool>,
}

/// Short forms of card and item trading.
const TERMS: &[&str] = &[
    "trading",
    "for trade",
    "hp",
    "ev",
    "evs",
    "iv",
    "ga",
    "tl",
    "sts",
    "ec",
    "gx",
    "vmax",
    "vstar",
    "lf",
    "ft",
    "cg",
    "wt",
    "wtt",
];

/// Words that are trade terms only as a label.
const LABELS: &[&str] = &["have", "want", "looking for", "id", "pr", "ex", "mi", "v", "ss", "h"];

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    let own = |list: &[&str]| list.iter().map(|&t| t.to_owned()).collect::<Vec<_>>();
    let (mut terms, mut labels) = (own(TERMS), own(LABELS));
    if preset == Preset::Parity {
        terms.append(&mut labels);
    }
    let mut terms = options.terms.unwrap_or(terms);
    let mut labels = options.labels.unwrap_or(labels);
    terms.retain(|term| !term.is_empty());
    labels.retain(|label| !label.is_empty());
    let border = ByteSet::BLANK.or(ByteSet::of(b":>-,.*\"'`"));
    let mut need = Need::default();
    for term in &terms {
        need = need.or_between(border, term, border);
    }
    for label in &labels {
        need = need.or_between(border, label, ByteSet::of(b":"));
    }
    let mut by_first: Box<[Vec<usize>; 256]> = Box::new(std::array::from_fn(|_| Vec::new()));
    for (number, term) in terms.iter().chain(&labels).enumerate() {
        let first = term.as_bytes()[0];
        by_first[usize::from(first.to_ascii_lowercase())].push(number);
        if first.is_ascii_alphabetic() {
            by_first[usize::from(first.to_ascii_uppercase())].push(number);
        }
    }
    let plain = terms.len();
    terms.append(&mut labels);
    let rule = CardTrade {
        terms,
        plain,
        by_first,
        min_terms: options.min_terms.unwrap_or(if preset == Preset::Parity { 1 } else { 2 }),
        price: if options.price.unwrap_or(preset == Preset::Fixed) {
            Some(pattern(DEF.name, r"(?i)[$€£]\s?\d|\d\s?(?:[$€£]|usd\b|eur\b|gbp\b|bucks\b)|\biso\b")?)
        } else {
            None
        },
    };
    Ok(Built::reject(need, rule))
}

struct CardTrade {
    /// Terms, then labels.
    terms: Vec<String>,
    /// How many of them are terms.
    plain: usize,
    /// Numbers of the terms that begin with a byte.
    by_first: Box<[Vec<usize>; 256]>,
    min_terms: usize,
    price: Option<regex::Regex>,
}

impl Check for CardTrade {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        let text = row.text;
        text.chars().nth(9)?;
        let bytes = text.as_bytes();
        let mut found: Vec<usize> = Vec::new();
        let mut first = None;
        for (at, &byte) in bytes.iter().enumerate() {
            if self.by_first[usize::from(byte)].is_empty() || !ends_before(text, at) {
                continue;
            }
            let Some((number, end)) = self.term_at(text, at) else { continue };
            let hit = first.get_or_insert(at..end);
            if !found.contains(&number) {
                found.push(number);
            }
            if found.len() >= self.min_terms {
                return Some(Hit::at(hit.start..end));
            }
        }
        let hit = first?;
        self.price.as_ref().is_some_and(|price| price.is_match(text)).then(|| Hit::at(hit))
    }
}

impl CardTrade {
    /// Number and end of the term that stands here alone.
    fn term_at(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        let rest = &text.as_bytes()[at..];
        self.by_first[usize::from(rest[0])].iter().find_map(|&number| {
            let term = &self.terms[number];
            let end = at + term.len();
            let stands = rest.len() >= term.len()
                && rest[..term.len()].eq_ignore_ascii_case(term.as_bytes())
                && (number < self.plain || rest.get(term.len()) == Some(&b':'))
                && starts_after(text, end);
            stands.then_some((number, end))
        })
    }
}

fn is_border(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            ':' | '>' | '-' | ',' | '.' | '*' | '"' | '\'' | '`' | '\u{2018}'
                ..='\u{201F}' | '•' | '·' | '●' | '▪' | '◦' | '‣'
        )
}

fn ends_before(text: &str, at: usize) -> bool {
    match at.checked_sub(1).map(|i| text.as_bytes()[i]) {
        None => true,
        Some(byte) if byte < 0x80 => is_border(char::from(byte)),
        Some(_) => text.is_char_boundary(at) && text[..at].chars().next_back().is_some_and(is_border),
    }
}

fn starts_after(text: &str, at: usize) -> bool {
    text.is_char_boundary(at) && text[at..].chars().next().is_none_or(is_border)
}
