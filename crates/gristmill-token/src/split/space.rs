//! White space is split alike by all known patterns: a run leaves its last character to the word behind it.

use super::classes::{Classes, NEWLINE, SPACE, before};

/// End of the white space that starts at `at`, and where its last line break ends (zero without one).
#[inline]
pub(crate) fn space_run(classes: &Classes, bytes: &[u8], at: usize) -> (usize, usize) {
    let (mut end, mut line_end) = (at, 0);
    while end < bytes.len() {
        let (class, length) = classes.at(bytes, end);
        if class & SPACE == 0 {
            break;
        }
        end += length;
        if class & NEWLINE != 0 {
            line_end = end;
        }
    }
    (end, line_end)
}

/// `\s+(?!\S)|\s+` on the run `at..end`.
#[inline]
pub(crate) fn space_before_word(bytes: &[u8], at: usize, end: usize) -> usize {
    if end == bytes.len() {
        return end;
    }
    let last = before(bytes, end);
    if last == at { end } else { last }
}

/// `\s*[\r\n]+|\s+(?!\S)|\s+` on the run at `at`.
#[inline]
pub(crate) fn space_with_lines(classes: &Classes, bytes: &[u8], at: usize) -> usize {
    let (end, line_end) = space_run(classes, bytes, at);
    if line_end > 0 { line_end } else { space_before_word(bytes, at, end) }
}
