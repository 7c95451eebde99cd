//! Finds the terms of a lexicon in folded text: whole words, with their plurals, minus the allow-list. This is the
//! definition of a hit; [`super::sieve`] only spares texts that cannot have one.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::fold::{Folded, WALL};
use super::lexicon::{Term, TermMatch};
use super::sieve::{Sieve, Sifting};
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
    sieve: Sieve,
}

/// One way a term, or a phrase that excuses it, may be written.
struct Pattern {
    /// `usize::MAX`: all terms, for a phrase of the allow-list.
    term: usize,
    /// Lengths of the letter runs.
    runs: Vec<u32>,
    /// Phrase in which the term is harmless.
    excuse: bool,
    /// Whether the word may go on.
    stem: bool,
}

impl Matcher {
    /// Compiles terms.
    ///
    /// # Errors
    /// `GM_TEXT_AUTOMATON`.
    pub fn new(terms: Vec<Term>) -> Result<Self, TextFailure> {
        Self::with(terms, &[])
    }

    /// Compiles terms and phrases in which none of them counts.
    ///
    /// # Errors
    /// `GM_TEXT_AUTOMATON`.
    pub fn with(terms: Vec<Term>, allow: &[String]) -> Result<Self, TextFailure> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        let mut patterns = Vec::new();
        let mut sieve = Sieve::new();
        let mut folded = Folded::default();
        let mut excuses: Vec<(usize, bool, &String)> =
            allow.iter().map(|phrase| (usize::MAX, false, phrase)).collect();
        for (number, term) in terms.iter().enumerate() {
            let stem = term.how == TermMatch::Stem;
            for form in term.forms() {
                let (mut key, mut runs) = key(&form, &mut folded);
                for plural in [false, true] {
                    if plural && key.pop_if(|last| *last == b'y').is_none() {
                        break;
                    }
                    if plural {
                        key.extend_from_slice(b"ies");
                        runs.extend([1, 1]);
                    }
                    sieve.add(&key, &runs, stem);
                    keys.push(key.clone());
                    patterns.push(Pattern { term: number, runs: runs.clone(), excuse: false, stem });
                }
            }
            excuses.extend(term.exceptions.iter().map(|phrase| (number, stem, phrase)));
        }
        sieve.finish();
        for (term, stem, phrase) in excuses {
            let (key, runs) = key(phrase, &mut folded);
            if !key.is_empty() {
                keys.push(key);
                patterns.push(Pattern { term, runs, excuse: true, stem });
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&keys)
            .map_err(|error| TextFailure::Automaton { message: error.to_string() })?;
        Ok(Self { terms, automaton, patterns, sieve })
    }

    /// The terms, by number.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether a text can have a hit: one quick pass proves for most texts that they have none.
    pub fn may_hit(&self, text: &str) -> bool {
        self.sieve.sift(text, &mut Sifting::default()).suspect
    }

    /// Proves quickly, for most texts without a hit, that they have none.
    pub(super) const fn sieve(&self) -> &Sieve {
        &self.sieve
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
                || !folded.letters[first..=last].contains(&true)
                || !one_breath(text, folded, first, last)
            {
                continue;
            }
            let Some(last) = word_end(text, folded, first, last, pattern) else { continue };
            let (start, end) = (folded.spans[first].0 as usize, folded.spans[last].1 as usize);
            let hit = TermHit { start, end, term: pattern.term };
            if pattern.excuse { excused.push(hit) } else { out.push(hit) }
        }
        if out.len() == from {
            return;
        }
        let mut hits = out.split_off(from);
        let inside = |a: &TermHit, b: &TermHit| b.start <= a.start && a.end <= b.end;
        let speaks_for =
            |phrase: &TermHit, hit: &TermHit| phrase.term == hit.term || phrase.term == usize::MAX;
        hits.retain(|hit| !excused.iter().any(|phrase| speaks_for(phrase, hit) && inside(hit, phrase)));
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

/// Whether the words of a phrase stand in one sentence of one line.
fn one_breath(text: &str, folded: &Folded, first: usize, last: usize) -> bool {
    (first..=last).filter(|&at| folded.bytes[at] == b' ').all(|at| {
        let (start, end) = (folded.spans[at].0 as usize, folded.spans[at].1 as usize);
        let gap = &text[start..end];
        let ends = |at: usize| gap[at + 1..].starts_with([' ', '\t']);
        !gap.contains(['\n', '\r']) && !gap.match_indices(['.', '?', ';', ':']).any(|(at, _)| ends(at))
    })
}

/// Where the word ends: at the hit's end, after its plural, or anywhere for a stem. `None`: inside another word.
fn word_end(text: &str, folded: &Folded, first: usize, last: usize, pattern: &Pattern) -> Option<usize> {
    if stands_alone(text, folded, first, last) {
        return Some(last);
    }
    let at = |place: usize| {
        folded.bytes.get(place).copied().filter(|_| (place < folded.spelled) == (last < folded.spelled))
    };
    if pattern.excuse && !pattern.stem {
        return None;
    }
    let plural =
        |place: usize| matches!(at(place), Some(b's' | b'z')) && stands_alone(text, folded, first, place);
    if at(last + 1) != Some(folded.bytes[last]) && plural(last + 1) {
        return Some(last + 1);
    }
    if at(last + 1) == Some(b'e') && plural(last + 2) {
        return Some(last + 2);
    }
    if !pattern.stem {
        return None;
    }
    let end = (last + 1..folded.bytes.len())
        .take_while(|&place| at(place).is_some_and(|b| b != b' ' && b != WALL))
        .last()?;
    stands_alone(text, folded, first, end).then_some(end)
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
        !spelled && !text[start..end].chars().any(|c| c.is_alphanumeric() && !is_unspaced(c))
    };
    let (left, right) = (open(first.checked_sub(1)), open(Some(last + 1)));
    if spelled && last - first >= 3 {
        // Letters set apart by blanks may stand beside a word of one letter: "a j e r k".
        return (left && right) || by_blanks(text, folded, first, last);
    }
    left && right
}

/// Letters of scripts that put no blanks between words, so that no border can be asked for.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether the letters of a spelled-out hit are set apart by blanks, not marks.
fn by_blanks(text: &str, folded: &Folded, first: usize, last: usize) -> bool {
    let (start, end) = (folded.spans[first].0 as usize, folded.spans[last].1 as usize);
    let blanks = text[start..end].chars().filter(|c| c.is_whitespace()).count();
    blanks >= last - first
}
