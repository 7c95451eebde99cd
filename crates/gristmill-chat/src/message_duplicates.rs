//! One message id may arrive several times (a capture and an export, a repeated batch); the earliest one stays.
//! Whether a row has a guild travels along, since direct messages may only be turned away after that choice.

use gristmill_core::{Batch, Failure, KeyDef, KeyRow, KeyStep, epoch_milliseconds, hash128, options_from};
use serde::Deserialize;

use crate::rows::cell;

/// The key kind `message_duplicates`: key = message id, rank = time in milliseconds (unknown times last), bit 0 of
/// the payload = the row has no guild.
pub const DEF: KeyDef = KeyDef {
    kind: "message_duplicates",
    build: |options| Ok(Box::new(options_from::<MessageDuplicates>("message_duplicates", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageDuplicates {}

impl KeyStep for MessageDuplicates {
    fn columns(&self) -> Vec<String> {
        ["message_id", "guild_id", "timestamp"].map(str::to_owned).to_vec()
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let (ids, guilds) = (batch.text("message_id")?, batch.text("guild_id")?);
        let times = batch.text("timestamp")?;
        for row in 0..batch.len() {
            let time = epoch_milliseconds(cell(times, row));
            out.push(KeyRow {
                row: row as u32,
                key: hash128(cell(ids, row).as_bytes()),
                rank: time.map_or(u64::MAX, |ms| u64::try_from(ms).unwrap_or(0)),
                payload: u64::from(cell(guilds, row).is_empty()),
            });
        }
        Ok(())
    }
}
