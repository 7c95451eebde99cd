//! Cuts texts into lines or paragraphs.

use memchr::memchr;
use serde::Deserialize;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// What ends with a line break.
    Lines,
    /// Lines without a blank one between them.
    Paragraphs,
}

impl Unit {
    /// The word for many of them.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Paragraphs => "paragraphs",
        }
    }
}

/// A line of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Without white space at its end.
    pub text: &'a str,
    /// As it stands, with its line break.
    pub whole: &'a str,
    /// Byte of the text that it begins with.
    pub at: usize,
    /// Number of the unit it belongs to; a blank line belongs to none.
    pub unit: Option<u32>,
}

/// The lines of a text, whose units are numbered from 0.
pub struct Lines<'a> {
    text: &'a str,
    unit: Unit,
    at: usize,
    next: u32,
    inside: bool,
}

impl<'a> Lines<'a> {
    /// Those of a text.
    pub const fn of(text: &'a str, unit: Unit) -> Self {
        Self { text, unit, at: 0, next: 0, inside: false }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let at = self.at;
        let rest = &self.text[at..];
        if rest.is_empty() {
            return None;
        }
        let length = memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        self.at += length;
        let whole = &rest[..length];
        let text = whole.trim_end();
        let unit = if text.is_empty() {
            self.inside = false;
            None
        } else {
            if self.unit == Unit::Lines || !self.inside {
                self.next = self.next.saturating_add(1);
            }
            self.inside = true;
            Some(self.next - 1)
        };
        Some(Line { text, whole, at, unit })
    }
}

/// Gives `each` the units of a text that are not blank, with their numbers.
pub fn units<'a>(text: &'a str, unit: Unit, mut each: impl FnMut(u32, &'a str)) {
    let mut open: Option<(u32, usize, usize)> = None;
    for line in Lines::of(text, unit) {
        let Some(number) = line.unit else { continue };
        let end = line.at + line.text.len();
        open = match open {
            Some((last, from, _)) if last == number => Some((last, from, end)),
            before => {
                if let Some((last, from, to)) = before {
                    each(last, &text[from..to]);
                }
                Some((number, line.at, end))
            }
        };
    }
    if let Some((last, from, to)) = open {
        each(last, &text[from..to]);
    }
}

#[cfg(test)]
mod tests {
    use super::{Unit, units};

    fn cut(text: &str, unit: Unit) -> Vec<(u32, &str)> {
        let mut found = Vec::new();
        units(text, unit, |number, text| found.push((number, text)));
        found
    }

    #[test]
    fn blank_lines_are_no_units_and_end_paragraphs() {
        let text = " a \r\nb\r\n \t\n\n c\n";
        assert_eq!(cut(text, Unit::Lines), [(0, " a"), (1, "b"), (2, " c")]);
        assert_eq!(cut(text, Unit::Paragraphs), [(0, " a \r\nb"), (1, " c")]);
        for unit in [Unit::Lines, Unit::Paragraphs] {
            assert!(cut("", unit).is_empty() && cut(" \n\n", unit).is_empty());
            assert_eq!(cut("x", unit), [(0, "x")]);
        }
    }
}
