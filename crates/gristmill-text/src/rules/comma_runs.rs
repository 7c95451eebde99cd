//! Runs of full stops and commas that were typed or left over become one mark.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Kind, NoOptions, Preset, Row, RuleDef, Scope, Transform, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "comma_runs",
    summary: "a full stop before a comma goes, a comma before a full stop too; runs of commas become one",
    kind: Kind::Transform,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    let need = Need::pair(ByteSet::of(b","), ByteSet::of(b",."))
        .or_pair(ByteSet::of(b"."), ByteSet::of(b","))
        .or([ByteSet::of(b"."), ByteSet::BLANK, ByteSet::of(b",").or(ByteSet::BLANK)]);
    Ok(Built::transform(need, CommaRuns))
}

struct CommaRuns;

impl Transform for CommaRuns {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        if !may_change(row.text) {
            return false;
        }
        let mut rest = row.text;
        while let Some(at) = memchr::memchr(b'.', rest.as_bytes()) {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.trim_start().strip_prefix(',') {
                out.push(',');
                rest = after;
            } else {
                out.push('.');
            }
        }
        out.push_str(rest);
        replace(out, ".,", ",");
        replace(out, ",.", ".");
        while out.contains(",,") {
            replace(out, ",,", ",");
        }
        out != row.text
    }
}

/// Whether a comma has a full stop before it (over blanks) or a comma or full stop after it.
fn may_change(text: &str) -> bool {
    memchr::memchr_iter(b',', text.as_bytes()).any(|at| {
        matches!(text.as_bytes().get(at + 1), Some(b',' | b'.')) || text[..at].trim_end().ends_with('.')
    })
}

fn replace(text: &mut String, from: &str, to: &str) {
    if text.contains(from) {
        *text = text.replace(from, to);
    }
}
