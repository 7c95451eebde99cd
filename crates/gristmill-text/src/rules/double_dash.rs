//! Dashes that stand for a break in the sentence, directly before a word. The original hits every hyphen, so also every
//! hyphenated word; fixed: the dash is a long one, or doubled, or has a blank before it. What is plainly an option of a
//! command (`-v`, `--with-x`, `--x=1`) or a negative number is none.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::one_pattern::one_pattern;
use crate::rules::{Built, Kind, Preset, RuleDef, Scope};

pub const DEF: RuleDef = RuleDef {
    name: "double_dash",
    summary: "a long or doubled dash, or one after a blank, directly before a word",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let dash = ByteSet::of(b"-");
    let long = [ByteSet::of(b"\xe2"), ByteSet::of(b"\x80"), ByteSet::of(b"\x93\x94"), ByteSet::WORD];
    let (need, default) = match preset {
        Preset::Fixed => (
            Need::sequence([dash.or(ByteSet::BLANK), dash, ByteSet::WORD]).or(long),
            r"[–—]\w|[^\s-]--+\w|(?:^|\s)--+\w+(?:[^\w=-]|$)|(?:^|\s)-[^\W\d]\w\w",
        ),
        Preset::Parity => (Need::pair(dash, ByteSet::WORD).or(long), r"[-–—]\w"),
    };
    one_pattern(&DEF, options, need, default)
}
