//! Marks at the edges of lines: a colon at a line's end with the blanks after it, full stops and commas at its start
//! with the blanks before them. Also the wilted flower, which is a signature more than a word.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Kind, NoOptions, Preset, Row, RuleDef, Scope, Transform, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "line_edges",
    summary: "removes a colon at a line's end, full stops and commas at its start, and the wilted flower",
    kind: Kind::Transform,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

const FLOWER: char = '\u{1F940}';

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    let (line_end, colon, marks) = (ByteSet::of(b"\n"), ByteSet::of(b":"), ByteSet::of(b".,"));
    let mut need = Need::pair(line_end, marks)
        .or([line_end, ByteSet::BLANK, ByteSet::BLANK.or(marks)])
        .or_pair(colon, line_end)
        .or([colon, ByteSet::BLANK, ByteSet::BLANK]);
    need.any.extend(Need::literal("\u{1F940}").any);
    Ok(Built::transform(need, LineEdges))
}

struct LineEdges;

impl Transform for LineEdges {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        let mut bloom = String::new();
        let text = if row.text.contains(FLOWER) {
            bloom.extend(row.text.chars().filter(|&c| c != FLOWER));
            bloom.as_str()
        } else {
            row.text
        };
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let head = line.trim_end();
            let line = if let Some(bare) = head.strip_suffix(':') { bare } else { line };
            let lead = line.trim_start();
            let bare = lead.trim_start_matches(['.', ',']);
            out.push_str(if bare.len() < lead.len() { bare } else { line });
        }
        out != row.text
    }
}
