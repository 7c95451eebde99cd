//! Messages in scripts the data set does not want, by share of code points; marks, format characters and unassigned
//! code points count too. The reason names the first script, in a fixed order, that occurs.

use std::sync::LazyLock;

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::{ByteSet, Need};
use crate::rules::unicode::CodeSet;
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "nonlatin_spam",
    summary: "too large a share of a turn is in other scripts, marks or invisible characters",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// Share of code points from which on a turn is turned away.
    share: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { share: 0.3 }
    }
}

/// Blocks, in the order they are named in.
const BLOCKS: &[(&str, char, char)] = &[
    ("cyrillic", '\u{400}', '\u{52F}'),
    ("hebrew", '\u{590}', '\u{5FF}'),
    ("arabic", '\u{600}', '\u{6FF}'),
    ("arabic_supplement", '\u{750}', '\u{77F}'),
    ("devanagari", '\u{900}', '\u{97F}'),
    ("bengali", '\u{980}', '\u{9FF}'),
    ("thai", '\u{E00}', '\u{E7F}'),
    ("hangul_jamo", '\u{1100}', '\u{11FF}'),
    ("hiragana_katakana", '\u{3040}', '\u{30FF}'),
    ("cjk_ext_a", '\u{3400}', '\u{4DBF}'),
    ("cjk", '\u{4E00}', '\u{9FFF}'),
    ("hangul_syllables", '\u{AC00}', '\u{D7AF}'),
    ("cyrillic_ext_b", '\u{A640}', '\u{A69F}'),
    ("cyrillic_ext_a", '\u{2DE0}', '\u{2DFF}'),
    ("cjk_radicals", '\u{2E80}', '\u{2EFF}'),
    ("cjk_symbols", '\u{3000}', '\u{303F}'),
    ("bopomofo_extended", '\u{31A0}', '\u{31BF}'),
    ("katakana_extensions", '\u{31F0}', '\u{31FF}'),
    ("bopomofo", '\u{3100}', '\u{312F}'),
];

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    let need = Need::pair(ByteSet::HIGH, ByteSet::ANY);
    Ok(Built::reject(need, NonlatinSpam(options)))
}

struct NonlatinSpam(Options);

impl Check for NonlatinSpam {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        row.bodies().filter(|(_, body)| !body.is_ascii()).find_map(|(start, body)| {
            let (all, beyond) = count(body);
            if f64::from(beyond) < self.0.share * f64::from(all) {
                return None;
            }
            let (mut all, mut odd) = (0u32, 0u32);
            let mut block = BLOCKS.len();
            for c in body.chars() {
                all += 1;
                let inside = BLOCKS.iter().position(|&(_, first, last)| (first..=last).contains(&c));
                block = block.min(inside.unwrap_or(BLOCKS.len()));
                odd += u32::from(
                    inside.is_some() || (!c.is_ascii() && MARKS.as_ref().is_some_and(|set| set.has(c))),
                );
            }
            if odd == 0 || f64::from(odd) < self.0.share * f64::from(all) {
                return None;
            }
            let script = BLOCKS.get(block).map_or("other", |&(name, _, _)| name);
            Some(Hit {
                span: start..start + body.len(),
                reason: Some(format!("{}_{script}", DEF.name)),
                detail: None,
            })
        })
    }
}

/// Code points of a text, and those beyond ASCII.
fn count(text: &str) -> (u32, u32) {
    let bytes = text.as_bytes();
    let ascii = bytes.iter().filter(|byte| byte.is_ascii()).count() as u32;
    let beyond = bytes.iter().filter(|&&byte| byte >= 0xc0).count() as u32;
    (ascii + beyond, beyond)
}

/// Marks, format characters, and what Unicode 14 had not assigned.
static MARKS: LazyLock<Option<CodeSet>> = LazyLock::new(|| CodeSet::of(r"[\p{M}\p{Cf}\p{Cn}\P{age=14.0}]"));
