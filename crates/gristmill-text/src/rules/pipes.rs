//! Spoiler marks: pairs of pipes go, what stands between them stays.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Kind, NoOptions, Preset, Row, RuleDef, Scope, Transform, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "pipes",
    summary: "removes spoiler marks, that is, pairs of pipes",
    kind: Kind::Transform,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    Ok(Built::transform(Need::pair(ByteSet::of(b"|"), ByteSet::of(b"|")), Pipes))
}

struct Pipes;

impl Transform for Pipes {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        let mut rest = row.text;
        while let Some(at) = memchr::memmem::find(rest.as_bytes(), b"||") {
            out.push_str(&rest[..at]);
            rest = &rest[at + 2..];
        }
        out.push_str(rest);
        rest.len() != row.text.len()
    }
}
