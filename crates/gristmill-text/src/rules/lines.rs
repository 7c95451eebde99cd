//! Lines of a turn, as several rules see them.

use crate::rules::Row;

/// Lines of a turn that are not blank, trimmed.
pub fn full_lines(body: &str) -> impl Iterator<Item = &str> {
    body.split('\n').map(str::trim).filter(|line| !line.is_empty())
}

/// The place of the first turn body that satisfies a test.
pub fn first_body(row: &Row<'_>, test: impl Fn(&str) -> bool) -> Option<crate::rules::Hit> {
    row.bodies().find(|(_, body)| test(body)).map(|(at, body)| crate::rules::Hit::at(at..at + body.len()))
}
