//! Any talk of child sexual abuse material, news included.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "cp_reference",
    summary: "the two-word phrase for child sexual abuse material",
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
        Need::sequence([
            ByteSet::letter(b'l'),
            ByteSet::letter(b'd'),
            ByteSet::BLANK,
            ByteSet::letter(b'p').or(ByteSet::BLANK),
        ])
    };
    let pattern = pattern(DEF.name, options.pattern.as_deref().unwrap_or(r"(?i)child\s+porn"))?;
    Ok(Built::reject(need, CpReference { pattern }))
}

struct CpReference {
    pattern: regex::Regex,
}

impl Check for CpReference {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        self.pattern.find(row.text).map(|found| Hit::at(found.range()))
    }
}
