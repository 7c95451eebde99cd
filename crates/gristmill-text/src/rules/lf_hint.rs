//! The short form of looking for, as in requests of players.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::one_pattern::one_pattern;
use crate::rules::{Built, Kind, Preset, RuleDef, Scope};

pub const DEF: RuleDef = RuleDef {
    name: "lf_hint",
    summary: "the word LF, with digits or colons",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let need = Need::default().or_between(ByteSet::WORD.not().or(ByteSet::HIGH), "lf", ByteSet::LETTER.not());
    one_pattern(&DEF, options, need, r"(?i)\blf[\d:]*\b")
}
