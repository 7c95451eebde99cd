//! Time tags of Discord. In the original this runs after the brackets are gone and never fires.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "discord_timestamp",
    summary: "a Discord time tag such as <t:1700000000:R>",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: false,
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
    let need = options.pattern.as_deref().map_or_else(|| Need::literal("<t:"), Need::of_pattern);
    let pattern = pattern(DEF.name, options.pattern.as_deref().unwrap_or(r"<t:-?\d+(?::[tTdDfFR])?>"))?;
    Ok(Built::reject(need, DiscordTimestamp { pattern }))
}

struct DiscordTimestamp {
    pattern: regex::Regex,
}

impl Check for DiscordTimestamp {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.bodies().find_map(|(start, body)| {
            self.pattern.find(body).map(|found| Hit::at(start + found.start()..start + found.end()))
        })
    }
}
