//! Events as they come in, one JSON object each.

use std::borrow::Cow;

use serde::Deserialize;

use crate::id::Id;

/// See `ts/store/events.ts`, which documents every field.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Event<'a> {
    Message {
        message_id: Id,
        #[serde(default)]
        message_reference_message_id: Option<Id>,
        guild_id: Option<Id>,
        channel_id: Id,
        author_id: Option<Id>,
        author_bot: Option<bool>,
        #[serde(borrow)]
        content: Option<Cow<'a, str>>,
        #[serde(default, borrow)]
        timestamp: Option<Cow<'a, str>>,
        #[serde(default, borrow)]
        edited: Option<Cow<'a, str>>,
        #[serde(default)]
        parent_channel_id: Option<Id>,
    },
    Edit {
        message_id: Id,
        #[serde(default)]
        channel_id: Option<Id>,
        #[serde(default)]
        guild_id: Option<Id>,
        #[serde(default)]
        author_id: Option<Id>,
        #[serde(borrow)]
        content: Cow<'a, str>,
        #[serde(borrow)]
        edited: Cow<'a, str>,
    },
    Delete {
        message_ids: Vec<Id>,
        #[serde(default)]
        channel_id: Option<Id>,
        #[serde(default)]
        guild_id: Option<Id>,
    },
    Channel {
        channel_id: Id,
        guild_id: Option<Id>,
        #[serde(default)]
        parent_channel_id: Option<Id>,
        #[serde(default, borrow)]
        name: Option<Cow<'a, str>>,
        #[serde(default, borrow)]
        kind: Option<Cow<'a, str>>,
        #[serde(default, borrow)]
        seen: Option<Cow<'a, str>>,
    },
    OptOut {
        author_id: Id,
        #[serde(borrow)]
        at: Cow<'a, str>,
    },
    OptIn {
        author_id: Id,
        #[serde(borrow)]
        at: Cow<'a, str>,
    },
    Cursor {
        #[serde(borrow)]
        name: Cow<'a, str>,
        #[serde(borrow)]
        value: Option<Cow<'a, str>>,
    },
}
