//! Rules a user writes in a recipe: a pattern or a literal, and what to do where it hits.

use gristmill_core::Failure;
use serde::Deserialize;

use crate::clean::prefilter::Need;
use crate::failure::TextFailure;
use crate::rules::{Built, Check, Hit, Row, Scope, Transform, map_turns, pattern};

/// A rule of the user's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserRule {
    /// Name in counts and trace.
    #[serde(default)]
    pub name: String,
    /// Regular expression of the linear-time engine.
    pub pattern: Option<String>,
    /// Text to be found as it is.
    pub literal: Option<String>,
    /// Turn the row away, or replace each hit.
    pub action: Action,
    /// What a hit is replaced by; `$1` stands for a group of the pattern.
    pub replace: Option<String>,
    /// Reason in the trace; the name if not given.
    pub reason: Option<String>,
    /// What is searched.
    #[serde(default = "turn")]
    pub scope: UserScope,
}

/// What a user's rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Turn the row away.
    Drop,
    /// Replace each hit.
    Replace,
}

/// What a user's rule searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserScope {
    /// The whole row, tags included.
    Row,
    /// Each turn.
    Turn,
}

const fn turn() -> UserScope {
    UserScope::Turn
}

impl UserRule {
    /// Whether it turns rows away.
    pub fn rejects(&self) -> bool {
        self.action == Action::Drop
    }

    pub fn build(&self) -> Result<Built, Failure> {
        let bad = |problem| TextFailure::BadUserRule { rule: self.name.clone(), problem };
        if self.name.is_empty() {
            return Err(bad("has no name").into());
        }
        let (need, source) = match (&self.pattern, &self.literal) {
            (Some(source), None) => (Need::of_pattern(source), source.clone()),
            (None, Some(literal)) if literal.is_empty() => return Err(bad("looks for nothing").into()),
            (None, Some(literal)) => (Need::literal(literal), regex::escape(literal)),
            _ => return Err(bad("needs either a `pattern` or a `literal`").into()),
        };
        let regex = pattern(&self.name, &source)?;
        let scope = if self.scope == UserScope::Row { Scope::Row } else { Scope::Turn };
        match (self.action, &self.replace) {
            (Action::Drop, Some(_)) => Err(bad("drops rows, so `replace` has no use").into()),
            (Action::Drop, None) => Ok(Built::reject(need, Drop { regex, scope })),
            (Action::Replace, replace) => {
                let mut with = replace.clone().unwrap_or_default();
                if self.literal.is_some() {
                    with = with.replace('$', "$$");
                }
                Ok(Built::transform(need, Replace { regex, with, scope }))
            }
        }
    }
}

struct Drop {
    regex: regex::Regex,
    scope: Scope,
}

impl Check for Drop {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        if self.scope == Scope::Row {
            return self.regex.find(row.text).map(|found| Hit::at(found.range()));
        }
        row.turns.iter().find_map(|turn| {
            let found = self.regex.find(&row.text[turn.content.clone()])?;
            let at = turn.content.start;
            Some(Hit::at(at + found.start()..at + found.end()))
        })
    }
}

struct Replace {
    regex: regex::Regex,
    with: String,
    scope: Scope,
}

impl Transform for Replace {
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool {
        if !self.regex.is_match(row.text) {
            return false;
        }
        if self.scope == Scope::Row {
            out.push_str(&self.regex.replace_all(row.text, self.with.as_str()));
        } else {
            map_turns(row, out, |content, out| {
                out.push_str(&self.regex.replace_all(content, self.with.as_str()));
                true
            });
        }
        out != row.text
    }
}
