//! Splits that only take digits out.

use super::Find;
use super::cl100k::number;
use super::classes::{Classes, NUMBER};

/// `\p{N}{1,most}`, or `\p{N}+` with no limit.
pub(crate) struct Numbers {
    pub(crate) most: usize,
}

impl Find for Numbers {
    fn find(&self, classes: &Classes, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let start = classes.run_without(bytes, at, NUMBER);
        if start == bytes.len() {
            return None;
        }
        let next = start + classes.at(bytes, start).1;
        Some((start, number(classes, bytes, next, self.most)))
    }
}
