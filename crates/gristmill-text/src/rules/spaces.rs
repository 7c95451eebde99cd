//! Spaces: runs become one, the one before a closing mark goes, the row is trimmed.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Kind, NoOptions, Preset, Row, RuleDef, Scope, Transform, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "spaces",
    summary: "collapses runs of spaces, removes a space before . , ! ? ; and trims the row",
    kind: Kind::Transform,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    let mut need = Need::pair(ByteSet::of(b" "), ByteSet::of(b" .,!?;"));
    need.odd_frame = true;
    Ok(Built::transform(need, Spaces))
}

struct Spaces;

impl Transform for Spaces {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        let text = row.text.trim();
        let bytes = text.as_bytes();
        let mut kept = 0;
        let mut at = 0;
        while let Some(space) = memchr::memchr(b' ', &bytes[at..]).map(|i| i + at) {
            let mut end = space + 1;
            while bytes.get(end) == Some(&b' ') {
                end += 1;
            }
            let mark = matches!(bytes.get(end), Some(b'.' | b',' | b'!' | b'?' | b';'));
            let keep = usize::from(!mark);
            if end - space > keep {
                out.push_str(&text[kept..space + keep]);
                kept = end;
            }
            at = end;
        }
        out.push_str(&text[kept..]);
        out != row.text
    }
}
