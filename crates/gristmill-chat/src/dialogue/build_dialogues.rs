//! Turns the messages of each reply tree into dialogues between two people, the shape that chat models learn from.
//!
//! A tree whose messages lie in several channels makes one row for each; `author_id` never leaves the step.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::{
    Batch, Failure, GroupDef, GroupStep, ID_COLUMN, Reject, RejectKind, StepTrace, excerpt, options_from,
};
use serde::Deserialize;

use super::paths::{Left, Paths, read};
use super::tree::{Forest, NONE};
use super::turns::{Said, write};
use crate::failure::ChatFailure;
use crate::rows::{Mode, cell, empty};
use crate::snowflake::compare;

/// The step `build_dialogues`.
pub const DEF: GroupDef = GroupDef {
    kind: "build_dialogues",
    build: |options, _| {
        let step: BuildDialogues = options_from("build_dialogues", options)?;
        if step.speakers < 2 {
            return Err(ChatFailure::TooFewSpeakers { found: step.speakers }.into());
        }
        if step.mode == Mode::Parity && (step.speakers != 2 || step.paths != Paths::Tree) {
            return Err(ChatFailure::ParityOptions.into());
        }
        Ok(Box::new(step))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuildDialogues {
    /// Which rule preset to follow.
    #[serde(default)]
    mode: Mode,
    /// How a reply tree becomes dialogues.
    #[serde(default)]
    paths: Paths,
    /// Most people in a dialogue; it is cut where one more speaks.
    #[serde(default = "two")]
    speakers: u32,
    /// Most messages that the paths of one tree may have in sum (`every_leaf` only).
    #[serde(default = "million")]
    max_path_messages: usize,
}

const fn two() -> u32 {
    2
}

const fn million() -> usize {
    1_000_000
}

impl GroupStep for BuildDialogues {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        Messages::of(&empty(input)?)?;
        Ok(output_schema())
    }

    fn run(&self, rows: &Batch, groups: &[usize], trace: &mut StepTrace) -> Result<Batch, Failure> {
        let messages = Messages::of(rows)?;
        let mut out = Output::default();
        for pair in groups.windows(2) {
            self.group(&messages, pair[0]..pair[1], &mut out, trace);
        }
        trace.counts.made += out.rows;
        out.finish()
    }
}

fn output_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![
        text(ID_COLUMN),
        text("id"),
        text("text"),
        text("guild_id"),
        text("channel_id"),
        Field::new("assistant_turns", DataType::Int64, false),
    ]))
}

/// The columns the step reads.
struct Messages<'a> {
    row_ids: &'a StringArray,
    ids: &'a StringArray,
    references: &'a StringArray,
    guilds: &'a StringArray,
    channels: &'a StringArray,
    authors: &'a StringArray,
    contents: &'a StringArray,
}

impl<'a> Messages<'a> {
    fn of(rows: &'a Batch) -> Result<Self, Failure> {
        Ok(Self {
            row_ids: rows.ids(),
            ids: rows.text("message_id")?,
            references: rows.text("message_reference_message_id")?,
            guilds: rows.text("guild_id")?,
            channels: rows.text("channel_id")?,
            authors: rows.text("author_id")?,
            contents: rows.text("content")?,
        })
    }
}

/// The rows being made.
#[derive(Default)]
struct Output {
    ids: StringBuilder,
    texts: StringBuilder,
    guilds: StringBuilder,
    channels: StringBuilder,
    assistant_turns: Int64Builder,
    rows: u64,
}

impl Output {
    fn finish(mut self) -> Result<Batch, Failure> {
        let ids: ArrayRef = Arc::new(self.ids.finish());
        let columns: Vec<ArrayRef> = vec![
            Arc::clone(&ids),
            ids,
            Arc::new(self.texts.finish()),
            Arc::new(self.guilds.finish()),
            Arc::new(self.channels.finish()),
            Arc::new(self.assistant_turns.finish()),
        ];
        let rows = RecordBatch::try_new(output_schema(), columns)
            .map_err(|source| ChatFailure::Columns { source })?;
        Batch::new(rows)
    }
}

/// What becomes of a message.
#[derive(Clone)]
enum Fate {
    Dropped(&'static str),
    Merged(Arc<str>),
}

impl BuildDialogues {
    fn group(&self, messages: &Messages<'_>, rows: Range<usize>, out: &mut Output, trace: &mut StepTrace) {
        let id = |row: usize| cell(messages.ids, row);
        let mut order: Vec<usize> = rows.clone().collect();
        if !order.is_sorted_by(|a, b| compare(id(*a), id(*b)).is_le()) {
            order.sort_by(|a, b| compare(id(*a), id(*b)));
        }
        let mut fates: HashMap<usize, Fate> = HashMap::with_capacity(order.len());
        let mut last = None;
        order.retain(|&row| {
            let first = last.replace(id(row)) != Some(id(row));
            if !first {
                fates.insert(row, Fate::Dropped("duplicate_id"));
            }
            first
        });
        let links: Vec<(&str, &str)> =
            order.iter().map(|&row| (id(row), cell(messages.references, row))).collect();
        let forest = Forest::new(&links);
        for (i, &row) in order.iter().enumerate() {
            if forest.depth[i] == NONE {
                fates.insert(row, Fate::Dropped("reply_cycle"));
            }
        }
        let authors = numbered(order.iter().map(|&row| cell(messages.authors, row)));
        let places =
            numbered(order.iter().map(|&row| (cell(messages.guilds, row), cell(messages.channels, row))));
        for &root in &forest.roots {
            if forest.children(root).is_empty() {
                fates.insert(order[root as usize], Fate::Dropped("unanswered"));
                continue;
            }
            let reading =
                read(&forest, root, &authors, self.paths, self.speakers as usize, self.max_path_messages);
            for (message, why) in reading.left {
                let reason = match why {
                    Left::OffPath => "off_path",
                    Left::Speaker => "third_speaker",
                    Left::Limit => "path_limit",
                };
                fates.insert(order[message as usize], Fate::Dropped(reason));
            }
            let mut rows_of_root = 0;
            for sequence in reading.sequences {
                let said: Vec<Said<'_>> = sequence
                    .iter()
                    .map(|&m| Said {
                        author: authors[m as usize],
                        place: places[m as usize],
                        content: cell(messages.contents, order[m as usize]),
                    })
                    .collect();
                let (made, left) = write(&said, self.mode);
                for i in left {
                    fates.entry(order[sequence[i] as usize]).or_insert(Fate::Dropped("not_two_speakers"));
                }
                for dialogue in made {
                    rows_of_root += 1;
                    let root_id = id(order[root as usize]);
                    let row_id: Arc<str> = match rows_of_root {
                        1 => root_id.into(),
                        n => format!("{root_id}-{n}").into(),
                    };
                    for &i in &dialogue.messages {
                        let fate = fates.entry(order[sequence[i] as usize]);
                        fate.and_modify(|fate| {
                            if matches!(fate, Fate::Dropped(_)) {
                                *fate = Fate::Merged(Arc::clone(&row_id));
                            }
                        })
                        .or_insert_with(|| Fate::Merged(Arc::clone(&row_id)));
                    }
                    let some_row = order[sequence[dialogue.messages[0]] as usize];
                    out.ids.append_value(&row_id);
                    out.texts.append_value(&dialogue.text);
                    out.guilds.append_value(cell(messages.guilds, some_row));
                    out.channels.append_value(cell(messages.channels, some_row));
                    out.assistant_turns.append_value(dialogue.assistant_turns);
                    out.rows += 1;
                }
            }
        }
        for row in rows {
            tell(messages, row, fates.get(&row), trace);
        }
    }
}

/// Numbers values by first appearance.
fn numbered<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> Vec<u32> {
    let mut known: HashMap<T, u32> = HashMap::new();
    values
        .map(|value| {
            let next = known.len() as u32;
            *known.entry(value).or_insert(next)
        })
        .collect()
}

fn tell(messages: &Messages<'_>, row: usize, fate: Option<&Fate>, trace: &mut StepTrace) {
    let (kind, reason, twin) = match fate {
        Some(Fate::Merged(twin)) => (RejectKind::Merged, "dialogue", &**twin),
        Some(Fate::Dropped(reason)) => (RejectKind::Dropped, *reason, ""),
        None => (RejectKind::Dropped, "unread", ""),
    };
    let text = if kind == RejectKind::Merged { "" } else { cell(messages.contents, row) };
    trace.reject(Reject {
        id: messages.row_ids.value(row).to_owned(),
        kind,
        reason: reason.to_owned(),
        rule: String::new(),
        twin: twin.to_owned(),
        span: None,
        excerpt: excerpt(text),
        after: String::new(),
    });
}
