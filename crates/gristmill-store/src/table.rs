//! Tables of messages, as readers give them, as batches.

use arrow_array::RecordBatch;
use gristmill_core::{Failure, epoch_milliseconds};

use crate::api_rows;
use crate::batch::{Batch, Channel, clean};
use crate::delta::{Delta, State};
use crate::failure::StoreFailure;
use crate::gathered::{Column, Gathered, Refused};
use crate::id;

/// Columns that are read, those of the message table first.
pub struct TableColumns;

impl TableColumns {
    /// The eight columns of the message table, and what exports know besides.
    pub const ALL: [&'static str; 12] = [
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
}

/// Rows as a batch, and how many could not be taken, by reason. The rows are those of a message table or of Discord's
/// REST interface; `guild` stands for guilds that are not told.
///
/// # Errors
/// `GM_STORE_NO_COLUMN` when the table has no message ids.
pub fn batch_of_table(rows: &RecordBatch, guild: Option<&str>) -> Result<(Batch, Refused), Failure> {
    let mut gathered = Gathered::default();
    if api_rows::are_here(rows) {
        api_rows::gather(rows, &mut gathered);
    } else {
        gather(rows, &mut gathered)?;
    }
    let Gathered { mut deltas, mut channels, refused } = gathered;
    if let Some(guild) = guild.and_then(id::parse) {
        for delta in deltas.iter_mut().filter(|delta| delta.guild.is_none()) {
            delta.guild = Some(guild);
        }
        for channel in channels.values_mut().filter(|channel| channel.guild.is_none()) {
            channel.guild = Some(guild);
        }
    }
    channels.retain(|_, known| known.parent.is_some() || known.name.is_some() || known.kind.is_some());
    Ok((Batch::of_deltas(deltas, channels), refused))
}

fn gather(rows: &RecordBatch, gathered: &mut Gathered) -> Result<(), StoreFailure> {
    let columns = TableColumns::ALL.map(|name| Column::of(rows, name));
    for (at, name) in [(0, "message_id"), (6, "content")] {
        if !columns[at].is_here() {
            let schema = rows.schema();
            let present: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            return Err(StoreFailure::NoColumn { column: name, present: present.join(", ") });
        }
    }
    let mut buffer = String::new();
    for row in 0..rows.num_rows() {
        match delta(&columns, row, &mut buffer) {
            Ok(delta) => {
                if let Some(channel) = delta.channel {
                    let known = gathered.channels.entry(channel).or_default();
                    note_channel(&columns, row, &mut buffer, &delta, known);
                }
                gathered.deltas.push(delta);
            }
            Err(reason) => *gathered.refused.entry(reason).or_default() += 1,
        }
    }
    Ok(())
}

type Columns<'a> = [Column<'a>; 12];

fn delta(columns: &Columns<'_>, row: usize, buffer: &mut String) -> Result<Delta, &'static str> {
    let message_id = columns[0].id(row, buffer, "message_id is no id")?.ok_or("message_id is missing")?;
    let mut delta = Delta::new(message_id, State::Live);
    delta.reference = columns[1].id(row, buffer, "message_reference_message_id is no id")?;
    delta.guild = columns[2].id(row, buffer, "guild_id is no id")?;
    delta.channel = columns[3].id(row, buffer, "channel_id is no id")?;
    delta.author = columns[4].id(row, buffer, "author_id is no id")?;
    delta.bot = match columns[5].filled(row, buffer) {
        None => None,
        Some("true" | "t" | "True" | "TRUE" | "1") => Some(true),
        Some("false" | "f" | "False" | "FALSE" | "0") => Some(false),
        Some(_) => return Err("author_bot is neither true nor false"),
    };
    delta.timestamp = match columns[7].filled(row, buffer) {
        Some(text) => Some(epoch_milliseconds(text).ok_or("timestamp is no time")?),
        None => Some(id::time(message_id)),
    };
    delta.edited = match columns[8].filled(row, buffer) {
        Some(text) => Some(epoch_milliseconds(text).ok_or("edited is no time")?),
        None => None,
    };
    delta.content = columns[6].get(row, buffer).map(|()| clean(buffer.as_str().into()));
    Ok(delta)
}

fn note_channel(columns: &Columns<'_>, row: usize, buffer: &mut String, delta: &Delta, known: &mut Channel) {
    // A parent that is no id is no parent; the message itself is sound.
    let parent = columns[9].filled(row, buffer).and_then(id::parse);
    let name = columns[10].filled(row, buffer).map(|text| clean(text.into()).into_string());
    let kind = columns[11].filled(row, buffer).map(|text| clean(text.into()).into_string());
    known.join(Channel { guild: delta.guild, parent, seen: None, name, kind });
}
