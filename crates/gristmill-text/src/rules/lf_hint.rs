//! The short form of looking for, as in requests of players.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "lf_hint",
    summary: "the word LF, with digits or colons",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    pattern: Option<String>,
}

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    let need = if let Some(own) = &options.pattern {
        Need::of_pattern(own)
    } else {
        Need::default().or_between(ByteSet::WORD.not().or(ByteSet::HIGH), "lf", ByteSet::LETTER.not())
    };
    let pattern = pattern(DEF.name, options.pattern.as_deref().unwrap_or(r"(?i)\blf[\d:]*\b"))?;
    Ok(Built::reject(need, LfHint { pattern }))
}

struct LfHint {
    pattern: regex::Regex,
}

impl Check for LfHint {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        self.pattern.find(row.text).map(|found| Hit::at(found.range()))
    }
}
