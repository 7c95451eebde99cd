//! One row per distinct last message, the first: what the original tool does in effect, kept for parity only, since
//! unrelated dialogues that end in "thanks" collapse into one.

use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, hash128, options_from};
use serde::Deserialize;

use crate::messages::{messages, text_column};

/// The key kind `dedupe_last_message`: key = last message. A row without messages emits nothing; put the map
/// `has_messages` before it to drop those as the original does.
pub const DEF: KeyDef = KeyDef {
    kind: "dedupe_last_message",
    build: |options| Ok(Box::new(options_from::<DedupeLastMessage>("dedupe_last_message", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DedupeLastMessage {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
}

impl KeyStep for DedupeLastMessage {
    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        for (row, text) in batch.text(&self.column)?.iter().enumerate() {
            if let Some(last) = messages(text.unwrap_or("")).last() {
                let key = hash128(last.content.as_bytes());
                out.push(KeyRow { row: row as u32, key, rank: 0, payload: 0 });
            }
        }
        Ok(())
    }
}
