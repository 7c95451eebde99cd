//! Tokens that are found in the text before it is cut: special tokens, and those a user added.

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;

/// What to do with the text of a special token inside a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Specials {
    /// It is that token.
    #[default]
    Recognise,
    /// It is ordinary text, as corpus content should be.
    Ignore,
    /// The document is refused.
    Refuse,
}

/// One added token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AddedToken {
    pub(crate) id: u32,
    pub(crate) content: String,
    pub(crate) special: bool,
    /// Searched in the normalised text instead of the original.
    pub(crate) normalized: bool,
}

/// A stretch of text, or a token found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text { start: usize, end: usize },
    Token { id: u32, start: usize, end: usize },
    Refused { start: usize, end: usize },
}

/// Finds some added tokens: the leftmost, and of those the longest.
pub(crate) struct Finder {
    search: AhoCorasick,
    tokens: Vec<(u32, bool)>,
    specials: Specials,
}

impl Finder {
    /// Nothing if there is nothing to find.
    pub(crate) fn new<'a>(
        tokens: impl Iterator<Item = &'a AddedToken>,
        specials: Specials,
    ) -> Result<Option<Self>, String> {
        let tokens: Vec<&AddedToken> = tokens.collect();
        // Special tokens to be ignored still hide others that overlap them, so they are left out only all together.
        if tokens.is_empty() || specials == Specials::Ignore && tokens.iter().all(|token| token.special) {
            return Ok(None);
        }
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(tokens.iter().map(|token| token.content.as_bytes()))
            .map_err(|error| error.to_string())?;
        Ok(Some(Self {
            search,
            tokens: tokens.iter().map(|token| (token.id, token.special)).collect(),
            specials,
        }))
    }

    /// Gives all parts of a text in order.
    pub(crate) fn parts<E>(&self, text: &str, mut take: impl FnMut(Part) -> Result<(), E>) -> Result<(), E> {
        let mut at = 0;
        for found in self.search.find_iter(text) {
            let (id, special) = self.tokens[found.pattern()];
            let (start, end) = (found.start(), found.end());
            let part = match self.specials {
                Specials::Ignore if special => continue,
                Specials::Refuse if special => Part::Refused { start, end },
                _ => Part::Token { id, start, end },
            };
            if start > at {
                take(Part::Text { start: at, end: start })?;
            }
            take(part)?;
            at = end;
        }
        if at < text.len() {
            take(Part::Text { start: at, end: text.len() })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{AddedToken, Finder, Part, Specials};

    fn tokens() -> Vec<AddedToken> {
        [("<s>", true), ("<s>x", false), ("  ", false)]
            .iter()
            .zip(0..)
            .map(|((content, special), id)| AddedToken {
                id,
                content: (*content).into(),
                special: *special,
                normalized: false,
            })
            .collect()
    }

    fn parts(specials: Specials, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let finder = Finder::new(tokens().iter(), specials).unwrap().unwrap();
        let done: Result<(), ()> = finder.parts(text, |part| {
            parts.push(part);
            Ok(())
        });
        done.unwrap();
        parts
    }

    #[test]
    fn the_longest_of_the_leftmost_is_found() {
        assert_eq!(
            parts(Specials::Recognise, "a<s>x<s>"),
            [
                Part::Text { start: 0, end: 1 },
                Part::Token { id: 1, start: 1, end: 5 },
                Part::Token { id: 0, start: 5, end: 8 },
            ]
        );
    }

    #[test]
    fn special_tokens_are_text_or_refused_on_demand() {
        assert_eq!(
            parts(Specials::Ignore, "<s>  "),
            [Part::Text { start: 0, end: 3 }, Part::Token { id: 2, start: 3, end: 5 }]
        );
        assert_eq!(parts(Specials::Refuse, "<s>"), [Part::Refused { start: 0, end: 3 }]);
        assert!(Finder::new(tokens()[..1].iter(), Specials::Ignore).unwrap().is_none());
    }
}
