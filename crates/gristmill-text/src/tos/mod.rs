//! Screening for what terms of service forbid: terms of a lexicon seen through disguises, and personal data.

mod fold;
mod lexicon;
mod matcher;
mod pii;

use std::collections::{BTreeMap, BTreeSet};

use gristmill_core::Failure;
use serde::Deserialize;

use crate::failure::TextFailure;

pub(crate) use fold::Folded;
pub(crate) use lexicon::built_in_terms;
pub use lexicon::{LexiconPart, Term, UserTerm};
pub use matcher::Matcher;
use matcher::TermHit;
use pii::Pii;

/// What is put in place of a hit.
pub const REDACTED: &str = "[REDACTED]";

/// Category of personal data.
pub const PII: &str = "pii";

/// What a hit does to its row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TosAction {
    /// The row is turned away.
    #[default]
    Drop,
    /// The hit is replaced.
    Redact,
    /// The hit is listed in a column.
    Flag,
}

/// What is done about personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PiiAction {
    /// The row is turned away.
    Drop,
    /// The hit is replaced.
    Redact,
    /// The hit is listed in a column.
    Flag,
    /// Not looked for.
    Off,
}

/// Settings of one category.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryOptions {
    /// Whether it is looked for.
    #[serde(default)]
    pub on: Option<bool>,
    /// What a hit does; the step's action if not given.
    #[serde(default)]
    pub action: Option<TosAction>,
    /// Terms below this severity are left out.
    #[serde(default)]
    pub severity: u8,
}

/// Options of `screen_tos`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScreenOptions {
    /// Columns that are searched; by default the first of `text`, `content`, `message` that is there.
    pub columns: Option<Vec<String>>,
    /// What a hit does.
    pub action: TosAction,
    /// What personal data does; as `action` if not given.
    pub pii: Option<PiiAction>,
    /// Settings by category.
    pub categories: BTreeMap<String, CategoryOptions>,
    /// Further terms.
    pub lexicon: Vec<LexiconPart>,
    /// Whether the built-in terms are left out.
    pub lexicon_only: bool,
}

/// One hit in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TosHit {
    /// Category.
    pub category: String,
    /// Rule id.
    pub rule: String,
    /// 1 mild to 3 severe.
    pub severity: u8,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// What it does.
    pub action: TosAction,
}

/// A compiled lexicon with the patterns of personal data. Shared between threads.
pub struct Screener {
    matcher: Matcher,
    actions: Vec<TosAction>,
    pii: Option<(Pii, TosAction)>,
}

impl Screener {
    /// Compiles what the options choose.
    ///
    /// # Errors
    /// `GM_TEXT_UNKNOWN_CATEGORY`, `GM_TEXT_BAD_TERM`.
    pub fn new(options: &ScreenOptions) -> Result<Self, Failure> {
        let mut terms = if options.lexicon_only { Vec::new() } else { built_in_terms()? };
        terms.extend(lexicon::user_terms(&options.lexicon));
        let present: BTreeSet<&str> = terms.iter().map(|term| term.category.as_str()).collect();
        for name in options.categories.keys() {
            if !present.contains(name.as_str()) {
                let present = present.into_iter().collect::<Vec<_>>().join(", ");
                return Err(TextFailure::UnknownCategory { name: name.clone(), present }.into());
            }
        }
        let setting = |term: &Term| options.categories.get(&term.category);
        terms.retain(|term| {
            setting(term).is_none_or(|set| set.on.unwrap_or(true) && term.severity >= set.severity)
        });
        let actions = terms
            .iter()
            .map(|term| setting(term).and_then(|set| set.action).unwrap_or(options.action))
            .collect();
        let pii = match options.pii {
            None => Some(options.action),
            Some(PiiAction::Off) => None,
            Some(PiiAction::Drop) => Some(TosAction::Drop),
            Some(PiiAction::Redact) => Some(TosAction::Redact),
            Some(PiiAction::Flag) => Some(TosAction::Flag),
        };
        let pii = pii.map(|action| Ok::<_, TextFailure>((Pii::new()?, action))).transpose()?;
        Ok(Self { matcher: Matcher::new(terms)?, actions, pii })
    }

    /// Whether any hit would be flagged.
    #[must_use]
    pub fn flags(&self) -> bool {
        self.actions.contains(&TosAction::Flag)
            || self.pii.as_ref().is_some_and(|(_, action)| *action == TosAction::Flag)
    }

    /// Hits in a text, in order of place.
    pub fn scan(&self, text: &str, scratch: &mut ScreenScratch, out: &mut Vec<TosHit>) {
        out.clear();
        if let Some((pii, action)) = &self.pii {
            scratch.pii.clear();
            pii.find(text, &mut scratch.pii);
            out.extend(scratch.pii.iter().map(|(rule, place)| TosHit {
                category: PII.to_owned(),
                rule: (*rule).to_owned(),
                severity: 2,
                start: place.start,
                end: place.end,
                action: *action,
            }));
        }
        scratch.terms.clear();
        self.matcher.find(text, &mut scratch.folded, &mut scratch.terms);
        out.extend(scratch.terms.iter().map(|hit| {
            let term = &self.matcher.terms()[hit.term];
            TosHit {
                category: term.category.clone(),
                rule: term.rule.clone(),
                severity: term.severity,
                start: hit.start,
                end: hit.end,
                action: self.actions[hit.term],
            }
        }));
        out.sort_by(|a, b| (a.start, a.end, &a.rule).cmp(&(b.start, b.end, &b.rule)));
    }

    /// Replaces every hit that is to be redacted, until none is left. `None` when there is none.
    /// Joined text may read as a term that was not there before, hence the second look.
    pub fn redact(&self, text: &str, scratch: &mut ScreenScratch) -> Option<String> {
        let mut hits = Vec::new();
        let mut current: Option<String> = None;
        loop {
            let now = current.as_deref().unwrap_or(text);
            self.scan(now, scratch, &mut hits);
            hits.retain(|hit| hit.action == TosAction::Redact);
            if hits.is_empty() {
                return current;
            }
            let mut next = String::with_capacity(now.len());
            let mut done = 0;
            for place in merged(now, &hits) {
                next.push_str(&now[done..place.0]);
                next.push_str(REDACTED);
                done = place.1;
            }
            next.push_str(&now[done..]);
            current = Some(next);
        }
    }
}

/// Places to replace: overlapping hits are one, and a hit that touches an earlier replacement takes it in, so that
/// every round leaves less of the writer's own text.
fn merged(text: &str, hits: &[TosHit]) -> Vec<(usize, usize)> {
    let mut places: Vec<(usize, usize)> = Vec::new();
    for hit in hits {
        let (mut start, mut end) = (hit.start, hit.end);
        for (at, _) in text.match_indices(REDACTED) {
            if at < end && start < at + REDACTED.len() {
                start = start.min(at);
                end = end.max(at + REDACTED.len());
            }
        }
        match places.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => places.push((start, end)),
        }
    }
    places
}

/// Room for one text at a time.
#[derive(Default)]
pub struct ScreenScratch {
    folded: Folded,
    terms: Vec<TermHit>,
    pii: Vec<(&'static str, std::ops::Range<usize>)>,
}

/// Screens texts one after the other, for callers who have no batches.
pub fn scan_texts<'a>(
    screener: &'a Screener,
    texts: impl IntoIterator<Item = &'a str> + 'a,
) -> impl Iterator<Item = Vec<TosHit>> + 'a {
    let mut scratch = ScreenScratch::default();
    texts.into_iter().map(move |text| {
        let mut hits = Vec::new();
        screener.scan(text, &mut scratch, &mut hits);
        hits
    })
}
