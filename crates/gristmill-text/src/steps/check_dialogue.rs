//! Turns away rows that are not whole dialogues, as a step of its own; `clean_chat` ends with the same check.

use gristmill_core::{Failure, MapDef, MapStep, SideInputs, options_from};
use serde::Deserialize;
use serde_json::Value;

use super::clean_chat::CleanColumn;
use crate::clean::Cleaner;
use crate::clean::options::CleanOptions;
use crate::rules::Preset;

/// Options of `check_dialogue`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckOptions {
    #[serde(default)]
    column: Option<String>,
    #[serde(default)]
    preset: Preset,
}

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "check_dialogue", build };

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: CheckOptions = options_from(DEF.kind, options)?;
    let clean = CleanOptions::preset(options.preset);
    let column = options.column.unwrap_or_else(|| clean.column.clone());
    Ok(Box::new(CleanColumn { cleaner: Cleaner::new(&clean)?.only(&["format"]), column }))
}
