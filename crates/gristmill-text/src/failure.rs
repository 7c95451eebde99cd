//! Causes of failure when cleaning and screening are set up. Once set up, neither fails on any text.

use gristmill_core::{Fault, FaultKind};

/// What can be wrong with rules and lexicons.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextFailure {
    /// No rule has that name.
    #[error("there is no cleaning rule `{name}`")]
    UnknownRule {
        /// The name as written.
        name: String,
        /// The nearest name there is, if one is near.
        nearest: Option<&'static str>,
    },
    /// Options of a rule are not valid.
    #[error("options of rule `{rule}` are not valid")]
    BadRuleOptions {
        /// The rule.
        rule: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A value of a rule is neither `on`, `off` nor options.
    #[error("rule `{rule}` is set to `{value}`, not to `on`, `off` or options")]
    BadSwitch {
        /// The rule.
        rule: String,
        /// What it was set to.
        value: String,
    },
    /// A pattern is not a regular expression of the linear-time engine.
    #[error("pattern of `{rule}` is not a valid regular expression")]
    BadPattern {
        /// The rule.
        rule: String,
        /// What the engine said.
        source: Box<regex::Error>,
    },
    /// A user's rule contradicts itself.
    #[error("rule `{rule}` {problem}")]
    BadUserRule {
        /// The rule.
        rule: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A line of a lexicon cannot be used.
    #[error("{file}:{line}: the term {problem}")]
    BadLexicon {
        /// Path of the lexicon, or `lexicon` where the terms stand in the recipe.
        file: String,
        /// Line of the file or number of the term, from 1.
        line: usize,
        /// What is wrong; the term itself is not repeated.
        problem: String,
    },
    /// The file of a lexicon cannot be read.
    #[error("the lexicon {path} cannot be read")]
    UnreadableLexicon {
        /// Its path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A category nobody defines.
    #[error("there is no category `{name}`; there are: {present}")]
    UnknownCategory {
        /// The name as written.
        name: String,
        /// Names there are.
        present: String,
    },
    /// None of the columns is there.
    #[error("none of the text columns {wanted} is there; the rows have: {present}")]
    NoTextColumn {
        /// Columns looked for.
        wanted: String,
        /// Columns there are.
        present: String,
    },
    /// The terms do not fit an automaton.
    #[error("the terms cannot be compiled: {message}")]
    Automaton {
        /// What the matcher said.
        message: String,
    },
}

impl Fault for TextFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownRule { .. } => "GM_TEXT_UNKNOWN_RULE",
            Self::BadRuleOptions { .. } => "GM_TEXT_BAD_RULE_OPTIONS",
            Self::BadSwitch { .. } => "GM_TEXT_BAD_SWITCH",
            Self::BadPattern { .. } => "GM_TEXT_BAD_PATTERN",
            Self::BadUserRule { .. } => "GM_TEXT_BAD_USER_RULE",
            Self::BadLexicon { .. } => "GM_TEXT_BAD_LEXICON",
            Self::UnreadableLexicon { .. } => "GM_TEXT_UNREADABLE_LEXICON",
            Self::UnknownCategory { .. } => "GM_TEXT_UNKNOWN_CATEGORY",
            Self::NoTextColumn { .. } => "GM_TEXT_NO_TEXT_COLUMN",
            Self::Automaton { .. } => "GM_TEXT_AUTOMATON",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::UnreadableLexicon { .. } => FaultKind::Input,
            _ => FaultKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownRule { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::UnknownRule { .. } => {
                Some("a rule of your own needs a `pattern` or a `literal`, and an `action`".into())
            }
            Self::BadRuleOptions { source, .. } => {
                let message = source.to_string();
                let mut names = message.split('`').skip(1).step_by(2);
                let wrong = names.next()?;
                nearest(wrong, names).map(|near| format!("did you mean `{near}`?"))
            }
            Self::BadPattern { .. } => Some("look-around and back-references are not available".into()),
            Self::BadLexicon { .. } => {
                Some("a line is: term, category, severity, match, exceptions, with tabs between".into())
            }
            Self::NoTextColumn { .. } => Some("name the columns with `columns`".into()),
            _ => None,
        }
    }
}

/// The name nearest to what was written, if one is near.
pub(crate) fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (distance(written, name), name))
        .min()
        .filter(|&(steps, _)| steps <= 1 + written.len() / 3)
        .map(|(_, near)| near)
}

/// Edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut costs: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = costs[0];
        costs[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let step = (corner + usize::from(x != y)).min(costs[j] + 1).min(costs[j + 1] + 1);
            corner = std::mem::replace(&mut costs[j + 1], step);
        }
    }
    costs[b.len()]
}
