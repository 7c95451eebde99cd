//! Any talk of child sexual abuse material, news included.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::one_pattern::one_pattern;
use crate::rules::{Built, Kind, Preset, RuleDef, Scope};

pub const DEF: RuleDef = RuleDef {
    name: "cp_reference",
    summary: "the two-word phrase for child sexual abuse material",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let need = Need::sequence([
        ByteSet::letter(b'l'),
        ByteSet::letter(b'd'),
        ByteSet::BLANK,
        ByteSet::letter(b'p').or(ByteSet::BLANK),
    ]);
    one_pattern(&DEF, options, need, r"(?i)child\s+porn")
}
