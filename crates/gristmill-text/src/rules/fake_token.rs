//! Words in angle brackets, which a model would take for tags, and empty pairs. In the original this runs after the
//! brackets are gone and never fires.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::one_pattern::one_pattern;
use crate::rules::{Built, Kind, Preset, RuleDef, Scope};

pub const DEF: RuleDef = RuleDef {
    name: "fake_token",
    summary: "a word in angle brackets, or an empty pair",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: false,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let need = Need::pair(ByteSet::of(b"<"), ByteSet::WORD.or(ByteSet::of(b">")));
    one_pattern(&DEF, options, need, r"<\w*>")
}
