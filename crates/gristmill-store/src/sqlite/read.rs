//! Short reads.

use gristmill_core::utc_text;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use crate::outcome::{Counts, Page};

/// An id as text, or null.
fn id_text(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    Ok(row.get::<_, Option<i64>>(at)?.map(|id| id.to_string()))
}

fn time_text(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    Ok(row.get::<_, Option<i64>>(at)?.map(utc_text))
}

pub(super) fn last_message_id(db: &Connection, channel: i64) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT max(message_id) FROM messages WHERE channel_id = ?1")?
        .query_row([channel], |row| id_text(row, 0))
}

pub(super) fn cursor(db: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT value FROM cursors WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

pub(super) fn cursors(db: &Connection, prefix: &str) -> rusqlite::Result<String> {
    let mut find = db.prepare_cached(
        "SELECT name, value FROM cursors WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
    )?;
    let rows =
        find.query_map([prefix], |row| Ok(json!([row.get::<_, String>(0)?, row.get::<_, String>(1)?])))?;
    list(rows)
}

pub(super) fn channels(db: &Connection) -> rusqlite::Result<String> {
    let mut find = db.prepare_cached(
        "SELECT channel_id, guild_id, parent_channel_id, name, kind FROM channels ORDER BY channel_id",
    )?;
    let rows = find.query_map([], |row| {
        Ok(json!({
            "channel_id": id_text(row, 0)?,
            "guild_id": id_text(row, 1)?,
            "parent_channel_id": id_text(row, 2)?,
            "name": row.get::<_, Option<String>>(3)?,
            "kind": row.get::<_, Option<String>>(4)?,
        }))
    })?;
    list(rows)
}

pub(super) fn opted_out(db: &Connection) -> rusqlite::Result<String> {
    let mut find =
        db.prepare_cached("SELECT author_id, since FROM opt_outs WHERE until IS NULL ORDER BY author_id")?;
    let rows =
        find.query_map([], |row| Ok(json!({ "author_id": id_text(row, 0)?, "at": time_text(row, 1)? })))?;
    list(rows)
}

pub(super) fn messages(db: &Connection, page: &Page) -> rusqlite::Result<String> {
    let mut find = db.prepare_cached(if page.channel.is_some() {
        "SELECT message_id, message_reference_message_id, guild_id, channel_id, author_id, author_bot, content,
            timestamp, edited FROM messages
         WHERE channel_id = ?1 AND message_id > ?2 AND state = 1 ORDER BY message_id LIMIT ?3"
    } else {
        "SELECT message_id, message_reference_message_id, guild_id, channel_id, author_id, author_bot, content,
            timestamp, edited FROM messages
         WHERE ?1 IS NULL AND message_id > ?2 AND state = 1 ORDER BY message_id LIMIT ?3"
    })?;
    let rows = find.query_map(params![page.channel, page.after.unwrap_or(0), page.limit], |row| {
        Ok(json!({
            "message_id": id_text(row, 0)?,
            "message_reference_message_id": id_text(row, 1)?,
            "guild_id": id_text(row, 2)?,
            "channel_id": id_text(row, 3)?,
            "author_id": id_text(row, 4)?,
            "author_bot": row.get::<_, Option<bool>>(5)?,
            "content": content(row, 6)?,
            "timestamp": time_text(row, 7)?,
            "edited": time_text(row, 8)?,
        }))
    })?;
    list(rows)
}

fn content(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    })
}

fn list(rows: impl Iterator<Item = rusqlite::Result<Value>>) -> rusqlite::Result<String> {
    Ok(Value::Array(rows.collect::<rusqlite::Result<_>>()?).to_string())
}

pub(super) fn counts(db: &Connection) -> rusqlite::Result<Counts> {
    let count =
        |sql: &str| db.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).map(|n| n as u64);
    let mut counts = Counts {
        channels: count("SELECT count(*) FROM channels")?,
        opted_out: count("SELECT count(*) FROM opt_outs WHERE until IS NULL")?,
        cursors: count("SELECT count(*) FROM cursors")?,
        keys: count("SELECT count(*) FROM keys")?,
        ..Counts::default()
    };
    let mut states = db.prepare_cached("SELECT state, count(*) FROM messages GROUP BY state")?;
    for row in states.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)? as u64)))? {
        match row? {
            (0, n) => counts.waiting = n,
            (1, n) => counts.messages = n,
            (2, n) => counts.erased = n,
            (_, n) => counts.deleted = n,
        }
    }
    Ok(counts)
}
