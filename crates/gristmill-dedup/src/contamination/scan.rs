//! Looks for pieces of benchmarks in a text. Nearly all texts have none, which their hashes prove in one pass.

use std::ops::Range;

use super::index::{Index, Place};
use super::normal::Normal;
use super::rules::Rule;
use super::tokens::{hash_tokens, run_keys, token_places};

/// A piece of an item in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Bytes of the text; of runs that overlap all they cover.
    pub place: Range<usize>,
    /// What made it.
    pub rule: Rule,
    /// Number of the item.
    pub item: u32,
    /// Where the first run ends.
    pub first_end: usize,
}

/// A hit in the normal form.
struct Raw {
    item: u32,
    rule: Rule,
    place: Range<usize>,
}

/// Room for one text after the other.
pub struct Scanner<'a> {
    index: &'a Index,
    hashes: Vec<u64>,
    normal: Normal,
    tokens: Vec<Range<u32>>,
    raw: Vec<Raw>,
    hits: Vec<Hit>,
}

impl<'a> Scanner<'a> {
    /// Looks for what is in an index.
    #[must_use]
    pub fn new(index: &'a Index) -> Self {
        Self {
            index,
            hashes: Vec::new(),
            normal: Normal::default(),
            tokens: Vec::new(),
            raw: Vec::new(),
            hits: Vec::new(),
        }
    }

    /// All hits in a text, by where they begin.
    pub fn scan(&mut self, text: &str) -> &[Hit] {
        self.hits.clear();
        self.hashes.clear();
        hash_tokens(self.index.kind, &self.index.case, text, &mut self.hashes);
        if self.may_hit() || self.index.has_rest() {
            self.compare(text);
        }
        &self.hits
    }

    fn may_hit(&self) -> bool {
        self.index.lengths().iter().any(|&length| {
            let mut found = false;
            run_keys(&self.hashes, length, |_, key| found = found || !self.index.places(key).is_empty());
            found
        })
    }

    /// Compares word for word.
    fn compare(&mut self, text: &str) {
        let Self { index, hashes, normal, tokens, raw, hits } = self;
        normal.read(&index.case, text);
        tokens.clear();
        token_places(index.kind, normal.text(), tokens);
        raw.clear();
        for &length in index.lengths() {
            run_keys(hashes, length, |at, key| {
                for &place in index.places(key) {
                    raw.extend(compare_at(index, normal.text(), &tokens[at..], place));
                }
            });
        }
        index.find_rest(normal.text(), |text, place| {
            raw.push(Raw { item: index.text(text).0, rule: Rule::Substring, place });
        });
        raw.sort_unstable_by_key(|raw| (raw.item, raw.rule, raw.place.start, raw.place.end));
        let mut held: Option<(Raw, usize)> = None;
        let mut end = |held: Option<(Raw, usize)>| {
            if let Some((Raw { item, rule, place }, first_end)) = held {
                let first_end = normal.origin(place.start..first_end).end;
                hits.push(Hit { place: normal.origin(place), rule, item, first_end });
            }
        };
        for next in raw.drain(..) {
            match &mut held {
                Some((raw, _))
                    if (raw.item, raw.rule) == (next.item, next.rule) && next.place.start < raw.place.end =>
                {
                    raw.place.end = raw.place.end.max(next.place.end);
                }
                _ => {
                    let first_end = next.place.end;
                    end(held.replace((next, first_end)));
                }
            }
        }
        end(held);
        hits.sort_unstable_by_key(|hit| (hit.place.start, hit.rule, hit.item, hit.place.end));
    }
}

/// Whether what a key promises stands at the first of these tokens.
fn compare_at(index: &Index, normal: &str, tokens: &[Range<u32>], place: Place) -> Option<Raw> {
    match place {
        Place::Run { rule, item, at, length } => {
            let run = tokens.get(..usize::from(length))?;
            let (first, last) = (run.first()?, run.last()?);
            let place = first.start as usize..last.end as usize;
            index.spells(at, normal, run).then_some(Raw { item, rule, place })
        }
        Place::Text { text, offset } => {
            let start = tokens.first()?.start.checked_sub(offset)? as usize;
            let (item, whole) = index.text(text);
            let place = start..start + whole.len();
            let same = normal.as_bytes().get(place.clone())? == whole.as_bytes();
            same.then_some(Raw { item, rule: Rule::Substring, place })
        }
    }
}
