//! What the store gives back, and what it is asked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a batch did; see `ts/store/store.ts`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// Messages not seen before.
    pub inserted: u64,
    /// Messages that changed.
    pub updated: u64,
    /// Messages that were deleted.
    pub deleted: u64,
    /// Nothing new.
    pub ignored: u64,
    /// Erased because their author opted out.
    pub erased: u64,
    /// Whether the key was known.
    pub replayed: bool,
}

/// Exact figures of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Live messages.
    pub messages: u64,
    /// Deleted ones.
    pub deleted: u64,
    /// Erased ones.
    pub erased: u64,
    /// Edits without their message.
    pub waiting: u64,
    /// Channels and threads known by name.
    pub channels: u64,
    /// Authors who opted out.
    pub opted_out: u64,
    /// Cursors.
    pub cursors: u64,
    /// Keys remembered.
    pub keys: u64,
}

/// One page of live messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page {
    /// Of this channel only.
    pub channel: Option<i64>,
    /// After this id.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A channel at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelState {
    /// Its id; empty for messages without one.
    pub channel_id: String,
    /// Live messages.
    pub messages: u64,
    /// Bytes of their content.
    pub bytes: u64,
    /// Differs from every earlier one once a message was added, changed, deleted or erased.
    pub state: String,
}

/// Which messages to write.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Of these channels, `None` in it for messages without one; absent: all, in order of ids.
    pub channels: Option<BTreeSet<Option<i64>>>,
    /// Leave out bots and messages without text.
    pub spoken: bool,
}
