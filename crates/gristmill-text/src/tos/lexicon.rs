//! The terms to look for.
//!
//! `lexicon.txt` holds one term a line: `category rule severity term` with tabs between, and a fifth field with the
//! phrases in which the term is harmless, separated by semicolons. Term and phrases are in ROT13, so that nobody
//! reads slurs who only looks around in the repository. Lines that begin with `#` are remarks.

use serde::Deserialize;

use crate::failure::TextFailure;

const LEXICON: &str = include_str!("lexicon.txt");

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it is about.
    pub category: String,
    /// Stable id of the rule, e.g. `drugs-7`; says which term hit without repeating it.
    pub rule: String,
    /// 1 mild to 3 severe.
    pub severity: u8,
    /// The term.
    pub text: String,
    /// Phrases in which it is harmless.
    pub exceptions: Vec<String>,
}

/// A term as a user writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserTerm {
    /// The term.
    pub term: String,
    /// What it is about; may be a category of the user's own.
    pub category: String,
    /// 1 mild to 3 severe.
    #[serde(default = "middle")]
    pub severity: u8,
    /// Phrases in which it is harmless.
    #[serde(default)]
    pub exceptions: Vec<String>,
}

const fn middle() -> u8 {
    2
}

/// The terms that come with the product.
///
/// # Errors
/// `GM_TEXT_BAD_TERM` when the file is damaged.
pub fn built_in_terms() -> Result<Vec<Term>, TextFailure> {
    LEXICON
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .enumerate()
        .map(|(number, line)| {
            let mut fields = line.split('\t');
            let mut field = || fields.next().unwrap_or_default();
            let (category, rule, severity, term, phrases) = (field(), field(), field(), field(), field());
            let bad =
                |problem| TextFailure::BadTerm { number: number + 1, category: category.into(), problem };
            if term.is_empty() {
                return Err(bad("has too few fields"));
            }
            Ok(Term {
                category: category.into(),
                rule: rule.into(),
                severity: severity.parse().map_err(|_| bad("has a severity that is no number"))?,
                text: rot13(term),
                exceptions: phrases.split(';').filter(|p| !p.is_empty()).map(rot13).collect(),
            })
        })
        .collect()
}

/// A user's terms, numbered inside their category.
pub fn user_terms(terms: &[UserTerm]) -> Vec<Term> {
    let mut out: Vec<Term> = Vec::with_capacity(terms.len());
    for (number, term) in terms.iter().enumerate() {
        out.push(Term {
            category: term.category.clone(),
            rule: format!("own-{}-{}", term.category, number + 1),
            severity: term.severity,
            text: term.term.clone(),
            exceptions: term.exceptions.clone(),
        });
    }
    out
}

fn rot13(text: &str) -> String {
    let turn = |c: char, base: u8| char::from(base + (c as u8 - base + 13) % 26);
    text.chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            other => other,
        })
        .collect()
}
