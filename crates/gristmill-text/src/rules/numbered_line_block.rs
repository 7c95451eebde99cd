//! Numbered lists.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::bulletpoint_list::BULLETS;
use crate::rules::lines::{first_body, full_lines};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "numbered_line_block",
    summary: "a turn of more than four lines, two or more of them numbered",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// More lines than this.
    lines: usize,
    /// So many numbered lines.
    numbered: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { lines: 4, numbered: 2 }
    }
}

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    Ok(Built::reject(Need::newlines(options.lines), NumberedLineBlock(options)))
}

struct NumberedLineBlock(Options);

impl Check for NumberedLineBlock {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        first_body(row, self.0.lines, |body| {
            full_lines(body).count() > self.0.lines
                && full_lines(body).filter(|line| is_numbered(line)).count() >= self.0.numbered
        })
    }
}

/// Digits, then a mark or a blank; a bullet or an x may stand before them.
fn is_numbered(line: &str) -> bool {
    let line = line.strip_prefix(|c| BULLETS.contains(c) || c == 'x').map_or(line, str::trim_start);
    let after = line.trim_start_matches(char::is_numeric);
    after.len() < line.len()
        && after.starts_with(|c: char| matches!(c, '.' | ')' | ':' | '-') || c.is_whitespace())
}
