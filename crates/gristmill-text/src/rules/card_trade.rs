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
    let first_bytes = terms
        .iter()
        .chain(&labels)
        .filter_map(|t| t.bytes().next())
        .flat_map(|b| [b.to_ascii_lowercase(), b.to_ascii_uppercase()])
        .fold([false; 256], |mut set, b| {
            set[usize::from(b)] = true;
            set
        });
    let rule = CardTrade {
        terms,
        labels,
        first_bytes,
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
    terms: Vec<String>,
    labels: Vec<String>,
    first_bytes: [bool; 256],
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
            if !self.first_bytes[usize::from(byte)] || !ends_before(text, at) {
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
        let stands = |term: &String| {
            rest.len() >= term.len()
                && rest[..term.len()].eq_ignore_ascii_case(term.as_bytes())
                && starts_after(text, at + term.len())
        };
        let label = |term: &String| stands(term) && rest.get(term.len()) == Some(&b':');
        let plain = self.terms.iter().position(stands).map(|i| (i, at + self.terms[i].len()));
        plain.or_else(|| {
            let i = self.labels.iter().position(label)?;
            Some((self.terms.len() + i, at + self.labels[i].len()))
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
