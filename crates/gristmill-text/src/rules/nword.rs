//! One slur in its many spellings.
//!
//! The original has no word start and so turns away a country and its people. Fixed: the matcher of `screen_tos`,
//! with whole words and its allow-list.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Check, Hit, Kind, NoOptions, Preset, Row, RuleDef, Scope, pattern, rule_options};
use crate::tos::{Matcher, built_in_terms};

pub const DEF: RuleDef = RuleDef {
    name: "nword",
    summary: "the slur, in look-alike letters too",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

/// Rule id of the terms in the built-in lexicon that this rule is about.
const GROUP: &str = "slur-n";

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    if preset == Preset::Parity {
        let stem = pattern(DEF.name, "(?i)n[i1!|lìíîïI]g{1,3}[e3]")?;
        let n = ByteSet::letter(b'n');
        let need =
            Need::sequence([n, ByteSet::of(b"iI1!|lL"), ByteSet::letter(b'g')]).or_pair(n, ByteSet::HIGH);
        return Ok(Built::reject(need, Stem(stem)));
    }
    let terms = built_in_terms()?.into_iter().filter(|term| term.rule.starts_with(GROUP)).collect();
    // How the word can begin: plain or leet, drawn out, spaced out, broken by marks, in look-alikes.
    let (n, i, g) = (ByteSet::letter(b'n'), ByteSet::of(b"iI1!"), ByteSet::letter(b'g'));
    let (mark, blank) = (ByteSet::of(b"-_*.~|'^"), ByteSet::of(b" \t"));
    let need = Need::sequence([n, i, i.or(g)])
        .or([n, blank, i])
        .or([n, mark, i])
        .or([n, mark, mark, i])
        .or([i, mark, i.or(g)])
        .or([i, mark, mark, i.or(g)])
        .or([mark, mark, mark, i.or(g)])
        .or_pair(n.or(i).or(mark), ByteSet::HIGH)
        .or_pair(ByteSet::HIGH, i.or(g).or(ByteSet::HIGH));
    Ok(Built::reject(need, Words(Matcher::new(terms)?)))
}

struct Stem(regex::Regex);

impl Check for Stem {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        self.0.find(row.text).map(|found| Hit::at(found.range()))
    }
}

struct Words(Matcher);

impl Check for Words {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        if !self.0.may_hit(row.text) {
            return None;
        }
        let mut hits = Vec::new();
        self.0.find(row.text, &mut crate::tos::Folded::default(), &mut hits);
        hits.first().map(|hit| Hit::at(hit.start..hit.end))
    }
}
