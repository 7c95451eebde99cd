//! The format of lexicons: one term a line, tabs between its fields, so that any table program reads and writes it.
//!
//! Fields: term, category, severity (`low`, `medium`, `high`), match (`word`, `stem`, `phrase`), phrases in which the
//! term is harmless (semicolons between), rule id. All after the category may be left out. Empty lines and lines that
//! begin with `#` are remarks; `#! rot13` as the first line says that terms and phrases are in ROT13.

use std::collections::BTreeMap;

use super::lexicon::{Severity, Term, TermMatch};
use crate::failure::TextFailure;

/// Reads a lexicon; `file` is its name in failures.
///
/// # Errors
/// `GM_TEXT_BAD_LEXICON` with file and line.
pub fn parse(file: &str, text: &str, prefix: &str) -> Result<Vec<Term>, TextFailure> {
    let veiled = text.lines().next().is_some_and(|line| line.trim_end() == "#! rot13");
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut terms = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let bad =
            |problem: String| TextFailure::BadLexicon { file: file.to_owned(), line: number + 1, problem };
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        if fields.len() > 6 {
            return Err(bad(format!("has {} fields; there are six at most", fields.len())));
        }
        let field = |at: usize| fields.get(at).copied().filter(|field| !field.is_empty());
        let read = |text: &str| if veiled { rot13(text) } else { text.to_owned() };
        let term = field(0).map(read).ok_or_else(|| bad("has no term".into()))?;
        let category = field(1).ok_or_else(|| bad("has no category after the term and a tab".into()))?;
        check_category(category).map_err(|problem| bad(problem.into()))?;
        let severity = field(2).map_or(Ok(Severity::Medium), Severity::parse).map_err(bad)?;
        let how = field(3).map(TermMatch::parse).transpose().map_err(bad)?.unwrap_or(TermMatch::of(&term));
        let next = numbers.entry(category.to_owned()).or_default();
        *next += 1;
        let rule = field(5).map_or_else(|| format!("{prefix}{category}-{next}"), str::to_owned);
        let exceptions = field(4).unwrap_or_default().split(';').map(str::trim).filter(|p| !p.is_empty());
        let term = Term {
            category: category.to_owned(),
            rule,
            severity,
            how,
            exceptions: exceptions.map(read).collect(),
            text: term,
        };
        term.check().map_err(|problem| bad(problem.into()))?;
        terms.push(term);
    }
    Ok(terms)
}

/// A category can be the name of an option.
pub fn check_category(category: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let ok = category.chars().all(plain) && category.starts_with(|c: char| c.is_ascii_lowercase());
    if ok { Ok(()) } else { Err("has a category that is not small letters, digits, `_` and `-`") }
}

/// Turns Latin letters by thirteen places: veils and unveils.
#[must_use]
pub fn rot13(text: &str) -> String {
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
    use super::{parse, rot13};
    use crate::tos::lexicon::{Severity, TermMatch};
    use gristmill_core::Fault as _;

    #[test]
    fn fields_may_be_left_out() {
        let text = "# mine\n\ngizmo\tbrand\nbig gizmo\tbrand\thigh\nfoo\tjunk\tlow\tstem\tfoo bar; foo baz\tfoo-rule\n";
        let terms = parse("mine.tsv", text, "own-").unwrap();
        assert_eq!(terms.len(), 3);
        assert_eq!(
            (terms[0].rule.as_str(), terms[0].severity, terms[0].how),
            ("own-brand-1", Severity::Medium, TermMatch::Word)
        );
        assert_eq!((terms[1].rule.as_str(), terms[1].how), ("own-brand-2", TermMatch::Phrase));
        assert_eq!(terms[2].exceptions, ["foo bar", "foo baz"]);
        assert_eq!((terms[2].rule.as_str(), terms[2].how), ("foo-rule", TermMatch::Stem));
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, line, problem) in [
            ("gizmo", 1, "has no category"),
            ("a b\tx\n\tx", 2, "has no term"),
            ("ab\tX", 1, "has a category"),
            ("ab\tx\tgrave", 1, "severity"),
            ("ab\tx\tlow\tglob", 1, "match"),
            ("\n\nab cd\tx\tlow\tword", 3, "several words"),
            ("-\tx", 1, "two letters"),
            ("ab\tx\tlow\tword\t\t\tmore", 1, "fields"),
        ] {
            let failure = parse("mine.tsv", text, "own-").unwrap_err();
            let message = failure.to_string();
            assert!(message.starts_with(&format!("mine.tsv:{line}: ")), "{message}");
            assert!(message.contains(problem), "{message}");
            assert_eq!(failure.code(), "GM_TEXT_BAD_LEXICON");
        }
    }

    #[test]
    fn veiled_terms_are_read_in_clear() {
        let terms = parse("x", "#! rot13\nnopq\tx\tlow\tword\tnopq rs\n", "").unwrap();
        assert_eq!((terms[0].text.as_str(), terms[0].exceptions[0].as_str()), ("abcd", "abcd ef"));
        assert_eq!(rot13(&rot13("Any Text, 1!")), "Any Text, 1!");
    }
}
