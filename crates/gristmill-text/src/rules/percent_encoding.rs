//! Pieces of encoded addresses.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "percent_encoding",
    summary: "a per cent sign with two hexadecimal digits",
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
        let hex = ByteSet::DIGIT.or(ByteSet::of(b"abcdefABCDEF"));
        Need::sequence([ByteSet::of(b"%"), hex, hex])
    };
    let pattern = pattern(DEF.name, options.pattern.as_deref().unwrap_or("%[0-9A-Fa-f]{2}"))?;
    Ok(Built::reject(need, PercentEncoding { pattern }))
}

struct PercentEncoding {
    pattern: regex::Regex,
}

impl Check for PercentEncoding {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        self.pattern.find(row.text).map(|found| Hit::at(found.range()))
    }
}
