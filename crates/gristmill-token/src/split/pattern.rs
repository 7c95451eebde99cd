//! A split by a user's own pattern, through the regex engine.

use fancy_regex::Regex;

use super::SplitError;

/// What becomes of the matches and of the gaps between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Both are pieces.
    Both,
    /// Only matches are pieces; the gaps get no tokens.
    Matches,
    /// Only gaps are pieces.
    Gaps,
}

/// A compiled pattern.
pub(crate) struct Pattern {
    regex: Regex,
    keep: Keep,
}

impl Pattern {
    pub(crate) fn new(pattern: &str, keep: Keep) -> Result<Self, String> {
        Ok(Self { regex: Regex::new(pattern).map_err(|error| error.to_string())?, keep })
    }

    pub(crate) fn split<S: FnMut(usize, usize)>(&self, text: &str, sink: &mut S) -> Result<(), SplitError> {
        let mut at = 0;
        for found in self.regex.find_iter(text) {
            let found = found.map_err(|error| error.to_string())?;
            if found.start() > at && self.keep != Keep::Matches {
                sink(at, found.start());
            }
            if found.end() > found.start() && self.keep != Keep::Gaps {
                sink(found.start(), found.end());
            }
            at = found.end();
        }
        if at < text.len() && self.keep != Keep::Matches {
            sink(at, text.len());
        }
        Ok(())
    }
}
