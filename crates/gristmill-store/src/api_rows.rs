//! Messages as Discord's REST interface lists them: a table with nested values as JSON text.

use std::borrow::Cow;

use gristmill_core::epoch_milliseconds;
use serde::Deserialize;

use crate::batch::{Channel, clean};
use crate::delta::{Delta, State};
use crate::gathered::{Column, Gathered};
use crate::id;

/// Columns that are read.
const COLUMNS: [&str; 11] = [
    "id",
    "type",
    "guild_id",
    "channel_id",
    "author",
    "content",
    "timestamp",
    "edited_timestamp",
    "message_reference",
    "webhook_id",
    "thread",
];

/// The message type of replies.
const REPLY: &str = "19";

#[derive(Deserialize)]
struct Author<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(default)]
    bot: Option<bool>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(default, borrow)]
    message_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Thread<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(default, borrow)]
    parent_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    guild_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    name: Option<Cow<'a, str>>,
}

/// Whether the columns are those of the interface.
pub(crate) fn are_here(rows: &arrow_array::RecordBatch) -> bool {
    ["id", "author", "channel_id", "content"].iter().all(|name| rows.column_by_name(name).is_some())
        && rows.column_by_name("message_id").is_none()
}

/// Gathers the rows.
pub(crate) fn gather(rows: &arrow_array::RecordBatch, gathered: &mut Gathered) {
    let columns = COLUMNS.map(|name| Column::of(rows, name));
    let mut buffer = String::new();
    for row in 0..rows.num_rows() {
        match delta(&columns, row, &mut buffer) {
            Ok(delta) => gathered.deltas.push(delta),
            Err(reason) => *gathered.refused.entry(reason).or_default() += 1,
        }
        if let Some(text) = columns[10].filled(row, &mut buffer)
            && let Ok(thread) = serde_json::from_str::<Thread<'_>>(text)
            && let Some(channel) = id::parse(&thread.id)
        {
            gathered.channels.entry(channel).or_default().join(Channel {
                guild: thread.guild_id.as_deref().and_then(id::parse),
                parent: thread.parent_id.as_deref().and_then(id::parse),
                seen: None,
                name: thread.name.map(|name| clean(name).into_string()),
                kind: Some("thread".into()),
            });
        }
    }
}

fn delta(columns: &[Column<'_>; 11], row: usize, buffer: &mut String) -> Result<Delta, &'static str> {
    let message_id = columns[0].id(row, buffer, "id is no id")?.ok_or("id is missing")?;
    let mut delta = Delta::new(message_id, State::Live);
    let reply = columns[1].filled(row, buffer) == Some(REPLY);
    delta.guild = columns[2].id(row, buffer, "guild_id is no id")?;
    delta.channel = columns[3].id(row, buffer, "channel_id is no id")?;
    if let Some(text) = columns[4].filled(row, buffer) {
        let author: Author<'_> = serde_json::from_str(text).map_err(|_| "author is no user")?;
        delta.author = author.id.map(|text| id::parse(&text).ok_or("author.id is no id")).transpose()?;
        // The interface leaves the mark out for people.
        delta.bot = Some(author.bot.unwrap_or(false));
    }
    if columns[9].filled(row, buffer).is_some() {
        delta.bot = Some(true);
    }
    delta.timestamp = match columns[6].filled(row, buffer) {
        Some(text) => Some(epoch_milliseconds(text).ok_or("timestamp is no time")?),
        None => Some(id::time(message_id)),
    };
    delta.edited = match columns[7].filled(row, buffer) {
        Some(text) => Some(epoch_milliseconds(text).ok_or("edited_timestamp is no time")?),
        None => None,
    };
    if reply && let Some(text) = columns[8].filled(row, buffer) {
        let reference: Reference<'_> =
            serde_json::from_str(text).map_err(|_| "message_reference is no reference")?;
        delta.reference = reference
            .message_id
            .map(|text| id::parse(&text).ok_or("message_reference.message_id is no id"))
            .transpose()?;
    }
    delta.content = columns[5].get(row, buffer).map(|()| clean(buffer.as_str().into()));
    Ok(delta)
}
