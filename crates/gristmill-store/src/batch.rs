//! A list of events, checked and folded to one delta a message.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use gristmill_core::{Failure, epoch_milliseconds, hash128};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::delta::{Delta, State, least};
use crate::event::Event;
use crate::failure::StoreFailure;
use crate::id;

/// How far the time of a message may be from the time in its id, in ms.
const TIME_SLACK: u64 = 1_000;

/// Why an event cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// What is wrong.
    pub message: String,
}

/// A channel or thread as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// Its guild.
    pub guild: Option<i64>,
    /// What a thread hangs on.
    pub parent: Option<i64>,
    /// When it had this name and kind, ms since 1970.
    pub seen: Option<i64>,
    /// Its name.
    pub name: Option<String>,
    /// Its kind.
    pub kind: Option<String>,
}

impl Channel {
    /// Joins what else is known: the name and kind seen last stay, both from one moment.
    pub fn join(&mut self, other: Self) {
        least(&mut self.guild, other.guild);
        least(&mut self.parent, other.parent);
        if (other.seen, &other.name, &other.kind) > (self.seen, &self.name, &self.kind) {
            (self.seen, self.name, self.kind) = (other.seen, other.name, other.kind);
        }
    }
}

/// An author opted out, or in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who.
    pub author: i64,
    /// When, ms since 1970.
    pub at: i64,
    /// Out, else in.
    pub out: bool,
}

/// Events ready to be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// One a message, by id.
    pub deltas: Vec<Delta>,
    /// One a channel, by id.
    pub channels: BTreeMap<i64, Channel>,
    /// In the order of the events.
    pub consents: Vec<Consent>,
    /// The last word on each cursor.
    pub cursors: BTreeMap<String, Option<String>>,
    /// Message and edit events, and ids in delete events.
    pub events: u64,
    /// Hash of what came in.
    pub digest: u128,
}

impl Batch {
    /// Reads a JSON list of events.
    ///
    /// # Errors
    /// `GM_STORE_BAD_EVENT` for the first event that cannot be taken.
    pub fn of_json(bytes: &[u8]) -> Result<Self, Failure> {
        let mut fold = Fold::default();
        for (index, event) in list(bytes)?.into_iter().enumerate() {
            fold.take(event.get()).map_err(|why| StoreFailure::BadEvent { index, why })?;
        }
        Ok(fold.finish(hash128(bytes)))
    }

    /// Every event of a list that cannot be taken.
    ///
    /// # Errors
    /// `GM_STORE_BAD_EVENT` when it is no list.
    pub fn problems(bytes: &[u8]) -> Result<Vec<Problem>, Failure> {
        let mut fold = Fold::default();
        let problem = |(index, event): (usize, &RawValue)| {
            fold.take(event.get()).err().map(|message| Problem { index, message })
        };
        Ok(list(bytes)?.into_iter().enumerate().filter_map(problem).collect())
    }

    /// Gathers deltas that were not made from events.
    pub(crate) fn of_deltas(
        deltas: impl IntoIterator<Item = Delta>,
        channels: BTreeMap<i64, Channel>,
    ) -> Self {
        let mut fold = Fold { channels, ..Fold::default() };
        for delta in deltas {
            fold.add(delta);
        }
        fold.finish(0)
    }
}

fn list(bytes: &[u8]) -> Result<Vec<&RawValue>, StoreFailure> {
    serde_json::from_slice(bytes).map_err(|error| StoreFailure::BadBatch { why: error.to_string() })
}

#[derive(Default)]
struct Fold {
    deltas: HashMap<i64, Delta>,
    channels: BTreeMap<i64, Channel>,
    consents: Vec<Consent>,
    cursors: BTreeMap<String, Option<String>>,
    events: u64,
}

impl Fold {
    fn take(&mut self, json: &str) -> Result<(), String> {
        match serde_json::from_str(json).map_err(|error| error.to_string())? {
            Event::Message {
                message_id,
                message_reference_message_id,
                guild_id,
                channel_id,
                author_id,
                author_bot,
                content,
                timestamp,
                edited,
                parent_channel_id,
            } => {
                let made = id::time(message_id.0);
                let said = timestamp.as_deref().map(|text| time("timestamp", text)).transpose()?;
                if said.is_some_and(|said| said.abs_diff(made) > TIME_SLACK) {
                    return Err("`timestamp` is not the time in `message_id`".into());
                }
                let edited = edited.as_deref().map(|text| time("edited", text)).transpose()?;
                if let Some(parent) = parent_channel_id {
                    let known = Channel {
                        guild: guild_id.map(|id| id.0),
                        parent: Some(parent.0),
                        ..Channel::default()
                    };
                    self.channels.entry(channel_id.0).or_default().join(known);
                }
                self.add(Delta {
                    guild: guild_id.map(|id| id.0),
                    channel: Some(channel_id.0),
                    reference: message_reference_message_id.map(|id| id.0),
                    author: author_id.map(|id| id.0),
                    bot: author_bot,
                    timestamp: Some(said.unwrap_or(made)),
                    edited,
                    content: content.map(clean),
                    ..Delta::new(message_id.0, State::Live)
                });
            }
            Event::Edit { message_id, channel_id, guild_id, author_id, content, edited } => {
                let edited = time("edited", &edited)?;
                self.add(Delta {
                    guild: guild_id.map(|id| id.0),
                    channel: channel_id.map(|id| id.0),
                    author: author_id.map(|id| id.0),
                    edited: Some(edited),
                    content: Some(clean(content)),
                    ..Delta::new(message_id.0, State::Waiting)
                });
            }
            Event::Delete { message_ids, channel_id, guild_id } => {
                for message_id in message_ids {
                    self.add(Delta {
                        guild: guild_id.map(|id| id.0),
                        channel: channel_id.map(|id| id.0),
                        ..Delta::new(message_id.0, State::Deleted)
                    });
                }
            }
            Event::Channel { channel_id, guild_id, parent_channel_id, name, kind, seen } => {
                let seen = seen.as_deref().map(|text| time("seen", text)).transpose()?;
                self.channels.entry(channel_id.0).or_default().join(Channel {
                    guild: guild_id.map(|id| id.0),
                    parent: parent_channel_id.map(|id| id.0),
                    seen,
                    name: name.map(|text| clean(text).into_string()),
                    kind: kind.map(|text| clean(text).into_string()),
                });
            }
            Event::OptOut { author_id, at } => {
                self.consents.push(Consent { author: author_id.0, at: time("at", &at)?, out: true });
            }
            Event::OptIn { author_id, at } => {
                self.consents.push(Consent { author: author_id.0, at: time("at", &at)?, out: false });
            }
            Event::Cursor { name, value } => {
                self.cursors.insert(clean(name).into_string(), value.map(|text| clean(text).into_string()));
            }
        }
        Ok(())
    }

    fn add(&mut self, delta: Delta) {
        self.events += 1;
        match self.deltas.entry(delta.id) {
            std::collections::hash_map::Entry::Occupied(mut known) => known.get_mut().join(delta),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(delta);
            }
        }
    }

    fn finish(self, digest: u128) -> Batch {
        let Self { deltas, channels, consents, cursors, events } = self;
        let mut deltas: Vec<Delta> = deltas.into_values().collect();
        deltas.sort_unstable_by_key(|delta| delta.id);
        Batch { deltas, channels, consents, cursors, events, digest }
    }
}

fn time(field: &str, text: &str) -> Result<i64, String> {
    epoch_milliseconds(text).ok_or_else(|| format!("`{field}` is not an ISO 8601 time"))
}

/// Postgres cannot hold NUL characters, and both stores must hold the same.
pub(crate) fn clean(text: Cow<'_, str>) -> Box<str> {
    if memchr::memchr(0, text.as_bytes()).is_none() {
        return text.into();
    }
    text.replace('\0', "\u{fffd}").into_boxed_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_judged_alone() {
        let batch = r#"[
            {"event":"message","message_id":"115806830592000000","guild_id":"1","channel_id":"2","author_id":"3",
             "author_bot":false,"content":"a\u0000b"},
            {"event":"message","message_id":"115806830592000000","guild_id":"1","channel_id":"2","author_id":"3",
             "author_bot":false,"content":"hi","timestamp":"2015-11-16T13:35:02Z"},
            {"event":"message","message_id":115806830592000000},
            {"event":"shout"},
            {"event":"delete","message_ids":["7","8"]},
            {"event":"opt_out","author_id":"3","at":"soon"},
            {"event":"cursor","name":"a","value":null,"colour":"red"},
            5
        ]"#;
        let problems = Batch::problems(batch.as_bytes()).unwrap();
        assert_eq!(problems.iter().map(|p| p.index).collect::<Vec<_>>(), [1, 2, 3, 5, 6, 7]);
        assert_eq!(problems[0].message, "`timestamp` is not the time in `message_id`");
        assert_eq!(Batch::of_json(batch.as_bytes()).unwrap_err().code(), "GM_STORE_BAD_EVENT");
        assert_eq!(Batch::of_json(b"{}").unwrap_err().code(), "GM_STORE_BAD_EVENT");
        assert_eq!(Batch::of_json(b"[").unwrap_err().code(), "GM_STORE_BAD_EVENT");
    }

    #[test]
    fn events_of_one_message_become_one_delta() {
        let batch = Batch::of_json(
            br#"[
            {"event":"edit","message_id":"115806830592000000","content":"later","edited":"2020-01-02T00:00:00Z"},
            {"event":"edit","message_id":"115806830592000000","content":"early","edited":"2020-01-01T00:00:00Z"},
            {"event":"message","message_id":"115806830592000000","guild_id":"1","channel_id":"2","author_id":"3",
             "author_bot":false,"content":"a\u0000b","parent_channel_id":"9"},
            {"event":"delete","message_ids":["7","8","7"]}
        ]"#,
        )
        .unwrap();
        assert_eq!(batch.events, 6);
        assert_eq!(batch.deltas.len(), 3);
        assert_eq!(batch.channels[&2].parent, Some(9));
        let message = &batch.deltas[2];
        assert_eq!((message.state, message.content.as_deref()), (State::Live, Some("later")));
        assert_eq!(message.timestamp, Some(1_447_680_900_000));
    }
}
