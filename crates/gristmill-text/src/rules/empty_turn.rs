//! A turn of which nothing is left would teach a model to say nothing.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::{Built, Check, Hit, Kind, NoOptions, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "empty_turn",
    summary: "nothing is left of a turn",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: false,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    Ok(Built::reject(Need { odd_frame: true, ..Need::default() }, EmptyTurn))
}

struct EmptyTurn;

impl Check for EmptyTurn {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.turns.iter().find(|turn| turn.body.is_empty()).map(|turn| Hit::at(turn.content.clone()))
    }
}
