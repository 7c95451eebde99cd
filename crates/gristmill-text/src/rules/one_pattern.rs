//! Rules that turn a row away where one pattern is found; users may give a pattern of their own.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::{Built, Check, Hit, Row, RuleDef, Scope, pattern, rule_options};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    pattern: Option<String>,
}

/// Builds the rule that looks for `default` in what its scope names. `need` is what `default` cannot do without.
pub(super) fn one_pattern(
    rule: &RuleDef,
    options: &Value,
    need: Need,
    default: &str,
) -> Result<Built, Failure> {
    let options: Options = rule_options(rule.name, options)?;
    let need = options.pattern.as_deref().map_or(need, Need::of_pattern);
    let pattern = pattern(rule.name, options.pattern.as_deref().unwrap_or(default))?;
    Ok(match rule.scope {
        Scope::Row => Built::reject(need, InRow(pattern)),
        Scope::Turn => Built::reject(need, InTurns(pattern)),
    })
}

struct InRow(regex::Regex);

impl Check for InRow {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        self.0.find(row.text).map(|found| Hit::at(found.range()))
    }
}

struct InTurns(regex::Regex);

impl Check for InTurns {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.bodies().find_map(|(start, body)| {
            self.0.find(body).map(|found| Hit::at(start + found.start()..start + found.end()))
        })
    }
}
