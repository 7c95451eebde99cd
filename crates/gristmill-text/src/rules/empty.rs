//! Rows of which nothing is left.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::{Built, Check, Hit, Kind, NoOptions, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "empty",
    summary: "nothing is left of the row",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    Ok(Built::reject(Need { odd_frame: true, ..Need::default() }, Empty))
}

struct Empty;

impl Check for Empty {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.text.trim().is_empty().then(|| Hit::at(0..row.text.len()))
    }
}
