//! Keeps the messages that a person wrote and that say something, and strips them of chat markup, so that dialogues
//! are built from words.
//!
//! Rows without a guild pass: they still compete with their duplicates, which are decided on the kept rows.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, StringArray};
use arrow_schema::{DataType, SchemaRef};
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, epoch_milliseconds, options_from};
use serde::Deserialize;

use crate::lexeme::has_lexeme;
use crate::markup::{Cleaned, clean};
use crate::rows::{Mode, cell, is_nullable, schema_after};
use crate::snowflake::is_id;

/// The step `filter_messages`.
pub const DEF: MapDef = MapDef {
    kind: "filter_messages",
    build: |options, _| Ok(Box::new(options_from::<FilterMessages>("filter_messages", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterMessages {
    /// Which rule preset to follow.
    #[serde(default)]
    mode: Mode,
}

/// The author's kind as the sources write it: a boolean or a word; absent or empty means a person.
enum Bots<'a> {
    Absent,
    Flags(&'a BooleanArray),
    Words(&'a StringArray),
}

impl<'a> Bots<'a> {
    fn of(batch: &'a Batch) -> Result<Self, Failure> {
        match batch.find("author_bot") {
            None => Ok(Self::Absent),
            Some(at) if *batch.columns().column(at).data_type() == DataType::Boolean => {
                Ok(Self::Flags(batch.columns().column(at).as_boolean()))
            }
            Some(_) => Ok(Self::Words(batch.text("author_bot")?)),
        }
    }

    fn is_bot(&self, row: usize) -> bool {
        match self {
            Self::Absent => false,
            Self::Flags(flags) => flags.is_valid(row) && flags.value(row),
            Self::Words(words) => {
                let word = cell(words, row).trim();
                ["true", "t", "1", "yes", "y", "on"].iter().any(|yes| word.eq_ignore_ascii_case(yes))
            }
        }
    }
}

/// What becomes of a row.
enum Verdict {
    Keep,
    Drop(&'static str),
    Quarantine(&'static str, String),
}

impl MapStep for FilterMessages {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let (content, verdicts, changed) = self.work(batch)?;
        let nullable = is_nullable(batch, "content");
        let raw = Arc::clone(batch.column("content")?);
        for (row, verdict) in verdicts {
            match verdict {
                Verdict::Keep => {}
                Verdict::Drop(reason) => {
                    let text = cell(raw.as_string::<i32>(), row);
                    batch.drop_row(row, trace, reason, "", None, text);
                }
                Verdict::Quarantine(code, message) => batch.quarantine_row(row, trace, code, &message),
            }
        }
        if let Some(content) = content {
            batch.set_column("content", content, nullable)?;
        }
        for _ in 0..changed {
            trace.changed("markup");
        }
        batch.drop_column("author_bot")?;
        Ok(())
    }
}

impl FilterMessages {
    /// The cleaned column (`None` if nothing changed), the rows that do not stay, and how many texts changed.
    #[expect(clippy::type_complexity, reason = "the three results of one pass, taken apart at once")]
    fn work(&self, batch: &Batch) -> Result<(Option<ArrayRef>, Vec<(usize, Verdict)>, u64), Failure> {
        let contents = batch.text("content")?;
        let ids = batch.text("message_id")?;
        let times = batch.find("timestamp").map(|_| batch.text("timestamp")).transpose()?;
        let bots = Bots::of(batch)?;
        let mut scratch = String::new();
        let mut built: Option<StringBuilder> = None;
        let mut verdicts = Vec::new();
        let mut changed = 0;
        for row in 0..batch.len() {
            let text = cell(contents, row);
            let mut result = None;
            if batch.is_alive(row) {
                let verdict =
                    check(cell(ids, row), times.map_or("", |t| cell(t, row)), bots.is_bot(row), text);
                let verdict = match verdict {
                    Verdict::Keep => match clean(text, self.mode, &mut scratch) {
                        Cleaned::Command => Verdict::Drop("command"),
                        Cleaned::Same if is_spaces(text) => Verdict::Drop("blank"),
                        Cleaned::Same => Verdict::Keep,
                        Cleaned::Changed if is_spaces(&scratch) => Verdict::Drop("blank"),
                        Cleaned::Changed => {
                            result = Some(scratch.as_str());
                            Verdict::Keep
                        }
                    },
                    other => other,
                };
                if !matches!(verdict, Verdict::Keep) {
                    verdicts.push((row, verdict));
                }
            }
            if result.is_some() {
                changed += 1;
                if built.is_none() {
                    built = Some(copy_of(contents, row));
                }
            }
            if let Some(builder) = &mut built {
                if result.is_none() && contents.is_null(row) {
                    builder.append_null();
                } else {
                    builder.append_value(result.unwrap_or(text));
                }
            }
        }
        Ok((built.map(|mut builder| Arc::new(builder.finish()) as ArrayRef), verdicts, changed))
    }
}

/// A builder that holds the first `rows` values of a column and has room for all.
fn copy_of(column: &StringArray, rows: usize) -> StringBuilder {
    let mut builder = StringBuilder::with_capacity(column.len(), column.value_data().len());
    for row in 0..rows {
        if column.is_null(row) {
            builder.append_null();
        } else {
            builder.append_value(column.value(row));
        }
    }
    builder
}

fn check(id: &str, time: &str, bot: bool, text: &str) -> Verdict {
    if !is_id(id) {
        return Verdict::Quarantine("GM_CHAT_BAD_ID", format!("message_id {:?} is not a number", short(id)));
    }
    if !time.is_empty() && epoch_milliseconds(time).is_none() {
        return Verdict::Quarantine("GM_CHAT_BAD_TIME", format!("timestamp {:?} is not a time", short(time)));
    }
    if bot {
        Verdict::Drop("bot")
    } else if text.is_empty() {
        Verdict::Drop("empty")
    } else if has_lexeme(text) {
        Verdict::Keep
    } else {
        Verdict::Drop("no_words")
    }
}

/// The original trims spaces only, so a message of line ends alone stays.
fn is_spaces(text: &str) -> bool {
    text.bytes().all(|b| b == b' ')
}

fn short(text: &str) -> String {
    gristmill_core::excerpt(text)
}
