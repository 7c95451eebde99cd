//! Pieces of encoded addresses.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::one_pattern::one_pattern;
use crate::rules::{Built, Kind, Preset, RuleDef, Scope};

pub const DEF: RuleDef = RuleDef {
    name: "percent_encoding",
    summary: "a per cent sign with two hexadecimal digits",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let hex = ByteSet::DIGIT.or(ByteSet::of(b"abcdefABCDEF"));
    let need = Need::sequence([ByteSet::of(b"%"), hex, hex]);
    one_pattern(&DEF, options, need, "%[0-9A-Fa-f]{2}")
}
