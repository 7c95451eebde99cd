//! Writes out short forms of chat, as a step of its own.

use gristmill_core::{Failure, MapDef, MapStep, SideInputs, options_from};
use serde::Deserialize;
use serde_json::Value;

use super::clean_chat::CleanColumn;
use crate::clean::Cleaner;
use crate::clean::changes::Changes;
use crate::clean::options::CleanOptions;
use crate::clean::turns::Layout;
use crate::rules::Preset;

/// Options of `slang`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlangOptions {
    #[serde(default)]
    column: Option<String>,
    #[serde(default)]
    preset: Preset,
    #[serde(default)]
    layout: Option<Layout>,
    /// Further short forms and what they stand for.
    #[serde(default)]
    words: serde_json::Map<String, Value>,
    /// Whether `words` stand alone.
    #[serde(default)]
    only: bool,
    /// How much of each change is told to the trace.
    #[serde(default)]
    changes: Changes,
}

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "slang", build };

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: SlangOptions = options_from(DEF.kind, options)?;
    let mut clean = CleanOptions::preset(options.preset);
    clean.slang = Some(serde_json::json!({ "words": options.words, "only": options.only }));
    clean.changes = options.changes;
    clean.layout = options.layout.unwrap_or(clean.layout);
    let column = options.column.unwrap_or_else(|| clean.column.clone());
    Ok(Box::new(CleanColumn { cleaner: Cleaner::new(&clean)?.only(&["slang"]), column }))
}
