//! Emoji, taken whole: with variation selectors, skin tones, joined parts, flags and keycaps.

use gristmill_core::Failure;
use serde_json::Value;

use crate::rules::unicode::{emoji_len, emoji_need};
use crate::rules::{Built, Kind, NoOptions, Preset, Row, RuleDef, Scope, Transform, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "emoji",
    summary: "removes emoji",
    kind: Kind::Transform,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    Ok(Built::transform(emoji_need(), Emoji { leftovers: preset == Preset::Fixed }))
}

struct Emoji {
    /// Also remove a selector or keycap mark whose base is gone.
    leftovers: bool,
}

impl Transform for Emoji {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        let text = row.text;
        let mut kept = 0;
        let mut at = 0;
        while at < text.len() {
            let byte = text.as_bytes()[at];
            // Only what follows makes an emoji of a digit.
            if byte < 0x80 && text.as_bytes().get(at + 1).is_none_or(u8::is_ascii) {
                at += 1;
                continue;
            }
            let mut len = emoji_len(&text[at..]);
            let Some(c) = text[at..].chars().next() else { break };
            if len == 0 && self.leftovers && matches!(c, '\u{FE0F}' | '\u{20E3}') {
                len = c.len_utf8();
            }
            if len == 0 {
                at += c.len_utf8();
            } else {
                out.push_str(&text[kept..at]);
                at += len;
                kept = at;
            }
        }
        out.push_str(&text[kept..]);
        kept > 0
    }
}
