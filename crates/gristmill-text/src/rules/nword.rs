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
        let need = Need::pair(ByteSet::of(b"nN"), ByteSet::of(b"iI1!|lL").or(ByteSet::HIGH));
        return Ok(Built::reject(need, Stem(stem)));
    }
    let terms = built_in_terms()?.into_iter().filter(|term| term.rule.starts_with(GROUP)).collect();
    // How the word can begin: plain or leet, drawn out, spaced out, broken by marks, in look-alikes.
    let starts = [
        "nig", "n1g", "n!g", "nii", "ni1", "ni!", "n1i", "n11", "n!i", "n!!", "n i", "n 1", "n !", "n\ti",
        "n\t1",
    ];
    let need = Need::literals(starts)
        .or_pair(ByteSet::of(b"nNiI1!"), ByteSet::of(b"-_*.~|'^").or(ByteSet::HIGH))
        .or_pair(ByteSet::HIGH, ByteSet::of(b"iI1!gG").or(ByteSet::HIGH));
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
        let mut hits = Vec::new();
        self.0.find(row.text, &mut crate::tos::Folded::default(), &mut hits);
        hits.first().map(|hit| Hit::at(hit.start..hit.end))
    }
}
