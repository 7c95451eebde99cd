//! Two emoji with only blanks between. In the original this runs after emoji are gone and never fires.

use gristmill_core::Failure;
use serde_json::Value;

use crate::rules::unicode::{emoji_len, emoji_need};
use crate::rules::{Built, Check, Hit, Kind, NoOptions, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "emoji_spam",
    summary: "two emoji with only blanks between",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: false,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    Ok(Built::reject(emoji_need(), EmojiSpam))
}

struct EmojiSpam;

impl Check for EmojiSpam {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.bodies().find_map(|(start, body)| {
            let mut last: Option<(usize, usize)> = None;
            let mut at = 0;
            while let Some(c) = body[at..].chars().next() {
                let len = emoji_len(&body[at..]);
                if len > 0 {
                    if let Some((first, end)) = last
                        && body[end..at].trim().is_empty()
                    {
                        return Some(Hit::at(start + first..start + at + len));
                    }
                    last = Some((at, at + len));
                }
                at += len.max(c.len_utf8());
            }
            None
        })
    }
}
