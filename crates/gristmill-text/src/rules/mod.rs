//! The registry of cleaning rules: one file per rule, one line each in [`RULES`], one table each in
//! `fixtures/rules`. A row meets the rules in this order; the first reject that fires decides.

use std::ops::Range;

use gristmill_core::Failure;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::clean::turns::TurnSpan;
use crate::failure::TextFailure;

mod bulletpoint_list;
mod card_trade;
mod code_like;
mod code_words;
mod comma_runs;
mod cp_reference;
mod discord_timestamp;
mod double_dash;
mod duplicate_lines_only;
mod emoji;
mod emoji_spam;
mod empty;
mod empty_turn;
mod fake_token;
mod format;
mod lf_hint;
mod line_edges;
mod lines;
mod markup;
mod mentions;
mod multi_newlines;
mod nonlatin_spam;
mod numbered_line_block;
mod numeric_only_line;
mod nword;
mod one_pattern;
mod percent_encoding;
mod pipes;
mod service_ad;
mod single_word_lines;
mod slang;
mod spaces;
pub(crate) mod unicode;
mod user;

pub(crate) use user::UserRule;

/// Which default settings rules start from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The rules as they were meant.
    #[default]
    Fixed,
    /// The rules as the original program ran them, faults included.
    Parity,
}

/// What a rule does with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rewrites it.
    Transform,
    /// Turns it away.
    Reject,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole row, tags included.
    Row,
    /// The turns.
    Turn,
}

/// A row as rules see it.
pub struct Row<'a> {
    /// The text so far.
    pub text: &'a str,
    /// Its turns.
    pub turns: &'a [TurnSpan],
    /// Whether it is nothing but turns in canonical form, without angle brackets inside.
    pub plain: bool,
}

impl Row<'_> {
    /// The trimmed content of each turn, with its place in the text.
    pub fn bodies(&self) -> impl Iterator<Item = (usize, &str)> {
        self.turns.iter().map(|t| (t.body.start, &self.text[t.body.clone()]))
    }
}

/// Where and how a reject rule hit.
#[derive(Debug, Default)]
pub struct Hit {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The reason, where a rule has several; else the rule's own name.
    pub reason: Option<String>,
    /// What exactly was wrong, where it adds to the rule's name.
    pub detail: Option<String>,
}

impl Hit {
    pub fn at(span: Range<usize>) -> Self {
        Self { span, ..Self::default() }
    }
}

/// A rule that rewrites.
pub trait Transform: Send + Sync {
    /// Writes the changed text to `out`, which is empty; false when nothing changes, whatever is in `out` then.
    fn apply(&self, row: &Row<'_>, out: &mut String) -> bool;
}

/// A rule that turns away.
pub trait Check: Send + Sync {
    /// The first hit, if any.
    fn check(&self, row: &Row<'_>) -> Option<Hit>;
}

/// What a rule does, ready to run.
pub enum Act {
    Transform(Box<dyn Transform>),
    Reject(Box<dyn Check>),
}

/// A rule with its options read.
pub struct Built {
    pub need: Need,
    pub act: Act,
}

impl Built {
    pub fn transform(need: Need, rule: impl Transform + 'static) -> Self {
        Self { need, act: Act::Transform(Box::new(rule)) }
    }

    pub fn reject(need: Need, rule: impl Check + 'static) -> Self {
        Self { need, act: Act::Reject(Box::new(rule)) }
    }
}

/// One entry of the registry.
pub struct RuleDef {
    /// Stable name, also the drop reason of a reject rule.
    pub name: &'static str,
    /// One line for the manual.
    pub summary: &'static str,
    pub kind: Kind,
    pub scope: Scope,
    /// Whether it is on in the preset `fixed`.
    pub fixed: bool,
    /// Whether it is on in the preset `parity`.
    pub parity: bool,
    /// Reads the options (an empty object for none).
    pub build: fn(&Value, Preset) -> Result<Built, Failure>,
}

/// Reads the options of a rule.
pub fn rule_options<T: DeserializeOwned>(rule: &str, options: &Value) -> Result<T, TextFailure> {
    T::deserialize(options).map_err(|source| TextFailure::BadRuleOptions { rule: rule.to_owned(), source })
}

/// Compiles a pattern of a rule.
pub fn pattern(rule: &str, pattern: &str) -> Result<regex::Regex, TextFailure> {
    regex::Regex::new(pattern)
        .map_err(|source| TextFailure::BadPattern { rule: rule.to_owned(), source: Box::new(source) })
}

/// A rule without options.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

/// All rules, in the order a row meets them.
pub const RULES: &[RuleDef] = &[
    emoji_spam::DEF,
    fake_token::DEF,
    discord_timestamp::DEF,
    pipes::DEF,
    markup::DEF,
    mentions::DEF,
    line_edges::DEF,
    emoji::DEF,
    comma_runs::DEF,
    spaces::DEF,
    empty::DEF,
    empty_turn::DEF,
    card_trade::DEF,
    code_like::DEF,
    bulletpoint_list::DEF,
    lf_hint::DEF,
    double_dash::DEF,
    percent_encoding::DEF,
    nonlatin_spam::DEF,
    single_word_lines::DEF,
    service_ad::DEF,
    multi_newlines::DEF,
    duplicate_lines_only::DEF,
    numbered_line_block::DEF,
    numeric_only_line::DEF,
    nword::DEF,
    cp_reference::DEF,
    slang::DEF,
    format::DEF,
];

/// Rebuilds the text with `edit` applied to the content of each turn. `edit` says whether it changed anything and
/// has written the whole content either way.
pub fn map_turns(row: &Row<'_>, out: &mut String, mut edit: impl FnMut(&str, &mut String) -> bool) -> bool {
    let mut changed = false;
    let mut done = 0;
    for turn in row.turns {
        out.push_str(&row.text[done..turn.content.start]);
        changed |= edit(&row.text[turn.content.clone()], out);
        done = turn.content.end;
    }
    out.push_str(&row.text[done..]);
    changed
}
