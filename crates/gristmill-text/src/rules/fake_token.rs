//! Words in angle brackets, which a model would take for tags, and empty pairs. In the original this runs after the
//! brackets are gone and never fires.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "fake_token",
    summary: "a word in angle brackets, or an empty pair",
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
    let need = if let Some(own) = &options.pattern {
        Need::of_pattern(own)
    } else {
        Need::pair(ByteSet::of(b"<"), ByteSet::WORD.or(ByteSet::of(b">")))
    };
    let pattern = pattern(DEF.name, options.pattern.as_deref().unwrap_or(r"<\w*>"))?;
    Ok(Built::reject(need, FakeToken { pattern }))
}

struct FakeToken {
    pattern: regex::Regex,
}

impl Check for FakeToken {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.bodies().find_map(|(start, body)| {
            self.pattern.find(body).map(|found| Hit::at(start + found.start()..start + found.end()))
        })
    }
}
