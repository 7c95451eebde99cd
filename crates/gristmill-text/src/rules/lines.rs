//! Lines of a turn, as several rules see them.

use crate::rules::Row;

/// Lines of a turn that are not blank, trimmed.
pub fn full_lines(body: &str) -> impl Iterator<Item = &str> {
    body.split('\n').map(str::trim).filter(|line| !line.is_empty())
}

/// The place of the first turn body of more than `lines` lines that satisfies a test; most turns are shorter.
pub fn first_body(row: &Row<'_>, lines: usize, test: impl Fn(&str) -> bool) -> Option<crate::rules::Hit> {
    let long = row.turns.iter().filter(|turn| turn.newlines >= lines);
    long.map(|turn| turn.body.clone()).find(|body| test(&row.text[body.clone()])).map(crate::rules::Hit::at)
}
