//! Tables of messages, as readers give them, as batches.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use gristmill_core::{Failure, epoch_milliseconds};

use crate::api_rows;
use crate::batch::{Batch, Channel, clean};
use crate::delta::{Delta, State};
use crate::failure::StoreFailure;
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

/// A value of a row, when it is there.
pub(crate) struct Column<'a>(Option<&'a dyn Array>);

impl<'a> Column<'a> {
    /// A column by its name.
    pub(crate) fn of(rows: &'a RecordBatch, name: &str) -> Self {
        Self(rows.column_by_name(name).map(AsRef::as_ref))
    }

    /// The value as text; an empty one counts as none, but for the content.
    pub(crate) fn get(&self, row: usize, buffer: &mut String) -> Option<()> {
        let array = self.0.filter(|array| array.is_valid(row))?;
        buffer.clear();
        match array.data_type() {
            DataType::Utf8 => buffer.push_str(array.as_string::<i32>().value(row)),
            DataType::LargeUtf8 => buffer.push_str(array.as_string::<i64>().value(row)),
            DataType::Int64 => {
                buffer.push_str(itoa::Buffer::new().format(array.as_primitive::<Int64Type>().value(row)));
            }
            DataType::UInt64 => {
                buffer.push_str(itoa::Buffer::new().format(array.as_primitive::<UInt64Type>().value(row)));
            }
            DataType::Boolean => {
                buffer.push_str(if array.as_boolean().value(row) { "true" } else { "false" });
            }
            _ => return None,
        }
        Some(())
    }
}

/// What is gathered from the rows of a table.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) deltas: Vec<Delta>,
    pub(crate) channels: BTreeMap<i64, Channel>,
    pub(crate) refused: Refused,
}

/// Rows that could not be taken, by reason.
pub type Refused = BTreeMap<&'static str, u64>;

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
        if columns[at].0.is_none() {
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
    let message_id =
        number(&columns[0], row, buffer, "message_id is no id")?.ok_or("message_id is missing")?;
    let mut delta = Delta::new(message_id, State::Live);
    delta.reference = number(&columns[1], row, buffer, "message_reference_message_id is no id")?;
    delta.guild = number(&columns[2], row, buffer, "guild_id is no id")?;
    delta.channel = number(&columns[3], row, buffer, "channel_id is no id")?;
    delta.author = number(&columns[4], row, buffer, "author_id is no id")?;
    delta.bot = match filled(&columns[5], row, buffer) {
        None => None,
        Some("true" | "t" | "True" | "TRUE" | "1") => Some(true),
        Some("false" | "f" | "False" | "FALSE" | "0") => Some(false),
        Some(_) => return Err("author_bot is neither true nor false"),
    };
    delta.timestamp = match filled(&columns[7], row, buffer) {
        Some(text) => Some(epoch_milliseconds(text).ok_or("timestamp is no time")?),
        None => Some(id::time(message_id)),
    };
    delta.edited = match filled(&columns[8], row, buffer) {
        Some(text) => Some(epoch_milliseconds(text).ok_or("edited is no time")?),
        None => None,
    };
    delta.content = columns[6].get(row, buffer).map(|()| clean(buffer.as_str().into()));
    Ok(delta)
}

fn note_channel(columns: &Columns<'_>, row: usize, buffer: &mut String, delta: &Delta, known: &mut Channel) {
    // A parent that is no id is no parent; the message itself is sound.
    let parent = filled(&columns[9], row, buffer).and_then(id::parse);
    let name = filled(&columns[10], row, buffer).map(|text| clean(text.into()).into_string());
    let kind = filled(&columns[11], row, buffer).map(|text| clean(text.into()).into_string());
    known.join(Channel { guild: delta.guild, parent, seen: None, name, kind });
}

pub(crate) fn filled<'b>(column: &Column<'_>, row: usize, buffer: &'b mut String) -> Option<&'b str> {
    column.get(row, buffer)?;
    (!buffer.is_empty()).then_some(buffer.as_str())
}

pub(crate) fn number(
    column: &Column<'_>,
    row: usize,
    buffer: &mut String,
    fault: &'static str,
) -> Result<Option<i64>, &'static str> {
    filled(column, row, buffer).map(|text| id::parse(text).ok_or(fault)).transpose()
}
