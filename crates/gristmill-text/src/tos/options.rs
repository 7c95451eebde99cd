//! What a user may set, and the table of actions it comes to.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lexicon::{Lexicon, Severity, Term};
use super::pii::PII_RULES;
use crate::failure::TextFailure;

/// Category of personal data.
pub const PII: &str = "pii";

/// Category of terms that threaten to publish somebody's data: treated as personal data is.
pub const DOXX: &str = "doxx";

/// What a hit does to its row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TosAction {
    /// The row is turned away.
    #[default]
    Drop,
    /// The hit is replaced.
    Redact,
    /// The hit is listed in a column.
    Flag,
    /// Not looked for.
    Off,
}

impl TosAction {
    /// The word of the recipe.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Redact => "redact",
            Self::Flag => "flag",
            Self::Off => "off",
        }
    }
}

/// Settings of one category, or of one kind of personal data.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryOptions {
    /// What a hit does; the step's action if not given.
    #[serde(default)]
    pub action: Option<TosAction>,
    /// Terms below this severity are left out.
    #[serde(default)]
    pub severity: Option<Severity>,
}

/// Options of `screen_tos`.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScreenOptions {
    /// Columns that are searched; by default those of `text`, `content` and `message`
    /// that are there, else the first.
    pub columns: Option<Vec<String>>,
    /// What a hit does.
    pub action: TosAction,
    /// What personal data does; as `action` if not given.
    pub pii: Option<TosAction>,
    /// Terms below this severity are left out.
    pub severity: Option<Severity>,
    /// Settings by category and by kind of personal data.
    pub categories: BTreeMap<String, CategoryOptions>,
    /// Further terms.
    pub lexicon: Option<Lexicon>,
    /// Whether the built-in terms are left out.
    pub lexicon_only: bool,
    /// Phrases in which nothing counts; `@host` stands for all addresses of a host.
    pub allow: Vec<String>,
    /// Whether social security numbers must be of a range that is issued.
    pub ssn_ranges: bool,
    /// Whether wallet addresses need a right checksum.
    pub wallet_checksum: bool,
    /// Whether every hit is listed in the flag column whatever it does, and no row is changed or dropped.
    pub explain: bool,
}

impl ScreenOptions {
    /// The action of each term.
    pub(super) fn term_action(&self, term: &Term) -> TosAction {
        let setting = self.categories.get(&term.category).copied().unwrap_or_default();
        let least = setting.severity.or(self.severity).unwrap_or(Severity::Low);
        let usual = if term.category == DOXX { self.pii_action() } else { self.action };
        if term.severity < least { TosAction::Off } else { setting.action.unwrap_or(usual) }
    }

    /// The action of each kind of personal data, in the order of [`PII_RULES`].
    pub(super) fn pii_actions(&self) -> Vec<TosAction> {
        let usual = self.pii_action();
        let one = |rule: &&str| self.categories.get(*rule).and_then(|set| set.action).unwrap_or(usual);
        PII_RULES.iter().map(one).collect()
    }

    fn pii_action(&self) -> TosAction {
        self.categories.get(PII).and_then(|set| set.action).or(self.pii).unwrap_or(self.action)
    }

    /// Whether all categories that are set exist.
    pub(super) fn check(&self, terms: &[Term]) -> Result<(), TextFailure> {
        let mut present: Vec<&str> = terms.iter().map(|term| term.category.as_str()).collect();
        present.push(PII);
        present.extend(PII_RULES);
        present.sort_unstable();
        present.dedup();
        match self.categories.keys().find(|name| !present.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                Err(TextFailure::UnknownCategory { name: name.clone(), present: present.join(", ") })
            }
        }
    }
}
