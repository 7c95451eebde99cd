//! Rebuilds a row from its turns, without heading marks at line starts and without angle brackets, so that nothing
//! in a message can pass for a tag. Text outside turns is lost.

use gristmill_core::Failure;
use gristmill_core::chatml::{END, END_OF_TEXT, START};
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::{Built, Kind, NoOptions, Preset, Row, RuleDef, Scope, Transform, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "markup",
    summary: "rebuilds the row from its turns without heading marks and angle brackets",
    kind: Kind::Transform,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    let mut need = Need::pair(ByteSet::of(b"\n"), ByteSet::of(b"#"));
    need.odd_frame = true;
    Ok(Built::transform(need, Markup { spare_keycaps: preset == Preset::Fixed }))
}

struct Markup {
    spare_keycaps: bool,
}

impl Transform for Markup {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        if let [only] = row.turns
            && only.content == (0..row.text.len())
        {
            self.strip(row.text[only.body.clone()].as_ref(), out);
            return out != row.text;
        }
        let closed = row.text.trim_end().ends_with(END_OF_TEXT);
        for (number, turn) in row.turns.iter().enumerate() {
            if closed && number > 0 {
                out.push('\n');
            }
            out.push_str(START);
            out.push_str(turn.role.word());
            out.push('\n');
            self.strip(&row.text[turn.body.clone()], out);
            out.push_str(END);
        }
        if closed {
            out.push_str(END_OF_TEXT);
        }
        out != row.text
    }
}

impl Markup {
    fn strip(&self, body: &str, out: &mut String) {
        for (number, line) in body.split('\n').enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let mut bare = line.trim_start_matches('#');
            let keycap = bare.starts_with(['\u{FE0F}', '\u{20E3}']) && bare.len() < line.len();
            if self.spare_keycaps && keycap {
                bare = &line[line.len() - bare.len() - 1..];
            }
            while let Some(at) = memchr::memchr2(b'<', b'>', bare.as_bytes()) {
                out.push_str(&bare[..at]);
                bare = &bare[at + 1..];
            }
            out.push_str(bare);
        }
    }
}
