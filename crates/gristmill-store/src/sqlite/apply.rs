//! One batch, inside a transaction.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::ApplyOptions;
use crate::batch::{Batch, Channel, Consent};
use crate::delta::{Delta, State};
use crate::failure::StoreFailure;
use crate::id;
use crate::outcome::Applied;

/// Applies a batch; nothing is committed here.
pub(super) fn apply(
    db: &Connection,
    place: &str,
    batch: &Batch,
    options: &ApplyOptions,
) -> Result<Applied, StoreFailure> {
    let at = |error: rusqlite::Error| StoreFailure::of(place, &error);
    let digest = format!("{:032x}", batch.digest);
    if let Some(key) = &options.key
        && let Some((known, result)) = remembered(db, key, options.now).map_err(at)?
    {
        if known != digest {
            return Err(StoreFailure::KeyReused { key: key.clone() });
        }
        let applied: Applied = serde_json::from_str(&result)
            .map_err(|error| StoreFailure::Damaged { place: place.to_owned(), why: error.to_string() })?;
        return Ok(Applied { replayed: true, ..applied });
    }
    let applied = write(db, batch).map_err(at)?;
    if let Some(key) = &options.key {
        let result = serde_json::to_string(&applied)
            .map_err(|error| StoreFailure::Failed { place: place.to_owned(), why: error.to_string() })?;
        remember(db, key, &digest, &result, options).map_err(at)?;
    }
    Ok(applied)
}

fn remembered(db: &Connection, key: &str, now: i64) -> rusqlite::Result<Option<(String, String)>> {
    db.prepare_cached("SELECT digest, result FROM keys WHERE key = ?1 AND expires > ?2")?
        .query_row(params![key, now], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn remember(
    db: &Connection,
    key: &str,
    digest: &str,
    result: &str,
    options: &ApplyOptions,
) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM keys WHERE expires <= ?1")?.execute([options.now])?;
    db.prepare_cached("INSERT OR REPLACE INTO keys (key, digest, result, expires) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![key, digest, result, options.expires])?;
    Ok(())
}

fn write(db: &Connection, batch: &Batch) -> rusqlite::Result<Applied> {
    let revision: i64 = db
        .prepare_cached("UPDATE store SET revision = revision + 1 RETURNING revision")?
        .query_row([], |row| row.get(0))?;
    let mut applied = Applied::default();
    // Consent first: what the same batch brings of an author who opts out in it is not stored either.
    for consent in &batch.consents {
        take_consent(db, consent)?;
    }
    let mut authors: Vec<i64> = batch.consents.iter().map(|consent| consent.author).collect();
    authors.sort_unstable();
    authors.dedup();
    for author in authors {
        applied.erased += erase(db, author, revision)?;
    }
    for (channel, known) in &batch.channels {
        write_channel(db, *channel, known)?;
    }
    for (name, value) in &batch.cursors {
        match value {
            Some(value) => db
                .prepare_cached("INSERT OR REPLACE INTO cursors (name, value) VALUES (?1, ?2)")?
                .execute([name, value])?,
            None => db.prepare_cached("DELETE FROM cursors WHERE name = ?1")?.execute([name])?,
        };
    }
    write_messages(db, &batch.deltas, revision, &mut applied)?;
    applied.ignored = batch.events - applied.inserted - applied.updated - applied.deleted;
    Ok(applied)
}

fn write_messages(
    db: &Connection,
    deltas: &[Delta],
    revision: i64,
    applied: &mut Applied,
) -> rusqlite::Result<()> {
    if deltas.is_empty() {
        return Ok(());
    }
    let any_out: bool =
        db.prepare_cached("SELECT EXISTS (SELECT 1 FROM opt_outs)")?.query_row([], |row| row.get(0))?;
    let mut find = db.prepare_cached(
        "SELECT message_id, state, guild_id, channel_id, message_reference_message_id, author_id, author_bot,
            timestamp, edited, content FROM messages WHERE message_id = ?1",
    )?;
    let mut store = db.prepare_cached(
        "INSERT OR REPLACE INTO messages (message_id, state, revision, guild_id, channel_id,
            message_reference_message_id, author_id, author_bot, timestamp, edited, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for delta in deltas {
        let mut delta = delta.clone();
        if any_out
            && let Some(author) = delta.author
            && is_out(db, author, delta.id)?
        {
            delta.state = delta.state.max(State::Erased);
        }
        delta.settle();
        let known = find.query_row([delta.id], stored).optional()?;
        let is_new = known.is_none();
        let row = match known {
            None => delta,
            Some(known) => {
                let mut joined = known.clone();
                joined.join(delta);
                if joined == known {
                    continue;
                }
                joined
            }
        };
        store.execute(params![
            row.id,
            row.state as i64,
            revision,
            row.guild,
            row.channel,
            row.reference,
            row.author,
            row.bot,
            row.timestamp,
            row.edited,
            row.content,
        ])?;
        match row.state {
            State::Deleted => applied.deleted += 1,
            // Of an author who opted out: it was not wanted, and only its id is kept.
            State::Erased => {}
            State::Waiting | State::Live if is_new => applied.inserted += 1,
            State::Waiting | State::Live => applied.updated += 1,
        }
    }
    Ok(())
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Delta> {
    let state: i64 = row.get(1)?;
    Ok(Delta {
        id: row.get(0)?,
        state: State::from_number(state).ok_or(rusqlite::Error::IntegralValueOutOfRange(1, state))?,
        guild: row.get(2)?,
        channel: row.get(3)?,
        reference: row.get(4)?,
        author: row.get(5)?,
        bot: row.get(6)?,
        timestamp: row.get(7)?,
        edited: row.get(8)?,
        content: row.get::<_, Option<String>>(9)?.map(String::into_boxed_str),
    })
}

/// Whether an author does not want this message stored: it is of the time before he opted in again.
fn is_out(db: &Connection, author: i64, message: i64) -> rusqlite::Result<bool> {
    let until: Option<Option<i64>> = db
        .prepare_cached("SELECT until FROM opt_outs WHERE author_id = ?1")?
        .query_row([author], |row| row.get(0))
        .optional()?;
    Ok(match until {
        None => false,
        Some(None) => true,
        Some(Some(until)) => id::time(message) < until,
    })
}

/// Opting out twice, or a repeated word from before the last opt-in, changes nothing.
fn take_consent(db: &Connection, consent: &Consent) -> rusqlite::Result<()> {
    let statement = if consent.out {
        "INSERT INTO opt_outs (author_id, since, until) VALUES (?1, ?2, NULL)
         ON CONFLICT (author_id) DO UPDATE SET since = excluded.since, until = NULL
         WHERE until IS NOT NULL AND excluded.since >= until"
    } else {
        "UPDATE opt_outs SET until = ?2 WHERE author_id = ?1 AND until IS NULL AND ?2 >= since"
    };
    db.prepare_cached(statement)?.execute([consent.author, consent.at])?;
    Ok(())
}

/// Erases what an opted-out author wrote.
fn erase(db: &Connection, author: i64, revision: i64) -> rusqlite::Result<u64> {
    let until: Option<Option<i64>> = db
        .prepare_cached("SELECT until FROM opt_outs WHERE author_id = ?1")?
        .query_row([author], |row| row.get(0))
        .optional()?;
    let Some(until) = until else { return Ok(0) };
    let before = until.map_or(i64::MAX, id::first_at);
    let rows = db
        .prepare_cached(
            "UPDATE messages SET state = 2, revision = ?2, message_reference_message_id = NULL, author_id = NULL,
                author_bot = NULL, timestamp = NULL, edited = NULL, content = NULL
             WHERE author_id = ?1 AND state < 2 AND message_id < ?3",
        )?
        .execute([author, revision, before])?;
    Ok(rows as u64)
}

fn write_channel(db: &Connection, channel: i64, known: &Channel) -> rusqlite::Result<()> {
    let stored = db
        .prepare_cached(
            "SELECT guild_id, parent_channel_id, seen, name, kind FROM channels WHERE channel_id = ?1",
        )?
        .query_row([channel], |row| {
            Ok(Channel {
                guild: row.get(0)?,
                parent: row.get(1)?,
                seen: row.get(2)?,
                name: row.get(3)?,
                kind: row.get(4)?,
            })
        })
        .optional()?;
    let mut joined = stored.clone().unwrap_or_default();
    joined.join(known.clone());
    if stored.as_ref() != Some(&joined) {
        db.prepare_cached(
            "INSERT OR REPLACE INTO channels (channel_id, guild_id, parent_channel_id, seen, name, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            channel,
            joined.guild,
            joined.parent,
            joined.seen,
            joined.name,
            joined.kind
        ])?;
    }
    Ok(())
}
