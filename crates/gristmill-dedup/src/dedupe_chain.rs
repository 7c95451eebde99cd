//! Two dialogues with the same messages are one; the first stays.

use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, options_from};
use serde::Deserialize;

use crate::messages::{ChainHash, messages, text_column};

/// The key kind `dedupe_chain`: key = all messages. A row without messages emits nothing and so stays.
pub const DEF: KeyDef = KeyDef {
    kind: "dedupe_chain",
    build: |options| Ok(Box::new(options_from::<DedupeChain>("dedupe_chain", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DedupeChain {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
}

impl KeyStep for DedupeChain {
    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        for (row, text) in batch.text(&self.column)?.iter().enumerate() {
            let mut chain = ChainHash::default();
            messages(text.unwrap_or("")).for_each(|message| chain.push(message.content));
            if chain.messages() > 0 {
                out.push(KeyRow { row: row as u32, key: chain.digest(), rank: 0, payload: 0 });
            }
        }
        Ok(())
    }
}
