//! Dashes that stand for a break in the sentence, directly before a word. The original hits every hyphen, so also every
//! hyphenated word; fixed: the dash is a long one, or doubled, or has a blank before it. What is plainly an option of a
//! command (`-v`, `--with-x`, `--x=1`) or a negative number is none.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "double_dash",
    summary: "a long or doubled dash, or one after a blank, directly before a word",
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

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    let dash = ByteSet::of(b"-");
    let long = [ByteSet::of(b"\xe2"), ByteSet::of(b"\x80"), ByteSet::of(b"\x93\x94"), ByteSet::WORD];
    let need = match preset {
        _ if let Some(own) = &options.pattern => Need::of_pattern(own),
        Preset::Fixed => Need::sequence([dash.or(ByteSet::BLANK), dash, ByteSet::WORD]).or(long),
        Preset::Parity => Need::pair(dash, ByteSet::WORD).or(long),
    };
    let default = match preset {
        Preset::Fixed => r"[–—]\w|[^\s-]--+\w|(?:^|\s)--+\w+(?:[^\w=-]|$)|(?:^|\s)-[^\W\d]\w\w",
        Preset::Parity => r"[-–—]\w",
    };
    let pattern = pattern(DEF.name, options.pattern.as_deref().unwrap_or(default))?;
    Ok(Built::reject(need, DoubleDash { pattern }))
}

struct DoubleDash {
    pattern: regex::Regex,
}

impl Check for DoubleDash {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        self.pattern.find(row.text).map(|found| Hit::at(found.range()))
    }
}
