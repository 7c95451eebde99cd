//! `DiscordChatExporter` JSON exports (<https://github.com/Tyrrrz/DiscordChatExporter>) as the message table: one
//! row a message, ids as text. Only replies refer to a message; pins, forwards and thread starters do not.

use std::borrow::Cow;

use crate::failure::row;
use crate::json::record::{Place, object};
use crate::json::rows::{RecordReader, check_end, fault_of};
use crate::json::text::plain;
use crate::json::walk;
use crate::kinds::{ColumnSpec, ColumnType};
use crate::layout::Layout;
use crate::rows::{Column, RowFault, Rows};
use crate::split::DiscordHead;
use crate::timestamp;

/// Columns of the message table, and behind them what is read only when a layout asks for it.
const COLUMNS: [&str; 12] = [
    "message_id",
    "message_reference_message_id",
    "guild_id",
    "channel_id",
    "author_id",
    "author_bot",
    "content",
    "timestamp",
    "edited",
    "parent_channel_id",
    "channel_name",
    "channel_kind",
];

/// How many of them every export has.
const TABLE: usize = 8;

const AUTHOR_BOT: usize = 5;

/// Name and type of the columns.
pub(crate) fn columns() -> Vec<ColumnSpec> {
    let kind = |at| if at == AUTHOR_BOT { ColumnType::Bool } else { ColumnType::Text };
    COLUMNS[..TABLE]
        .iter()
        .enumerate()
        .map(|(at, name)| ColumnSpec { name: (*name).to_owned(), kind: kind(at) })
        .collect()
}

/// Why there is no head.
pub(crate) enum NoHead {
    /// It needs more bytes.
    Short,
    /// The file is something else.
    Other(String),
}

/// Reads the head of an export up to the opening bracket of its messages.
pub(crate) fn head(text: &[u8]) -> Result<(usize, DiscordHead), NoHead> {
    let mut found = DiscordHead::default();
    let (mut guild, mut channel) = (false, false);
    let syntax = |fault: walk::Syntax| match fault.at {
        at if at >= text.len() => NoHead::Short,
        at => NoHead::Other(format!("not JSON, {} at byte {at}", fault.what)),
    };
    let mut at = walk::blank(text, 0);
    match text.get(at) {
        Some(b'{') => at = walk::blank(text, at + 1),
        None => return Err(NoHead::Short),
        Some(_) => return Err(NoHead::Other("it does not start with {".into())),
    }
    loop {
        match text.get(at) {
            None => return Err(NoHead::Short),
            Some(b'"') => {}
            Some(_) => return Err(NoHead::Other("it has no list `messages`".into())),
        }
        let (end, _) = walk::string(text, at).map_err(syntax)?;
        let key = &text[at + 1..end - 1];
        at = walk::blank(text, walk::colon(text, end).map_err(syntax)?);
        if key == b"messages" {
            return match text.get(at) {
                None => Err(NoHead::Short),
                Some(b'[') if guild && channel => Ok((at + 1, found)),
                Some(b'[') => Err(NoHead::Other("`guild` or `channel` is missing before `messages`".into())),
                Some(_) => Err(NoHead::Other("`messages` is not a list".into())),
            };
        }
        let after = walk::value(text, at).map_err(syntax)?;
        if after == text.len() {
            // A number may go on in the next block.
            return Err(NoHead::Short);
        }
        if key == b"guild" {
            guild = true;
            [found.guild_id] = words_of(&text[at..after], ["id"]);
        } else if key == b"channel" {
            channel = true;
            let category;
            [found.channel_id, found.channel_name, found.channel_kind, category] =
                words_of(&text[at..after], ["id", "name", "type", "categoryId"]);
            // What exports call the category of a thread is the channel it hangs on.
            let thread = found.channel_kind.as_deref().is_some_and(|kind| kind.ends_with("Thread"));
            found.parent_channel_id = category.filter(|_| thread);
        }
        at = walk::blank(text, after);
        match text.get(at) {
            Some(b',') => at = walk::blank(text, at + 1),
            None => return Err(NoHead::Short),
            Some(_) => return Err(NoHead::Other("it has no list `messages`".into())),
        }
    }
}

/// Texts of an object by their keys.
fn words_of<const N: usize>(value: &[u8], keys: [&str; N]) -> [Option<String>; N] {
    let mut places = [Place::Absent; N];
    let Ok(text) = std::str::from_utf8(value) else { return [const { None }; N] };
    let read = object(value, 0, |start, end, _, place| {
        if let Some(at) = keys.iter().position(|key| *key == &text[start..end]) {
            places[at] = place;
        }
    });
    match read {
        Ok(_) => places.map(|place| word(text, place).map(Cow::into_owned)),
        Err(_) => [const { None }; N],
    }
}

/// A text, or the digits of a number.
fn word(text: &str, place: Place) -> Option<Cow<'_, str>> {
    match place {
        Place::Text { start, end, escaped } => Some(plain(&text[start..end], escaped)),
        Place::Number { start, end, integer: true } => Some(Cow::Borrowed(&text[start..end])),
        _ => None,
    }
}

/// Messages become rows.
pub(crate) struct MessageRows<'a> {
    head: &'a DiscordHead,
    /// For each column of the layout its place in [`COLUMNS`].
    sources: Vec<Option<usize>>,
    wants_edited: bool,
}

impl<'a> MessageRows<'a> {
    /// Reads the columns of the layout.
    pub(crate) fn new(layout: &Layout, head: &'a DiscordHead) -> Self {
        let find = |name: &str| COLUMNS.iter().position(|c| *c == name);
        let sources: Vec<Option<usize>> = layout.columns().iter().map(|c| find(&c.name)).collect();
        let wants_edited = sources.contains(&Some(TABLE));
        Self { head, sources, wants_edited }
    }
}

#[derive(Default)]
struct Message {
    id: Place,
    kind: Place,
    timestamp: Place,
    edited: Place,
    content: Place,
    author: Place,
    reference: Place,
}

impl RecordReader for MessageRows<'_> {
    fn read(&mut self, text: &str, rows: &mut Rows<'_>) -> Result<(), RowFault> {
        let mut m = Message::default();
        let end = object(text.as_bytes(), 0, |start, stop, _, place| match &text[start..stop] {
            "id" => m.id = place,
            "type" => m.kind = place,
            "timestamp" => m.timestamp = place,
            "timestampEdited" => m.edited = place,
            "content" => m.content = place,
            "author" => m.author = place,
            "reference" => m.reference = place,
            _ => {}
        })
        .map_err(fault_of)?;
        check_end(text, end)?;
        let wrong = |key: &str, place: Place| {
            let message = format!("key `{key}` of the message holds {}", place.kind());
            RowFault::new(row::WRONG_TYPE, message)
        };
        let id = word(text, m.id).ok_or_else(|| wrong("id", m.id))?;
        let content = match m.content {
            Place::Absent | Place::Null => None,
            Place::Text { start, end, escaped } => Some(plain(&text[start..end], escaped)),
            other => return Err(wrong("content", other)),
        };
        let time = |key: &str, place: Place| match place {
            Place::Absent | Place::Null => Ok(None),
            other => {
                let said = word(text, other).ok_or_else(|| wrong(key, other))?;
                timestamp::to_utc(&said).map(Some).ok_or_else(|| {
                    RowFault::new(row::WRONG_TYPE, format!("key `{key}` holds {said:?}, not a time"))
                })
            }
        };
        let timestamp = time("timestamp", m.timestamp)?;
        // Only looked at when it is wanted: a build does not read it, so it cannot spoil a row.
        let edited = if self.wants_edited { time("timestampEdited", m.edited)? } else { None };
        let (author_id, bot) = match m.author {
            Place::Absent | Place::Null => (None, None),
            author @ Place::Nested { .. } => author_of(author.raw(text))?,
            other => return Err(wrong("author", other)),
        };
        let is_reply = word(text, m.kind).is_some_and(|kind| kind == "Reply" || kind == "19");
        let reference = match m.reference {
            place @ Place::Nested { .. } if is_reply => reference_of(place.raw(text)),
            _ => None,
        };
        let values: [Option<&str>; 12] = [
            Some(&id),
            reference.as_deref(),
            self.head.guild_id.as_deref(),
            self.head.channel_id.as_deref(),
            author_id.as_deref(),
            bot.map(|bot| if bot { "true" } else { "false" }),
            content.as_deref(),
            timestamp.as_deref(),
            edited.as_deref(),
            self.head.parent_channel_id.as_deref(),
            self.head.channel_name.as_deref(),
            self.head.channel_kind.as_deref(),
        ];
        for (column, source) in rows.columns.iter().zip(&self.sources) {
            if let Some(at) = source
                && let Some(value) = values[*at]
                && !column.takes_text(value)
            {
                let message = format!("column `{}` does not fit its declared type", COLUMNS[*at]);
                return Err(RowFault::new(row::WRONG_TYPE, message));
            }
        }
        for (column, source) in rows.columns.iter_mut().zip(&self.sources) {
            match (source.and_then(|at| values[at]), &mut *column) {
                (None, column) => column.push_null(),
                (Some(value), Column::Json(json)) if *source == Some(AUTHOR_BOT) => json.append_value(value),
                (Some(value), column) => column.push_text(value),
            }
        }
        Ok(())
    }
}

fn author_of(text: &str) -> Result<(Option<Cow<'_, str>>, Option<bool>), RowFault> {
    let (mut id, mut bot) = (Place::Absent, Place::Absent);
    object(text.as_bytes(), 0, |start, end, _, place| match &text[start..end] {
        "id" => id = place,
        "isBot" => bot = place,
        _ => {}
    })
    .map_err(|_| RowFault::new(row::WRONG_TYPE, "key `author` of the message is not an object"))?;
    let bot = match bot {
        Place::Bool(bot) => Some(bot),
        Place::Absent | Place::Null => None,
        other => {
            let message = format!("key `isBot` of the author holds {}", other.kind());
            return Err(RowFault::new(row::WRONG_TYPE, message));
        }
    };
    Ok((word(text, id), bot))
}

fn reference_of(text: &str) -> Option<Cow<'_, str>> {
    let mut id = Place::Absent;
    object(text.as_bytes(), 0, |start, end, _, place| {
        if &text[start..end] == "messageId" {
            id = place;
        }
    })
    .ok()?;
    word(text, id)
}
