//! Where a text is cut.

use std::ops::Range;

use serde::Deserialize;

use super::random::Choices;

/// How a hole is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Between two characters anywhere.
    Random,
    /// The rest of a line, or up to eight whole lines.
    Line,
    /// Two or three holes of whole lines.
    Multi,
}

impl Kind {
    /// Its name in counts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Line => "line",
            Self::Multi => "multi",
        }
    }
}

/// How often each kind is taken; only the proportions count.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Of [`Kind::Random`].
    pub random: f64,
    /// Of [`Kind::Line`].
    pub line: f64,
    /// Of [`Kind::Multi`].
    pub multi: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { random: 0.5, line: 0.45, multi: 0.05 }
    }
}

/// A cut text: the kind that was taken and its holes, byte ranges in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The kind.
    pub kind: Kind,
    /// The holes; more than one for [`Kind::Multi`] only.
    pub holes: Vec<Range<usize>>,
}

/// Whole lines of a hole at most.
const MOST_LINES: usize = 8;

/// Chooses a kind and cuts. A text with too few lines for several holes is cut once.
pub fn cut(text: &str, weights: &Weights, choices: &mut Choices) -> Cut {
    let kind = pick(weights, choices);
    if kind == Kind::Random {
        return Cut { kind, holes: vec![random(text, choices)] };
    }
    let lines = lines(text);
    if kind == Kind::Multi
        && let Some(holes) = multi(text, &lines, choices)
    {
        return Cut { kind, holes };
    }
    match line(text, &lines, choices) {
        Some(hole) => Cut { kind: Kind::Line, holes: vec![hole] },
        None => Cut { kind: Kind::Random, holes: vec![random(text, choices)] },
    }
}

fn pick(weights: &Weights, choices: &mut Choices) -> Kind {
    let sum = weights.random + weights.line + weights.multi;
    if choices.happens(weights.random / sum) {
        return Kind::Random;
    }
    let rest = weights.line + weights.multi;
    if rest <= 0.0 || choices.happens(weights.line / rest) { Kind::Line } else { Kind::Multi }
}

/// Two cuts, each at any of the n + 1 places between n characters.
fn random(text: &str, choices: &mut Choices) -> Range<usize> {
    let chars = text.chars().count();
    let (a, b) = (choices.up_to(chars), choices.up_to(chars));
    let (from, to) = (a.min(b), a.max(b));
    if chars == text.len() {
        return from..to;
    }
    let start = byte_of(text, from);
    start..start + byte_of(&text[start..], to - from)
}

/// Byte at which a character begins; the end for one past the last.
fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

/// Byte ranges of the lines with their line ends.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            at += line.len();
            at - line.len()..at
        })
        .collect()
}

/// A line without its line end.
fn bare(text: &str, line: &Range<usize>) -> Range<usize> {
    line.start..line.start + text[line.clone()].trim_end_matches(['\n', '\r']).len()
}

/// From somewhere in a line that says something to its end, or whole lines; even odds.
fn line(text: &str, lines: &[Range<usize>], choices: &mut Choices) -> Option<Range<usize>> {
    let telling: Vec<usize> =
        (0..lines.len()).filter(|&n| !text[lines[n].clone()].trim().is_empty()).collect();
    let first = *telling.get(choices.up_to(telling.len().checked_sub(1)?))?;
    if choices.happens(0.5) {
        let last = (first + choices.up_to(MOST_LINES - 1)).min(lines.len() - 1);
        return Some(lines[first].start..lines[last].end);
    }
    let line = bare(text, &lines[first]);
    let words = &text[line.clone()];
    let indent = words.len() - words.trim_start().len();
    let chars = words[indent..].chars().count();
    Some(line.start + indent + byte_of(&words[indent..], choices.up_to(chars - 1))..line.end)
}

/// Two or three runs of whole lines, each without its last line end, apart from each other.
fn multi(text: &str, lines: &[Range<usize>], choices: &mut Choices) -> Option<Vec<Range<usize>>> {
    let holes = 2 + choices.up_to(1);
    // A line for each hole and at least one between two.
    if lines.len() < 2 * holes {
        return None;
    }
    // Each hole lies in its own share of the lines and ends before the share's last line.
    let holes = (0..holes).map(|n| {
        let (from, to) = (n * lines.len() / holes, (n + 1) * lines.len() / holes);
        let room = to - from - 1;
        let first = from + choices.up_to(room - 1);
        let most = (to - 2 - first).min(MOST_LINES - 1);
        let last = first + choices.up_to(most);
        lines[first].start..bare(text, &lines[last]).end.max(lines[first].start)
    });
    Some(holes.collect())
}
