//! Cleaning: all rules of a row run over one scratch buffer, and most rows meet no rule at all.

pub(crate) mod changes;
mod literals;
pub(crate) mod options;
pub(crate) mod prefilter;
pub(crate) mod turns;

use std::ops::Range;

use gristmill_core::Failure;

use crate::rules::{Act, Row};
use changes::{Change, Changes};
use options::{Chosen, CleanOptions};
use prefilter::Prefilter;
use turns::{TurnScanner, Turns};

/// A compiled set of rules. Shared between threads; what a row needs is in [`Scratch`].
pub struct Cleaner {
    rules: Vec<Chosen>,
    prefilter: Prefilter,
    scanner: TurnScanner,
    changes: Changes,
}

/// Room for one row at a time, used again for the next.
#[derive(Default)]
pub struct Scratch {
    text: String,
    next: String,
    turns: Turns,
    fired: Vec<usize>,
    told: Vec<Change>,
}

/// What became of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stays as it is.
    Kept,
    /// It stays, changed: see [`Scratch::text`].
    Changed,
    /// It is turned away.
    Dropped(Drop),
}

/// Why a text is turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drop {
    /// Named reason.
    pub reason: String,
    /// Name of the rule, with what exactly was wrong where that adds to it.
    pub rule: String,
    /// Bytes of the text as it was by then, see [`Scratch::text`] if a rule had changed it.
    pub span: Range<usize>,
}

impl Scratch {
    /// The changed text of the last row.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether any rule changed the last row, dropped or not.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.fired.is_empty()
    }
}

impl Cleaner {
    /// Compiles the rules that the options choose.
    ///
    /// # Errors
    /// `GM_TEXT_*` when a rule or its options are not valid.
    pub fn new(options: &CleanOptions) -> Result<Self, Failure> {
        let rules = options.chosen()?;
        let prefilter = Prefilter::new(rules.iter().map(|rule| &rule.built.need));
        let swallow = options.preset == crate::rules::Preset::Parity;
        Ok(Self {
            rules,
            prefilter,
            scanner: TurnScanner::new(options.layout, swallow),
            changes: options.changes,
        })
    }

    /// Keeps only these rules.
    pub(crate) fn only(mut self, names: &[&str]) -> Self {
        self.rules.retain(|rule| names.contains(&rule.name.as_str()));
        self.prefilter = Prefilter::new(self.rules.iter().map(|rule| &rule.built.need));
        self
    }

    /// Cleans one text.
    pub fn clean(&self, text: &str, scratch: &mut Scratch) -> Verdict {
        self.run(text, scratch, true)
    }

    /// As [`Cleaner::clean`], every rule asked on every text; must give the same verdict.
    pub fn clean_unfiltered(&self, text: &str, scratch: &mut Scratch) -> Verdict {
        self.run(text, scratch, false)
    }

    /// Names of the rules that changed the last text.
    pub fn fired<'a>(&'a self, scratch: &'a Scratch) -> impl Iterator<Item = &'a str> {
        scratch.fired.iter().map(|&index| self.rules[index].name.as_str())
    }

    /// Changes of the last text, in order; none unless the options ask for them.
    pub(crate) fn told<'a>(&'a self, scratch: &'a Scratch) -> impl Iterator<Item = (&'a str, &'a Change)> {
        scratch.told.iter().map(|change| (self.rules[change.rule].name.as_str(), change))
    }

    /// The next rule to ask; those beyond the mask are all asked.
    fn next_rule(&self, mask: u64, from: usize) -> Option<(usize, &Chosen)> {
        let left = mask.checked_shr(from as u32).unwrap_or(0);
        let index = if left == 0 { from.max(64) } else { from + left.trailing_zeros() as usize };
        self.rules.get(index).map(|rule| (index, rule))
    }

    fn run(&self, original: &str, scratch: &mut Scratch, filtered: bool) -> Verdict {
        let Scratch { text, next, turns, fired, told } = scratch;
        fired.clear();
        told.clear();
        self.scanner.scan(original, turns);
        let ask = |text: &str, turns: &Turns| {
            if filtered { self.prefilter.mask(text, turns.plain, turns.max_newlines) } else { u64::MAX }
        };
        let mut mask = ask(original, turns);
        let mut from = 0;
        while let Some((index, rule)) = self.next_rule(mask, from) {
            from = index + 1;
            let current = if fired.is_empty() { original } else { text.as_str() };
            let row = Row { text: current, turns: &turns.list, plain: turns.plain };
            match &rule.built.act {
                Act::Transform(transform) => {
                    next.clear();
                    if transform.apply(&row, next) {
                        if self.changes != Changes::Off {
                            told.push(Change::of(index, current, next, self.changes));
                        }
                        std::mem::swap(text, next);
                        fired.push(index);
                        self.scanner.scan(text, turns);
                        mask = ask(text, turns);
                    }
                }
                Act::Reject(check) => {
                    if let Some(hit) = check.check(&row) {
                        return Verdict::Dropped(Drop {
                            reason: hit.reason.unwrap_or_else(|| rule.reason.clone()),
                            rule: hit.detail.map_or_else(
                                || rule.name.clone(),
                                |detail| format!("{}: {detail}", rule.name),
                            ),
                            span: hit.span,
                        });
                    }
                }
            }
        }
        if fired.is_empty() { Verdict::Kept } else { Verdict::Changed }
    }
}

/// What became of one text of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// It stays as it is.
    Kept,
    /// It stays, as this.
    Changed(String),
    /// It is turned away.
    Dropped(Drop),
}

/// Cleans texts one after the other, for callers who have no batches.
pub fn clean_texts<'a>(
    cleaner: &'a Cleaner,
    texts: impl IntoIterator<Item = &'a str> + 'a,
) -> impl Iterator<Item = Cleaned> + 'a {
    let mut scratch = Scratch::default();
    texts.into_iter().map(move |text| match cleaner.clean(text, &mut scratch) {
        Verdict::Kept => Cleaned::Kept,
        Verdict::Changed => Cleaned::Changed(scratch.text.clone()),
        Verdict::Dropped(drop) => Cleaned::Dropped(drop),
    })
}
