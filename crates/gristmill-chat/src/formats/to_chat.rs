//! Brings dialogues into the format that a trainer or a provider reads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, options_from};
use serde::Deserialize;

use super::calendar_date::CalendarDate;
use super::column::{DialogueColumn, Texts};
use super::dialogue::{Message, Refusal, Role, RoleWords, Tags};
use super::failure::FormatFailure;
use super::made::Keep;
use super::message_json::MessageRules;
use super::rules::Rules;
use super::target::{Format, Style, Target};
use super::template::{ChatTemplate, TemplateOptions, Unrendered};
use crate::rows::{schema_after, text_column};

/// The step `to_chat`.
pub const DEF: MapDef = MapDef {
    kind: "to_chat",
    build: |options, _| Ok(Box::new(ToChat::new(options_from("to_chat", options)?)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column of the dialogues.
    #[serde(default = "text_column")]
    column: String,
    format: Format,
    /// System prompt of dialogues that have none.
    #[serde(default)]
    system: Option<String>,
    /// Column with such prompts.
    #[serde(default)]
    system_column: Option<String>,
    /// Words for the roles in the output.
    #[serde(default)]
    roles: BTreeMap<String, String>,
    /// Mend dialogues that break the rules of the format.
    #[serde(default)]
    repair: Repair,
    #[serde(default)]
    train: Train,
    /// Columns that stay beside the new ones.
    #[serde(default)]
    keep: Option<Vec<String>>,
    /// Keys of a message that may be lost.
    #[serde(default)]
    ignore: Vec<String>,
    #[serde(default = "yes")]
    end_of_text: bool,
    #[serde(default)]
    special_tokens: Vec<String>,
    #[serde(default)]
    template: Option<PathBuf>,
    #[serde(default = "default_name")]
    template_name: String,
    #[serde(default)]
    bos_token: Option<String>,
    #[serde(default)]
    eos_token: Option<String>,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    add_generation_prompt: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Repair {
    /// For formats with rules.
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Train {
    /// All answers.
    #[default]
    All,
    /// The last one; the others get the weight 0.
    Last,
}

const fn yes() -> bool {
    true
}

fn default_name() -> String {
    "default".to_owned()
}

struct ToChat {
    column: String,
    system: Option<String>,
    system_column: Option<String>,
    reading: MessageRules,
    rules: Option<Rules>,
    tags: Tags,
    style: Style,
    keep: Keep,
}

impl ToChat {
    fn new(options: Options) -> Result<Self, Failure> {
        let format = options.format;
        let unfitting = |option| FormatFailure::Unfitting { option, format: format.word() };
        let words = words(&options).map_err(Failure::from)?;
        if options.train == Train::Last && !format.is_provider() {
            return Err(unfitting("train").into());
        }
        let template = template(&options)?;
        let mut tokens = options.special_tokens;
        tokens.extend(template.iter().flat_map(|template| template.special.iter().cloned()));
        let mut gone = vec![options.column.clone()];
        gone.extend(options.system_column.clone());
        let checked = format.takes_turns() || options.repair == Repair::Always;
        let rules =
            checked.then(|| Rules { repair: options.repair != Repair::Never, filled: format.is_provider() });
        Ok(Self {
            column: options.column,
            system: options.system,
            system_column: options.system_column,
            reading: MessageRules { words: RoleWords::with([])?, ignore: options.ignore },
            rules,
            tags: Tags::with(tokens)?,
            style: Style {
                format,
                words,
                end_of_text: options.end_of_text,
                last_only: options.train == Train::Last,
                template,
            },
            keep: Keep { names: options.keep.or_else(|| format.is_provider().then(Vec::new)), gone },
        })
    }

    fn dialogue<'a>(
        &'a self,
        column: &'a DialogueColumn,
        system: Option<&'a Texts>,
        row: usize,
        changed: &mut BTreeMap<String, u64>,
    ) -> Result<Vec<Message<'a>>, Refusal> {
        let mut messages = column.read(row, &self.reading)?;
        let prompt = system.and_then(|texts| texts.get(row)).or(self.system.as_deref());
        if let Some(prompt) = prompt
            && !prompt.is_empty()
            && !messages.iter().any(|m| m.role == Role::System)
        {
            messages.insert(0, Message { role: Role::System, content: prompt.into() });
        }
        // Joining turns may put together a tag whose halves stood apart, so the check comes last.
        if let Some(rules) = &self.rules {
            rules.apply(&mut messages, changed)?;
        }
        self.tags.check(&messages)?;
        Ok(messages)
    }
}

/// The words of the roles in the output.
fn words(options: &Options) -> Result<[String; 4], FormatFailure> {
    let format = options.format;
    let unfitting = FormatFailure::Unfitting { option: "roles", format: format.word() };
    let fixed = format.is_provider() || format == Format::Alpaca;
    if fixed && !options.roles.is_empty() {
        return Err(unfitting);
    }
    let mut words = Role::ALL
        .map(|role| if format == Format::Sharegpt { role.sharegpt_word() } else { role.word() }.to_owned());
    for (role, word) in &options.roles {
        let known = Role::of_word(role).ok_or_else(|| FormatFailure::UnknownRole { role: role.clone() })?;
        let plain =
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if format == Format::Chatml && !plain {
            return Err(FormatFailure::UnknownRole { role: word.clone() });
        }
        words[known as usize].clone_from(word);
    }
    Ok(words)
}

fn template(options: &Options) -> Result<Option<ChatTemplate>, FormatFailure> {
    let format = options.format;
    let date = match &options.date {
        None => None,
        Some(text) => {
            Some(CalendarDate::parse(text).ok_or_else(|| FormatFailure::BadDate { date: text.clone() })?)
        }
    };
    match (&options.template, format) {
        (None, Format::Template) => Err(FormatFailure::NoTemplate),
        (None, _) => Ok(None),
        (Some(path), Format::Template) => {
            let tokens = [("bos_token", &options.bos_token), ("eos_token", &options.eos_token)];
            let tokens = tokens.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?)));
            ChatTemplate::load(TemplateOptions {
                path,
                name: &options.template_name,
                tokens: tokens.collect(),
                date,
                add_generation_prompt: options.add_generation_prompt,
            })
            .map(Some)
        }
        (Some(_), _) => Err(FormatFailure::Unfitting { option: "template", format: format.word() }),
    }
}

impl MapStep for ToChat {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        schema_after(self, input)
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let column = DialogueColumn::open(&self.column, batch.column(&self.column)?)?;
        let system = match &self.system_column {
            None => None,
            Some(name) => Some(text_of(batch, name)?),
        };
        let mut target = Target::of(&self.style);
        for row in 0..batch.len() {
            if !batch.is_alive(row) {
                continue;
            }
            match self.dialogue(&column, system.as_ref(), row, &mut trace.counts.changed) {
                Err(Refusal { reason, rule }) => {
                    batch.drop_row(row, trace, reason, &rule, None, column.excerpt(row));
                }
                Ok(messages) => match target.push(&self.style, &messages) {
                    Ok(()) => {}
                    Err(Unrendered::Refused(why)) => {
                        batch.drop_row(row, trace, "template_refused", &why, None, column.excerpt(row));
                    }
                    Err(Unrendered::Failed(why)) => {
                        batch.quarantine_row(row, trace, "GM_CHAT_TEMPLATE_FAILED", &why);
                    }
                },
            }
        }
        self.keep.apply(batch, &target.finish()?)
    }
}

/// A text column in any layout.
pub(crate) fn text_of(batch: &Batch, name: &str) -> Result<Texts, Failure> {
    let array = batch.column(name)?;
    Texts::open(array).ok_or_else(|| {
        let found = arrow_array::Array::data_type(array).to_string();
        FormatFailure::WrongType { column: name.to_owned(), found, wanted: "text" }.into()
    })
}
