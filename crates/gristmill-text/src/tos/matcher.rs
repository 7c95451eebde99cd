//! Finds the terms of a lexicon in folded text: whole words, with their plurals, minus the allow-list.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::fold::{Folded, WALL};
use super::lexicon::Term;
use crate::failure::TextFailure;

/// One hit in the original text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TermHit {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// Number of the term.
    pub term: usize,
}

/// A compiled lexicon.
pub struct Matcher {
    terms: Vec<Term>,
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
}

/// One way a term, or a phrase that excuses it, may be written.
struct Pattern {
    term: usize,
    /// Lengths of the letter runs of the term proper, without the plural.
    runs: Vec<u32>,
    /// Phrase in which the term is harmless.
    excuse: bool,
}

impl Matcher {
    /// Compiles terms.
    ///
    /// # Errors
    /// `GM_TEXT_BAD_TERM` when a term has no letters.
    pub fn new(terms: Vec<Term>) -> Result<Self, TextFailure> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        let mut patterns = Vec::new();
        let mut folded = Folded::default();
        for (number, term) in terms.iter().enumerate() {
            let (key, runs) = key(&term.text, &mut folded);
            if key.len() < 2 {
                let problem = "has fewer than two letters";
                return Err(TextFailure::BadTerm {
                    number: number + 1,
                    category: term.category.clone(),
                    problem,
                });
            }
            for plural in ["", "s", "z", "es", "ez"] {
                if plural.bytes().next().is_some_and(|b| key.last() == Some(&b)) {
                    continue;
                }
                keys.push([key.as_slice(), plural.as_bytes()].concat());
                patterns.push(Pattern { term: number, runs: runs.clone(), excuse: false });
            }
            for phrase in &term.exceptions {
                let (key, runs) = self::key(phrase, &mut folded);
                if !key.is_empty() {
                    keys.push(key);
                    patterns.push(Pattern { term: number, runs, excuse: true });
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&keys)
            .map_err(|error| TextFailure::Automaton { message: error.to_string() })?;
        Ok(Self { terms, automaton, patterns })
    }

    /// The terms, by number.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Appends the hits in a text, in order of place; of several in one place only the longest of a category.
    pub fn find(&self, text: &str, folded: &mut Folded, out: &mut Vec<TermHit>) {
        folded.fold(text);
        let from = out.len();
        let mut excused: Vec<TermHit> = Vec::new();
        for found in self.automaton.find_overlapping_iter(&folded.bytes) {
            let pattern = &self.patterns[found.pattern().as_usize()];
            let (first, last) = (found.start(), found.end() - 1);
            if !runs_agree(&folded.bytes[first..=last], &folded.runs[first..=last], &pattern.runs)
                || !stands_alone(text, folded, first, last)
                || !folded.letters[first..=last].contains(&true)
            {
                continue;
            }
            let (start, end) = (folded.spans[first].0 as usize, folded.spans[last].1 as usize);
            let hit = TermHit { start, end, term: pattern.term };
            if pattern.excuse { excused.push(hit) } else { out.push(hit) }
        }
        if out.len() == from {
            return;
        }
        let mut hits = out.split_off(from);
        let inside = |a: &TermHit, b: &TermHit| b.start <= a.start && a.end <= b.end;
        hits.retain(|hit| !excused.iter().any(|phrase| phrase.term == hit.term && inside(hit, phrase)));
        hits.sort_by(|a, b| {
            (a.start, std::cmp::Reverse(a.end), a.term).cmp(&(b.start, std::cmp::Reverse(b.end), b.term))
        });
        for hit in hits {
            let alike = |other: &TermHit| {
                inside(&hit, other) && self.terms[hit.term].category == self.terms[other.term].category
            };
            if !out[from..].iter().any(alike) {
                out.push(hit);
            }
        }
    }
}

/// The folded form of a term, without anything spelled out.
fn key(term: &str, folded: &mut Folded) -> (Vec<u8>, Vec<u32>) {
    folded.fold(term);
    let bytes = &folded.bytes[..folded.spelled];
    let start = bytes.iter().position(|&b| b != b' ').unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|&b| b != b' ').map_or(start, |at| at + 1);
    (bytes[start..end].to_vec(), folded.runs[start..end].to_vec())
}

/// Each run is as long as in the term, or drawn out to three and more. The width of a gap does not matter.
fn runs_agree(bytes: &[u8], found: &[u32], term: &[u32]) -> bool {
    bytes
        .iter()
        .zip(found.iter().zip(term))
        .all(|(&byte, (&found, &term))| byte == b' ' || found == term || found >= term.max(3))
}

/// Whether no letter or digit touches the hit. Signs that stand for letters do not count: "term!" is the term.
fn stands_alone(text: &str, folded: &Folded, first: usize, last: usize) -> bool {
    let spelled = first >= folded.spelled;
    let open = |at: Option<usize>| {
        let Some(at) = at.filter(|&at| at < folded.bytes.len()) else { return true };
        let byte = folded.bytes[at];
        if byte == b' ' || byte == WALL || at == folded.spelled {
            return true;
        }
        let (start, end) = (folded.spans[at].0 as usize, folded.spans[at].1 as usize);
        !spelled && !text[start..end].chars().any(char::is_alphanumeric)
    };
    let (left, right) = (open(first.checked_sub(1)), open(Some(last + 1)));
    if spelled && last - first >= 3 {
        // Letters set apart by blanks may stand beside a word of one letter: "a j e r k".
        return (left && right) || by_blanks(text, folded, first, last);
    }
    left && right
}

/// Whether the letters of a spelled-out hit are set apart by blanks, not marks.
fn by_blanks(text: &str, folded: &Folded, first: usize, last: usize) -> bool {
    let (start, end) = (folded.spans[first].0 as usize, folded.spans[last].1 as usize);
    let blanks = text[start..end].chars().filter(|c| c.is_whitespace()).count();
    blanks >= last - first
}
