//! The terms to look for: those that come with the product and those a user adds.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fold::Folded;
use super::term_file;
use crate::failure::TextFailure;

const LEXICON: &str = include_str!("lexicon.txt");

/// How grave a term is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Rude, or grave only beside other words.
    Low,
    /// In breach of most terms of service.
    #[default]
    Medium,
    /// In breach of all.
    High,
}

impl Severity {
    /// Reads the word.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "low" => Ok(Self::Low),
            "medium" => Ok(Self::Medium),
            "high" => Ok(Self::High),
            other => Err(format!("has the severity `{other}`; there are: low, medium, high")),
        }
    }
}

/// How a term is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermMatch {
    /// A whole word and its plural.
    Word,
    /// Every word that begins with it.
    Stem,
    /// Several words in a row, and the plural of the last.
    Phrase,
}

impl TermMatch {
    /// Reads the word.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "word" => Ok(Self::Word),
            "stem" => Ok(Self::Stem),
            "phrase" => Ok(Self::Phrase),
            other => Err(format!("has the match `{other}`; there are: word, stem, phrase")),
        }
    }

    /// What a term is when nothing is said.
    pub(super) fn of(term: &str) -> Self {
        if term.trim().contains(char::is_whitespace) { Self::Phrase } else { Self::Word }
    }
}

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it is about.
    pub category: String,
    /// Stable id of the rule, e.g. `drugs-7`; says which term hit without repeating it.
    pub rule: String,
    /// How grave it is.
    pub severity: Severity,
    /// How it is looked for.
    pub how: TermMatch,
    /// The term; in each word `|` stands between alternatives.
    pub text: String,
    /// Phrases in which it is harmless.
    pub exceptions: Vec<String>,
}

/// Most ways of writing that the alternatives of one term may come to.
const MOST_FORMS: usize = 512;

impl Term {
    /// All choices of alternatives.
    #[must_use]
    pub fn forms(&self) -> Vec<String> {
        let mut forms = vec![String::new()];
        for word in self.text.split_whitespace() {
            let choices = word.split('|').filter(|choice| !choice.is_empty());
            let with = |form: &String, choice: &str| {
                if form.is_empty() { choice.to_owned() } else { format!("{form} {choice}") }
            };
            forms = choices.flat_map(|choice| forms.iter().map(move |form| with(form, choice))).collect();
            if forms.len() > MOST_FORMS {
                break;
            }
        }
        forms
    }

    /// Whether it can be looked for.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let words = self.text.split_whitespace().count();
        if self.how != TermMatch::Phrase && words > 1 {
            return Err("has several words but is no `phrase`");
        }
        let forms = self.forms();
        if forms.len() > MOST_FORMS {
            return Err("has alternatives that come to more than 512 forms");
        }
        let mut folded = Folded::default();
        let short = |form: &String| {
            folded.fold(form);
            let letters = folded.runs[..folded.spelled].iter().zip(&folded.bytes);
            letters.filter(|&(_, &byte)| byte != b' ').map(|(&run, _)| run).sum::<u32>() < 2
        };
        if forms.is_empty() || forms.iter().any(short) {
            return Err("has fewer than two letters");
        }
        Ok(())
    }
}

/// A term as a user writes it in a recipe.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserTerm {
    /// The term.
    pub term: String,
    /// What it is about; may be a category of the user's own.
    pub category: String,
    /// How grave it is.
    #[serde(default)]
    pub severity: Severity,
    /// How it is looked for; by its number of words when absent.
    #[serde(default, rename = "match")]
    pub how: Option<TermMatch>,
    /// Phrases in which it is harmless.
    #[serde(default)]
    pub exceptions: Vec<String>,
}

/// What the option `lexicon` may hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Lexicon {
    /// Path of a lexicon; text with a tab or a line break is the lexicon itself.
    Text(String),
    /// Terms one by one.
    Terms(Vec<UserTerm>),
    /// Terms by category.
    Lists(BTreeMap<String, Vec<String>>),
}

/// The terms that come with the product.
///
/// # Errors
/// `GM_TEXT_BAD_LEXICON` when the file is damaged.
pub fn built_in_terms() -> Result<Vec<Term>, TextFailure> {
    term_file::parse("lexicon.txt", LEXICON, "")
}

/// A user's terms, numbered inside their category.
///
/// # Errors
/// `GM_TEXT_BAD_LEXICON`, `GM_TEXT_UNREADABLE_LEXICON`.
pub fn user_terms(lexicon: &Lexicon) -> Result<Vec<Term>, TextFailure> {
    const PREFIX: &str = "own-";
    let terms = match lexicon {
        Lexicon::Text(text) if text.contains(['\n', '\t']) => {
            return term_file::parse("lexicon", text, PREFIX);
        }
        Lexicon::Text(path) => {
            let read =
                std::fs::read(path).and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
            let text =
                read.map_err(|source| TextFailure::UnreadableLexicon { path: path.clone(), source })?;
            return term_file::parse(path, &text, PREFIX);
        }
        Lexicon::Terms(terms) => terms.clone(),
        Lexicon::Lists(lists) => lists.iter().flat_map(|(category, terms)| plain(category, terms)).collect(),
    };
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut out = Vec::new();
    for (at, term) in terms.into_iter().enumerate() {
        let bad = |problem: &str| TextFailure::BadLexicon {
            file: "lexicon".into(),
            line: at + 1,
            problem: problem.into(),
        };
        term_file::check_category(&term.category).map_err(bad)?;
        let number = numbers.entry(term.category.clone()).or_default();
        *number += 1;
        let term = Term {
            rule: format!("{PREFIX}{}-{number}", term.category),
            how: term.how.unwrap_or(TermMatch::of(&term.term)),
            severity: term.severity,
            category: term.category,
            text: term.term,
            exceptions: term.exceptions,
        };
        term.check().map_err(bad)?;
        out.push(term);
    }
    Ok(out)
}

fn plain<'a>(category: &'a str, terms: &'a [String]) -> impl Iterator<Item = UserTerm> + 'a {
    terms.iter().map(move |term| UserTerm {
        term: term.clone(),
        category: category.to_owned(),
        severity: Severity::default(),
        how: None,
        exceptions: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{LEXICON, TermMatch, built_in_terms};
    use crate::tos::term_file::rot13;
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
            for text in &term.forms() {
                let plural =
                    if text.ends_with(['s', 'z']) { format!("{text}es") } else { format!("{text}s") };
                let leet = text.replace('o', "0").replace('e', "3").replace('i', "1").replace('a', "@");
                let spread = |by: &str| text.chars().map(String::from).collect::<Vec<_>>().join(by);
                let mut forms = vec![
                    text.clone(),
                    plural,
                    text.to_uppercase(),
                    format!("so {text}!"),
                    format!("{text}'s"),
                    leet,
                ];
                if !text.contains(' ') {
                    forms.extend([spread("."), spread(" "), spread("\u{200b}")]);
                }
                if term.how == TermMatch::Stem {
                    forms.extend(["ing", "ed", "er"].map(|ending| format!("{text}{ending}")));
                } else {
                    for other in [format!("x{text}"), format!("{text}x"), format!("9{text}")] {
                        assert!(hits(&matcher, &other).is_empty(), "{} as {other:?}", term.rule);
                    }
                }
                for form in forms {
                    assert_eq!(hits(&matcher, &form), [0], "{} as {form:?}", term.rule);
                }
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
    fn rule_ids_are_unique_and_the_file_is_veiled() {
        let terms = built_in_terms().unwrap();
        let ids: BTreeSet<&str> = terms.iter().map(|term| term.rule.as_str()).collect();
        assert_eq!(ids.len(), terms.len());
        let lines = LEXICON.lines().filter(|line| !line.starts_with('#'));
        for (line, term) in lines.zip(&terms) {
            assert_eq!(line.split('\t').next(), Some(rot13(&term.text).as_str()), "{}", term.rule);
            assert!(!LEXICON.contains(&format!("\n{}\t", term.text)), "{} stands in clear", term.rule);
        }
    }
}
