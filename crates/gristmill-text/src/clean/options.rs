//! Options of `clean_chat`, and the list of rules they stand for.

use std::collections::BTreeMap;

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::changes::Changes;
use crate::clean::turns::Layout;
use crate::failure::TextFailure;
use crate::rules::{Built, Preset, RULES, RuleDef, UserRule};

/// Options of `clean_chat`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanOptions {
    /// Text column.
    #[serde(default = "text")]
    pub column: String,
    /// Default settings the rules start from.
    #[serde(default)]
    pub preset: Preset,
    /// Dialogues with tags, or plain messages.
    #[serde(default = "chatml")]
    pub layout: Layout,
    /// `on`, `off` or options by rule; a name that is no rule, with `action` and `pattern` or `literal`, adds one.
    #[serde(default)]
    pub rules: BTreeMap<String, Value>,
    /// Rules of the user's own.
    #[serde(default)]
    pub add: Vec<UserRule>,
    /// Rules in the order they shall run in: they take one another's places, all others stay where they are.
    #[serde(default)]
    pub order: Vec<String>,
    /// How much of each change is told to the trace.
    #[serde(default)]
    pub changes: Changes,
    /// Options of the slang rule.
    #[serde(default)]
    pub slang: Option<Value>,
}

fn text() -> String {
    "text".into()
}

const fn chatml() -> Layout {
    Layout::Chatml
}

/// A rule ready to run, with the name it counts under and the reason it gives.
pub struct Chosen {
    pub name: String,
    pub reason: String,
    pub built: Built,
}

impl CleanOptions {
    /// All defaults but the preset.
    #[must_use]
    pub fn preset(preset: Preset) -> Self {
        Self {
            column: text(),
            preset,
            layout: Layout::Chatml,
            rules: BTreeMap::new(),
            add: Vec::new(),
            order: Vec::new(),
            changes: Changes::Off,
            slang: None,
        }
    }

    /// The rules that are on, in the order a row meets them. User's replacements run before `spaces` closes gaps,
    /// user's drops after the other reject rules.
    pub fn chosen(&self) -> Result<Vec<Chosen>, Failure> {
        let mut own: Vec<UserRule> = self.add.clone();
        for (name, value) in &self.rules {
            if !RULES.iter().any(|rule| rule.name == name) {
                own.push(user_rule(name, value)?);
            }
        }
        let mut chosen = Vec::new();
        for rule in RULES {
            match rule.name {
                "spaces" => push_own(&mut chosen, own.iter().filter(|rule| !rule.rejects()))?,
                "slang" => push_own(&mut chosen, own.iter().filter(|rule| rule.rejects()))?,
                _ => {}
            }
            if let Some(options) = self.setting(rule)? {
                let built = (rule.build)(&options, self.preset)?;
                chosen.push(Chosen { name: rule.name.into(), reason: rule.name.into(), built });
            }
        }
        self.reorder(&own, chosen)
    }

    /// Puts the rules that `order` names into its order, each in a place of one of them.
    fn reorder(&self, own: &[UserRule], mut chosen: Vec<Chosen>) -> Result<Vec<Chosen>, Failure> {
        for (at, name) in self.order.iter().enumerate() {
            if self.order[..at].contains(name) {
                let problem = "stands twice in `order`";
                return Err(TextFailure::BadUserRule { rule: name.clone(), problem }.into());
            }
            if !RULES.iter().any(|rule| rule.name == name) && !own.iter().any(|rule| &rule.name == name) {
                return Err(TextFailure::UnknownRule { name: name.clone(), nearest: nearest(name) }.into());
            }
        }
        let wish = |rule: &Chosen| self.order.iter().position(|name| *name == rule.name);
        let places: Vec<usize> = (0..chosen.len()).filter(|&at| wish(&chosen[at]).is_some()).collect();
        let (mut named, mut rest) = (Vec::new(), Vec::new());
        for rule in chosen.drain(..) {
            if wish(&rule).is_some() { named.push(rule) } else { rest.push(rule) }
        }
        named.sort_by_key(wish);
        for (place, rule) in places.into_iter().zip(named) {
            rest.insert(place, rule);
        }
        Ok(rest)
    }

    /// Options of a rule that is on; `None` if it is off.
    fn setting(&self, rule: &RuleDef) -> Result<Option<Value>, Failure> {
        let default = match self.preset {
            Preset::Fixed => rule.fixed,
            Preset::Parity => rule.parity,
        };
        let default = default && !(rule.name == "format" && self.layout == Layout::Plain);
        let none = || Value::Object(serde_json::Map::new());
        let written = match (rule.name, &self.slang) {
            ("slang", Some(slang)) => Some(slang),
            _ => self.rules.get(rule.name),
        };
        Ok(match written {
            None => default.then(none),
            Some(Value::Bool(on)) => on.then(none),
            Some(Value::String(word)) if word == "on" => Some(none()),
            Some(Value::String(word)) if word == "off" => None,
            Some(options @ Value::Object(_)) => Some(options.clone()),
            Some(other) => {
                return Err(
                    TextFailure::BadSwitch { rule: rule.name.into(), value: other.to_string() }.into()
                );
            }
        })
    }
}

fn user_rule(name: &str, value: &Value) -> Result<UserRule, Failure> {
    if value.get("action").is_none() {
        if value.get("pattern").is_some() || value.get("literal").is_some() {
            let problem = "needs an `action`, `drop` or `replace`";
            return Err(TextFailure::BadUserRule { rule: name.into(), problem }.into());
        }
        return Err(TextFailure::UnknownRule { name: name.into(), nearest: nearest(name) }.into());
    }
    let mut rule: UserRule = crate::rules::rule_options(name, value)?;
    name.clone_into(&mut rule.name);
    Ok(rule)
}

fn push_own<'a>(chosen: &mut Vec<Chosen>, rules: impl Iterator<Item = &'a UserRule>) -> Result<(), Failure> {
    for rule in rules {
        if RULES.iter().any(|def| def.name == rule.name) || chosen.iter().any(|other| other.name == rule.name)
        {
            let problem = "has the name of another rule";
            return Err(TextFailure::BadUserRule { rule: rule.name.clone(), problem }.into());
        }
        let reason = rule.reason.clone().unwrap_or_else(|| rule.name.clone());
        chosen.push(Chosen { name: rule.name.clone(), reason, built: rule.build()? });
    }
    Ok(())
}

/// The rule whose name is nearest, if one is near.
fn nearest(name: &str) -> Option<&'static str> {
    crate::failure::nearest(name, RULES.iter().map(|rule| rule.name))
}
