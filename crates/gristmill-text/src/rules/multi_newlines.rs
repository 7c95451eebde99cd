//! Holes in the text.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::one_pattern::one_pattern;
use crate::rules::{Built, Kind, Preset, RuleDef, Scope};

pub const DEF: RuleDef = RuleDef {
    name: "multi_newlines",
    summary: "three or more line ends in a row inside a turn",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    one_pattern(&DEF, options, Need::literal("\n\n\n"), r"\n{3,}")
}
