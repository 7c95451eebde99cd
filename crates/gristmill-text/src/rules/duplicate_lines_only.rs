//! The same line again and again.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::lines::{first_body, full_lines};
use crate::rules::{Built, Check, Hit, Kind, NoOptions, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "duplicate_lines_only",
    summary: "a turn of two or more lines, all equal",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    Ok(Built::reject(Need::newlines(1), DuplicateLinesOnly))
}

struct DuplicateLinesOnly;

impl Check for DuplicateLinesOnly {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        first_body(row, 1, |body| {
            let mut lines = full_lines(body);
            let Some(first) = lines.next() else { return false };
            let mut more = false;
            lines.all(|line| {
                more = true;
                line == first
            }) && more
        })
    }
}
