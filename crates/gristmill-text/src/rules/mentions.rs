//! Mentions: an at sign with the name behind it.
//!
//! The original takes any at sign in the row, tags and mail addresses included, and the blanks after it; so a
//! mention at the end of a message swallows the end tag. Fixed: only at a word start, inside a turn, one space kept.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Kind, NoOptions, Preset, Row, RuleDef, Scope, Transform, map_turns, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "mentions",
    summary: "removes mentions (@name)",
    kind: Kind::Transform,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    let need = Need::pair(ByteSet::of(b"@"), ByteSet::BLANK.not().or(ByteSet::HIGH));
    Ok(match preset {
        Preset::Fixed => Built::transform(need, PerTurn),
        Preset::Parity => Built::transform(need, WholeRow),
    })
}

struct WholeRow;

impl Transform for WholeRow {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        let mut rest = row.text;
        while let Some(at) = memchr::memchr(b'@', rest.as_bytes()) {
            let name = &rest[at + 1..];
            let len = name.find(char::is_whitespace).unwrap_or(name.len());
            if len == 0 {
                out.push_str(&rest[..=at]);
                rest = name;
            } else {
                out.push_str(&rest[..at]);
                rest = name[len..].trim_start();
            }
        }
        out.push_str(rest);
        out != row.text
    }
}

struct PerTurn;

impl Transform for PerTurn {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        map_turns(row, out, strip)
    }
}

fn strip(content: &str, out: &mut String) -> bool {
    let from = out.len();
    let mut rest = content;
    let mut before = None;
    while let Some(at) = memchr::memchr(b'@', rest.as_bytes()) {
        let (head, name) = (&rest[..at], &rest[at + 1..]);
        let left = head.chars().next_back().or(before);
        let len = name.find(char::is_whitespace).unwrap_or(name.len());
        let start = left.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | '@')));
        out.push_str(head);
        if len == 0 || !start {
            out.push('@');
            before = Some('@');
            rest = name;
            continue;
        }
        rest = &name[len..];
        let at_edge = out[from..].is_empty() || out[from..].ends_with(char::is_whitespace);
        let blanks = rest.trim_start_matches([' ', '\t']);
        if at_edge {
            rest = blanks;
        }
        if rest.is_empty() || rest.starts_with('\n') {
            let kept = from + out[from..].trim_end_matches([' ', '\t']).len();
            out.truncate(kept);
        }
        before = out[from..].chars().next_back();
    }
    out.push_str(rest);
    out[from..] != *content
}
