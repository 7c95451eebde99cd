//! The terms to look for.
//!
//! `lexicon.txt` holds one term a line: `category rule severity term` with tabs between, and a fifth field with the
//! phrases in which the term is harmless, separated by semicolons. Term and phrases are in ROT13, so that nobody
//! reads slurs who only looks around in the repository. Lines that begin with `#` are remarks.

use std::collections::BTreeMap;

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

/// What stands in the option `lexicon`: a term, or the content of a file that lists terms by category.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum LexiconPart {
    /// One term.
    Term(UserTerm),
    /// Terms by category.
    Lists(BTreeMap<String, Vec<String>>),
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
pub fn user_terms(parts: &[LexiconPart]) -> Vec<Term> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut out = Vec::new();
    let mut push = |category: &str, number: usize, severity: u8, text: &str, exceptions: &[String]| {
        out.push(Term {
            category: category.to_owned(),
            rule: format!("own-{category}-{number}"),
            severity,
            text: text.to_owned(),
            exceptions: exceptions.to_vec(),
        });
    };
    for part in parts {
        match part {
            LexiconPart::Term(term) => {
                let number = numbers.entry(&term.category).or_default();
                *number += 1;
                push(&term.category, *number, term.severity, &term.term, &term.exceptions);
            }
            LexiconPart::Lists(lists) => {
                for (category, terms) in lists {
                    let number = numbers.entry(category).or_default();
                    for term in terms {
                        *number += 1;
                        push(category, *number, middle(), term, &[]);
                    }
                }
            }
        }
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

#[cfg(test)]
mod tests {
    use super::built_in_terms;
    use crate::tos::{Folded, Matcher};

    fn hits(matcher: &Matcher, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        matcher.find(text, &mut Folded::default(), &mut found);
        found.into_iter().map(|hit| hit.term).collect()
    }

    #[test]
    fn every_term_matches_itself_its_plural_and_its_disguises() {
        for term in built_in_terms().unwrap() {
            let matcher = Matcher::new(vec![term.clone()]).unwrap();
            let text = &term.text;
            let plural = if text.ends_with(['s', 'z']) { format!("{text}es") } else { format!("{text}s") };
            let leet = text.replace('o', "0").replace('e', "3").replace('i', "1").replace('a', "@");
            let spread = |word: &str, by: &str| word.chars().map(String::from).collect::<Vec<_>>().join(by);
            let mut forms = vec![text.clone(), plural, text.to_uppercase(), format!("so {text}!"), leet];
            if !text.contains(' ') {
                forms.push(spread(text, "."));
                forms.push(spread(text, " "));
                forms.push(spread(text, "\u{200b}"));
            }
            for form in forms {
                assert_eq!(hits(&matcher, &form), [0], "{} as {form:?}", term.rule);
            }
            for form in [format!("x{text}"), format!("{text}x"), format!("9{text}")] {
                assert!(hits(&matcher, &form).is_empty(), "{} as {form:?}", term.rule);
            }
        }
    }

    #[test]
    fn a_term_is_excused_in_its_phrases_only() {
        for term in built_in_terms().unwrap() {
            let matcher = Matcher::new(vec![term.clone()]).unwrap();
            for phrase in &term.exceptions {
                assert!(hits(&matcher, phrase).is_empty(), "{}", term.rule);
            }
        }
    }

    #[test]
    fn rule_ids_are_unique() {
        let mut ids: Vec<String> = built_in_terms().unwrap().into_iter().map(|term| term.rule).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
