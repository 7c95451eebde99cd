//! Holes in the text.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "multi_newlines",
    summary: "three or more line ends in a row inside a turn",
    kind: Kind::Reject,
    scope: Scope::Turn,
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
    let need = options.pattern.as_deref().map_or_else(|| Need::literal("\n\n\n"), Need::of_pattern);
    let pattern = pattern(DEF.name, options.pattern.as_deref().unwrap_or(r"\n{3,}"))?;
    Ok(Built::reject(need, MultiNewlines { pattern }))
}

struct MultiNewlines {
    pattern: regex::Regex,
}

impl Check for MultiNewlines {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.bodies().find_map(|(start, body)| {
            self.pattern.find(body).map(|found| Hit::at(start + found.start()..start + found.end()))
        })
    }
}
