//! The rules as the reference manual lists them.

use serde_json::{Value, json};

use crate::rules::{Kind, RULES, Scope};

/// Name, summary, kind, scope and default of every cleaning rule, in the order a row meets them.
#[must_use]
pub fn rule_list() -> Value {
    let word = |on: bool| if on { "on" } else { "off" };
    RULES
        .iter()
        .map(|rule| {
            json!({
                "name": rule.name,
                "summary": rule.summary,
                "kind": match rule.kind { Kind::Transform => "transform", Kind::Reject => "reject" },
                "scope": match rule.scope { Scope::Row => "row", Scope::Turn => "turn" },
                "fixed": word(rule.fixed),
                "parity": word(rule.parity),
            })
        })
        .collect()
}
