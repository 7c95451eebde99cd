//! Bare numbers: codes, scores, ids.

use std::sync::LazyLock;

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::unicode::CodeSet;
use crate::rules::{Built, Check, Hit, Kind, NoOptions, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "numeric_only_line",
    summary: "a line of a turn that is digits only",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    // A line end or an end tag follows the digits.
    let first = ByteSet::DIGIT.or(ByteSet::BLANK);
    let need = Need::sequence([ByteSet::of(b"\n"), first, first.or(ByteSet::of(b"<"))]).odd_frame();
    Ok(Built::reject(need, NumericOnlyLine))
}

struct NumericOnlyLine;

impl Check for NumericOnlyLine {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.bodies().find_map(|(start, body)| {
            let mut at = start;
            for line in body.split('\n') {
                let digits = line.trim();
                if !digits.is_empty() && digits.chars().all(is_digit) {
                    return Some(Hit::at(at..at + line.len()));
                }
                at += line.len() + 1;
            }
            None
        })
    }
}

/// Decimal digits of all scripts, and digits set high, low or in circles.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
        || (!c.is_ascii()
            && (DECIMAL.as_ref().is_some_and(|set| set.has(c))
                || matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '①'..='⑨' | '⑴'..='⑼' | '⒈'..='⒐' | '⓪' | '⓵'..='⓽' | '⓿' | '❶'..='❾' | '➀'..='➈' | '➊'..='➒')))
}

static DECIMAL: LazyLock<Option<CodeSet>> = LazyLock::new(|| CodeSet::of(r"[\p{Nd}]"));
