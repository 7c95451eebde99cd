//! Advertisements for paid help in games and for accounts.

use gristmill_core::Failure;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::bulletpoint_list::BULLETS;
use crate::rules::{Built, Check, Hit, Kind, NoOptions, Preset, Row, RuleDef, Scope, pattern, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "service_ad",
    summary: "an advertisement: bulleted sales lines, accepting and offering",
    kind: Kind::Reject,
    scope: Scope::Row,
    fixed: true,
    parity: true,
    build,
};

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let NoOptions {} = rule_options(DEF.name, options)?;
    let sales = pattern(
        DEF.name,
        r"(?i)vouch|payment first|dm me|price|account|slot|trial|full gear|\blf[tw]?\b|\d+v\d+",
    )?;
    let both = pattern(DEF.name, "(?i)accepting")?;
    let offering = pattern(DEF.name, "(?i)offering")?;
    Ok(Built::reject(Need::literal("accepting"), ServiceAd { sales, accepting: both, offering }))
}

struct ServiceAd {
    sales: regex::Regex,
    accepting: regex::Regex,
    offering: regex::Regex,
}

impl Check for ServiceAd {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        let lines = || row.text.split('\n');
        let bulleted = |line: &&str| line.trim_start().starts_with(|c| BULLETS.contains(c));
        let accepting = self.accepting.find(row.text)?;
        (self.offering.is_match(row.text)
            && lines().count() >= 4
            && lines().filter(bulleted).count() >= 2
            && lines().filter(|line| self.sales.is_match(line)).count() >= 2)
            .then(|| Hit::at(accepting.range()))
    }
}
