//! One thought torn to a word a line.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::lines::{first_body, full_lines};
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "single_word_lines",
    summary: "a turn of more than four lines, two or more of them of one or two words",
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
    /// So many short lines.
    short_lines: usize,
    /// A short line has at most so many words.
    max_words: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { lines: 4, short_lines: 2, max_words: 2 }
    }
}

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    Ok(Built::reject(Need::newlines(options.lines), SingleWordLines(options)))
}

struct SingleWordLines(Options);

impl Check for SingleWordLines {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        first_body(row, self.0.lines, |body| {
            let short = |line: &&str| line.split_whitespace().nth(self.0.max_words).is_none();
            full_lines(body).count() > self.0.lines
                && full_lines(body).filter(short).count() >= self.0.short_lines
        })
    }
}
