//! Replies tie messages together; the linked decider finds the root of each tree from these keys.

use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, hash128, options_from};
use serde::Deserialize;

use crate::rows::cell;

/// The key kind `reply_links`: rank 0 = "I am this message", rank 1 = "I answer this message".
pub const DEF: KeyDef = KeyDef {
    kind: "reply_links",
    build: |options| Ok(Box::new(options_from::<ReplyLinks>("reply_links", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyLinks {}

impl KeyStep for ReplyLinks {
    fn columns(&self) -> Vec<String> {
        ["message_id", "message_reference_message_id"].map(str::to_owned).to_vec()
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let ids = batch.text("message_id")?;
        let references = batch.text("message_reference_message_id")?;
        for row in 0..batch.len() {
            let key = |id: &str, rank, payload| KeyRow {
                row: row as u32,
                key: hash128(id.as_bytes()),
                rank,
                payload,
            };
            // Trees come out in the order of their roots' ids, wherever the messages stood.
            let id = cell(ids, row);
            out.push(key(id, 0, id.parse().unwrap_or(0)));
            let reference = cell(references, row);
            if !reference.is_empty() {
                out.push(key(reference, 1, 0));
            }
        }
        Ok(())
    }
}
