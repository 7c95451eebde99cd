//! The last look: is this still a dialogue a trainer can use? Roles alternate, every turn is closed, the text ends
//! where it says it ends.

use gristmill_core::Failure;
use gristmill_core::chatml::{END, END_OF_TEXT, Role, START};
use memchr::memmem;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::{Built, Check, Hit, Kind, NoOptions, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "format",
    summary: "the row is a dialogue: turns of alternating roles, all tags in place, end of text at the end",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, preset: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    Ok(Built::reject(Need::always(), Format { tags: preset == Preset::Fixed }))
}

struct Format {
    /// Also require that tags pair up and that none stands inside a turn.
    tags: bool,
}

impl Check for Format {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        let text = row.text;
        if row.plain && row.turns.windows(2).all(|pair| pair[0].role != pair[1].role) {
            return None;
        }
        let fail = |reason: &str, detail: String| {
            Some(Hit { span: 0..text.len(), reason: Some(format!("invalid_{reason}")), detail: Some(detail) })
        };
        let trimmed = text.trim_end();
        if !trimmed.ends_with(END_OF_TEXT) && memmem::find(text.as_bytes(), END_OF_TEXT.as_bytes()).is_none()
        {
            return fail("no_end_of_text", format!("missing {END_OF_TEXT}"));
        }
        let Some(first) = row.turns.first() else { return fail("no_turn", "no turn".into()) };
        let mut expected = first.role;
        for (number, turn) in row.turns.iter().enumerate() {
            if turn.role != expected {
                let detail = format!("turn {number} expected {}, got {}", expected.word(), turn.role.word());
                return fail("alternation", detail);
            }
            expected = if expected == Role::User { Role::Assistant } else { Role::User };
        }
        if !trimmed.ends_with(END_OF_TEXT) {
            return fail("tail", format!("text after {END_OF_TEXT}"));
        }
        if self.tags {
            let count = |tag: &str| memmem::find_iter(text.as_bytes(), tag.as_bytes()).count();
            let (starts, ends) = (count(START), count(END));
            if starts != row.turns.len() || ends != row.turns.len() || count(END_OF_TEXT) != 1 {
                let detail = format!("{} turns, {starts} start tags, {ends} end tags", row.turns.len());
                return fail("tags", detail);
            }
        }
        None
    }
}
