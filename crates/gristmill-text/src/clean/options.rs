//! Options of `clean_chat`, and the list of rules they stand for.

use std::collections::BTreeMap;

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

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
        Ok(chosen)
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
        let nearest = RULES
            .iter()
            .map(|rule| (distance(name, rule.name), rule.name))
            .min()
            .filter(|&(steps, _)| steps <= 1 + name.len() / 3)
            .map(|(_, near)| near);
        return Err(TextFailure::UnknownRule { name: name.into(), nearest }.into());
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
