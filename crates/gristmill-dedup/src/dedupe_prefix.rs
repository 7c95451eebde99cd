//! Dialogues that differ only in the assistant's last message are variants of one; the longest answer teaches most.

use arrow_array::Array;
use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, options_from};
use serde::Deserialize;

use crate::messages::{ChainHash, messages, text_column};

/// The key kind `dedupe_prefix`: key = all messages but the last, rank = longest last message first. A row whose last
/// message is not the assistant's, or that has no other message, emits nothing and so stays.
pub const DEF: KeyDef = KeyDef {
    kind: "dedupe_prefix",
    build: |options| Ok(Box::new(options_from::<DedupePrefix>("dedupe_prefix", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DedupePrefix {
    /// Column that holds the dialogue.
    #[serde(default = "text_column")]
    column: String,
    /// Column with the token count of the dialogue; where the rows have none, characters are counted. As all before
    /// the last message is equal, the longest dialogue has the longest last message.
    #[serde(default = "tokens_column")]
    tokens: String,
}

fn tokens_column() -> String {
    "tokens".to_owned()
}

impl KeyStep for DedupePrefix {
    fn columns(&self) -> Vec<String> {
        vec![self.column.clone(), self.tokens.clone()]
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let tokens = batch.find(&self.tokens).map(|_| batch.whole_numbers(&self.tokens)).transpose()?;
        for (row, text) in batch.text(&self.column)?.iter().enumerate() {
            let mut chain = ChainHash::default();
            let mut last = None;
            for message in messages(text.unwrap_or("")) {
                if let Some(before) = last.replace(message) {
                    chain.push(before.content);
                }
            }
            let Some(answer) = last.filter(|m| m.is_assistant() && chain.messages() > 0) else { continue };
            let size = match &tokens {
                Some(tokens) if tokens.is_valid(row) => u64::try_from(tokens.value(row)).unwrap_or(0),
                Some(_) => 0,
                None => answer.content.chars().count() as u64,
            };
            out.push(KeyRow { row: row as u32, key: chain.digest(), rank: u64::MAX - size, payload: 0 });
        }
        Ok(())
    }
}
