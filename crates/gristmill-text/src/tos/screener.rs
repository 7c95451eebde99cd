//! Looks for terms and personal data at once, and replaces what is to be replaced.

use std::ops::Range;

use gristmill_core::Failure;

use super::fold::Folded;
use super::lexicon::{built_in_terms, user_terms};
use super::matcher::{Matcher, TermHit};
use super::options::{PII, ScreenOptions, TosAction};
use super::pii::{PII_RULES, Pii};
use super::sieve::Sifting;

/// What is put in place of a hit.
pub const REDACTED: &str = "[REDACTED]";

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
    pii: Option<Pii>,
    pii_actions: Vec<TosAction>,
    allow: Vec<String>,
    /// Whether every hit is to be listed, whatever it does.
    explain: bool,
}

impl Screener {
    /// Compiles what the options choose.
    ///
    /// # Errors
    /// `GM_TEXT_UNKNOWN_CATEGORY`, `GM_TEXT_BAD_LEXICON`, `GM_TEXT_UNREADABLE_LEXICON`.
    pub fn new(options: &ScreenOptions) -> Result<Self, Failure> {
        let mut terms = if options.lexicon_only { Vec::new() } else { built_in_terms()? };
        if let Some(lexicon) = &options.lexicon {
            terms.extend(user_terms(lexicon)?);
        }
        options.check(&terms)?;
        terms.retain(|term| options.term_action(term) != TosAction::Off);
        let actions = terms.iter().map(|term| options.term_action(term)).collect();
        let pii_actions = options.pii_actions();
        let on = PII_RULES.iter().zip(&pii_actions).filter(|(_, action)| **action != TosAction::Off);
        let wanted: Vec<&str> = on.map(|(rule, _)| *rule).collect();
        let pii = (!wanted.is_empty())
            .then(|| Pii::new(&wanted, options.ssn_ranges, options.wallet_checksum))
            .transpose()?;
        let matcher = Matcher::with(terms, &options.allow)?;
        let allow = options.allow.iter().map(|phrase| phrase.to_lowercase()).collect();
        Ok(Self { matcher, actions, pii, pii_actions, allow, explain: options.explain })
    }

    /// Whether any hit would be flagged.
    #[must_use]
    pub fn flags(&self) -> bool {
        self.explain || self.actions.iter().chain(&self.pii_actions).any(|action| *action == TosAction::Flag)
    }

    /// Whether hits are only listed.
    #[must_use]
    pub const fn explains(&self) -> bool {
        self.explain
    }

    /// Hits in a text, in order of place.
    pub fn scan(&self, text: &str, scratch: &mut ScreenScratch, out: &mut Vec<TosHit>) {
        let sifted = self.matcher.sieve().sift(text, &mut scratch.sifting);
        out.clear();
        if let Some(pii) = &self.pii {
            scratch.pii.clear();
            pii.find(text, sifted.classes, &mut scratch.pii);
            for (rule, place) in scratch.pii.drain(..).filter(|(_, place)| !self.allows(text, place)) {
                let at = PII_RULES.iter().position(|one| *one == rule).unwrap_or_default();
                let action = self.pii_actions[at];
                out.push(TosHit {
                    category: PII.to_owned(),
                    rule: rule.to_owned(),
                    severity: 2,
                    start: place.start,
                    end: place.end,
                    action,
                });
            }
        }
        if sifted.suspect {
            scratch.terms.clear();
            self.matcher.find(text, &mut scratch.folded, &mut scratch.terms);
            out.extend(scratch.terms.iter().map(|hit| {
                let term = &self.matcher.terms()[hit.term];
                TosHit {
                    category: term.category.clone(),
                    rule: term.rule.clone(),
                    severity: term.severity as u8 + 1,
                    start: hit.start,
                    end: hit.end,
                    action: self.actions[hit.term],
                }
            }));
        }
        out.sort_by(|a, b| (a.start, a.end, &a.rule).cmp(&(b.start, b.end, &b.rule)));
    }

    /// Whether a piece of personal data stands in a phrase of the allow-list, or is an address at a host of it.
    fn allows(&self, text: &str, place: &Range<usize>) -> bool {
        !self.allow.is_empty() && {
            let hit = text[place.clone()].to_lowercase();
            let inside = |phrase: &String| {
                if phrase.starts_with('@') {
                    return hit.ends_with(phrase.as_str());
                }
                let Some(at) = phrase.find(&hit) else { return false };
                let from = place.start.checked_sub(at);
                let around = from.and_then(|from| text.get(from..from + phrase.len()));
                around.is_some_and(|around| around.to_lowercase() == *phrase)
            };
            self.allow.iter().any(inside)
        }
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
    sifting: Sifting,
    folded: Folded,
    terms: Vec<TermHit>,
    pii: Vec<(&'static str, Range<usize>)>,
}

/// What the matcher reads in a piece of text: the word it spells out, or its folded form.
pub fn folded_form(piece: &str, scratch: &mut ScreenScratch) -> String {
    let folded = &mut scratch.folded;
    folded.fold(piece);
    let from = if folded.spelled < folded.bytes.len() { folded.spelled + 1 } else { 0 };
    let bytes = folded.bytes[from..].iter().zip(&folded.runs[from..]);
    let written = bytes.flat_map(|(&byte, &run)| {
        std::iter::repeat_n(byte, if byte == b' ' { 1 } else { run.min(2) as usize })
    });
    String::from_utf8_lossy(&written.collect::<Vec<u8>>()).into_owned()
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

#[cfg(test)]
mod tests {
    use super::{ScreenOptions, Screener};
    use crate::tos::Lexicon;
    use crate::tos::fold::Folded;
    use crate::tos::sieve::Sifting;

    /// The sieve must let every text through that the matcher hits.
    #[test]
    fn the_sieve_lets_every_hit_through() {
        // Terms that a user may add: drawn out, of one letter each word, ending like `!`, of another script.
        let own = "kkk\tx\nab c\tx\nxi ya\tx\nnini\tx\nhii\tx\nweдed\tx\nq gi xyz\tx\nthe and of it\tx\n\
            in to it we go on and on and on and on\tx\nzorg\tx\tlow\tstem\n";
        let lexicon = Some(Lexicon::Text(own.into()));
        let screener = Screener::new(&ScreenOptions { lexicon, ..ScreenOptions::default() }).unwrap();
        let (mut folded, mut sifting, mut found) = (Folded::default(), Sifting::default(), Vec::new());
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 11) as usize % below
        };
        let forms: Vec<String> =
            screener.matcher.terms().iter().flat_map(super::super::lexicon::Term::forms).collect();
        let alike = |c: char| -> &'static [&'static str] {
            match c {
                'a' => &["a", "A", "@", "4", "а", "á", "ａ", "ª", "aa", "aaa"],
                'e' => &["e", "E", "3", "е", "ê", "ｅ", "€", "eee"],
                'i' => &["i", "I", "1", "!", "і", "ï", "ｉ", "iii"],
                'o' => &["o", "0", "О", "ö", "ⓞ", "ooo"],
                's' => &["s", "S", "$", "5", "ѕ", "ｓ", "ſ", "sss"],
                't' => &["t", "7", "+", "т", "Ｔ", "ttt"],
                'n' => &["n", "N", "ñ", "ｎ", "ո"],
                'k' => &["k", "K", "к", "\u{212A}"],
                'c' => &["c", "C", "с", "ç"],
                _ => &[],
            }
        };
        let mut hit_texts = 0;
        for _ in 0..100_000 {
            let form = &forms[next(forms.len()).max(next(forms.len() + 200)).min(forms.len() - 1 - next(10))];
            let gap = ["", "", "", "", ".", "-", " ", "*", "\u{200b}", "_", ". ", "'"][next(12)];
            let blank = [" ", " ", ", ", "  ", " - ", "          ", "\t"][next(7)];
            let rate = [0, 2, 5][next(3)];
            let mut text =
                ["", "so ", "x", "ok, ", "!", "$", "дa ", "a ", "好", "1", "e.g. ", "<b>", "\n", "…"]
                    [next(14)]
                .to_owned();
            for c in form.chars() {
                if c == ' ' && gap.is_empty() {
                    text.push_str(blank);
                    continue;
                }
                let ways = alike(c);
                if rate > 0 && !ways.is_empty() && next(10) < rate {
                    text.push_str(ways[next(ways.len())]);
                } else {
                    text.push(c);
                }
                text.push_str(gap);
            }
            text.push_str(
                ["", "s", "!", " now", "x", "es", "z", "好", "\u{301}", "'s", ". a b", "$"][next(12)],
            );
            found.clear();
            screener.matcher.find(&text, &mut folded, &mut found);
            if !found.is_empty() {
                hit_texts += 1;
                assert!(
                    screener.matcher.sieve().sift(&text, &mut sifting).suspect,
                    "{text:?} was not let through"
                );
            }
        }
        assert!(hit_texts > 10_000, "only {hit_texts} texts hit");
    }
}
