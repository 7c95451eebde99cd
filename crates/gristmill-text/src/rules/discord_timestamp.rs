//! Time tags of Discord. In the original this runs after the brackets are gone and never fires.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::one_pattern::one_pattern;
use crate::rules::{Built, Kind, Preset, RuleDef, Scope};

pub const DEF: RuleDef = RuleDef {
    name: "discord_timestamp",
    summary: "a Discord time tag such as <t:1700000000:R>",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: false,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    one_pattern(&DEF, options, Need::literal("<t:"), r"<t:-?\d+(?::[tTdDfFR])?>")
}
