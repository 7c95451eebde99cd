//! Lists: half or more of the lines of a turn begin with a bullet.

use gristmill_core::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::clean::prefilter::Need;
use crate::rules::lines::first_body;
use crate::rules::{Built, Check, Hit, Kind, Preset, Row, RuleDef, Scope, rule_options};

pub const DEF: RuleDef = RuleDef {
    name: "bulletpoint_list",
    summary: "a turn with more than two lines, half or more of them beginning with a bullet",
    kind: Kind::Reject,
    scope: Scope::Turn,
    fixed: true,
    parity: true,
    build,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    glyphs: String,
    /// More lines than this.
    lines: usize,
    /// Share of bulleted lines from which on a turn is a list.
    share: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { glyphs: BULLETS.to_owned(), lines: 2, share: 0.5 }
    }
}

fn build(options: &Value, _: Preset) -> Result<Built, Failure> {
    let options: Options = rule_options(DEF.name, options)?;
    let letters = options.glyphs.contains(|c: char| c.is_ascii_alphanumeric());
    Ok(Built::reject(Need::newlines(options.lines), BulletpointList { options, letters }))
}

struct BulletpointList {
    options: Options,
    /// Whether a letter or a digit is a bullet too.
    letters: bool,
}

impl Check for BulletpointList {
    fn check(&self, row: &Row<'_>) -> Option<Hit> {
        first_body(row, self.options.lines, |body| {
            let lines = body.split('\n').count();
            let bullet =
                |c: char| (self.letters || !c.is_ascii_alphanumeric()) && self.options.glyphs.contains(c);
            let bulleted = body.split('\n').filter(|line| line.trim_start().starts_with(bullet));
            lines > self.options.lines && bulleted.count() as f64 >= self.options.share * lines as f64
        })
    }
}

/// Marks people begin list entries with.
pub const BULLETS: &str = "\
    -*`+>•‣◦⁃∙·●○◉◎◯⦿⦾■□▪▫▢▣◼◻◾◽▶▷►▻▸▹◀◁◄◅◂◃▲△▼▽◆◇◈❖★☆✦✧✩✪✫✬✭✮✯✰\
    ✱✲✳✴✵✶✷✸✹✺✻✼✽✾✿❀→⇒➔➜➝➞➤➢➣➥➦»›✓✔✗✘☐☑☒「」『』【】〈〉《》〔〕※–—⁌⁍➙➛➟➠";
