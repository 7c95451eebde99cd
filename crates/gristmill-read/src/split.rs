//! Splits: self-contained pieces of an input, cut from the input alone.

use serde::{Deserialize, Serialize};

/// A piece of one file. What `start` and `end` count depends on the format: bytes of the file for text formats,
/// row groups for Parquet, record batches for Arrow files. A compressed file is one split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// First unit.
    pub start: u64,
    /// One past the last unit.
    pub end: u64,
    /// Bytes of the file it stands for.
    pub bytes: u64,
    /// Parquet and Arrow: number of the first row in the file.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub first_row: u64,
    /// Lines end with CR alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cr: bool,
    /// JSON and Discord: the array ends in this split. One that does not start at 0 starts after a comma.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
    /// CSV: the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<CsvHead>,
    /// Discord: the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discord: Option<DiscordHead>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference to this test")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// The header of a CSV file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvHead {
    /// Names of the columns, in order.
    pub columns: Vec<String>,
    /// Field separator.
    pub delimiter: char,
    /// Address of the first record after the header.
    pub data: u64,
}

/// The head of a Discord export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscordHead {
    /// Id of the guild.
    pub guild_id: Option<String>,
    /// Id of the channel.
    pub channel_id: Option<String>,
    /// Name of the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_name: Option<String>,
    /// Kind of the channel, e.g. `GuildTextChat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_kind: Option<String>,
    /// The channel a thread hangs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_channel_id: Option<String>,
}
