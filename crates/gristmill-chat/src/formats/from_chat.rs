//! Reads dialogues of any known chat format and writes them as `ChatML` text, which all other steps work on.

use std::collections::BTreeMap;

use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from, ordinary_fields};
use serde::Deserialize;

use super::alpaca_columns::{self, AlpacaColumns};
use super::chatml_text;
use super::column::DialogueColumn;
use super::dialogue::{Message, Refusal, Role, RoleWords, Tags};
use super::failure::FormatFailure;
use super::made::{Keep, Made};
use super::message_json::MessageRules;
use crate::rows::schema_after;

/// The step `from_chat`.
pub const DEF: MapDef = MapDef {
    kind: "from_chat",
    build: |options, _| Ok(Box::new(FromChat::new(options_from("from_chat", options)?)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    format: Source,
    /// Column of the dialogues, where it is not the usual one.
    #[serde(default)]
    column: Option<String>,
    /// Further words for roles.
    #[serde(default)]
    roles: BTreeMap<String, String>,
    /// Keys of a message that may be lost.
    #[serde(default)]
    ignore: Vec<String>,
    /// Columns that stay beside the new ones.
    #[serde(default)]
    keep: Option<Vec<String>>,
    #[serde(default = "yes")]
    end_of_text: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    /// By the columns that are there.
    #[default]
    Auto,
    Chatml,
    Messages,
    Openai,
    Together,
    Sharegpt,
    Alpaca,
}

const fn yes() -> bool {
    true
}

struct FromChat {
    format: Source,
    column: Option<String>,
    reading: MessageRules,
    tags: Tags,
    keep: Option<Vec<String>>,
    end_of_text: bool,
}

/// Where the dialogues of a batch are.
enum Dialogues {
    Column(String, DialogueColumn),
    Alpaca(Box<AlpacaColumns>),
}

impl FromChat {
    fn new(options: Options) -> Result<Self, Failure> {
        if options.format == Source::Alpaca && options.column.is_some() {
            return Err(FormatFailure::Unfitting { option: "column", format: "alpaca" }.into());
        }
        Ok(Self {
            format: options.format,
            column: options.column,
            reading: MessageRules { words: RoleWords::with(&options.roles)?, ignore: options.ignore },
            tags: Tags::with([])?,
            keep: options.keep,
            end_of_text: options.end_of_text,
        })
    }

    /// Format and column follow from the names of the columns where the options leave them open.
    fn open(&self, batch: &Batch) -> Result<Dialogues, Failure> {
        let usual = match self.format {
            Source::Alpaca => return Ok(Dialogues::Alpaca(Box::new(AlpacaColumns::open(batch)?))),
            Source::Chatml => Some("text"),
            Source::Messages | Source::Openai | Source::Together => Some("messages"),
            Source::Sharegpt => Some("conversations"),
            Source::Auto => ["messages", "conversations"].into_iter().find(|name| batch.find(name).is_some()),
        };
        let auto = self.format == Source::Auto && self.column.is_none() && usual.is_none();
        if auto && ["instruction", "output"].iter().all(|name| batch.find(name).is_some()) {
            return Ok(Dialogues::Alpaca(Box::new(AlpacaColumns::open(batch)?)));
        }
        let text = batch.find("text").map(|_| "text");
        let Some(name) = self.column.as_deref().or(usual).or(text) else {
            let schema = batch.schema();
            let present: Vec<&str> =
                ordinary_fields(&schema).map(|(_, field)| field.name().as_str()).collect();
            return Err(FormatFailure::NoFormat { present: present.join(", ") }.into());
        };
        Ok(Dialogues::Column(name.to_owned(), DialogueColumn::open(name, batch.column(name)?)?))
    }
}

impl Dialogues {
    fn read(&self, row: usize, rules: &MessageRules) -> Result<Vec<Message<'_>>, Refusal> {
        match self {
            Self::Column(_, column) => column.read(row, rules),
            Self::Alpaca(columns) => columns.read(row),
        }
    }

    fn excerpt(&self, row: usize) -> &str {
        match self {
            Self::Column(_, column) => column.excerpt(row),
            Self::Alpaca(columns) => columns.excerpt(row),
        }
    }

    fn gone(&self) -> Vec<String> {
        match self {
            Self::Column(name, _) => vec![name.clone()],
            Self::Alpaca(_) => alpaca_columns::COLUMNS.map(str::to_owned).into(),
        }
    }
}

impl MapStep for FromChat {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let dialogues = self.open(batch)?;
        let mut texts = StringBuilder::new();
        let mut turns = Int64Builder::new();
        for row in 0..batch.len() {
            if !batch.is_alive(row) {
                continue;
            }
            let read = dialogues.read(row, &self.reading);
            match read.and_then(|messages| self.tags.check(&messages).map(|()| messages)) {
                Ok(messages) => {
                    let mut text = String::new();
                    chatml_text::write(&mut text, &messages, |m| m.role.word(), self.end_of_text);
                    texts.append_value(text);
                    let spoken = messages.iter().filter(|m| matches!(m.role, Role::User | Role::Assistant));
                    turns.append_value(spoken.count() as i64);
                }
                Err(Refusal { reason, rule }) => {
                    batch.drop_row(row, trace, reason, &rule, None, dialogues.excerpt(row));
                }
            }
        }
        let keep = Keep { names: self.keep.clone(), gone: dialogues.gone() };
        keep.apply(batch, &[Made::texts("text", texts, false), Made::ints("turns", turns)])
    }
}
