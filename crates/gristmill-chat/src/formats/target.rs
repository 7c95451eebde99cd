//! The formats a dialogue can leave in, and their columns.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::StringBuilder;
use serde::Deserialize;

use super::chatml_text;
use super::dialogue::{Message, Role};
use super::failure::FormatFailure;
use super::made::{Made, PairLists};
use super::template::{ChatTemplate, Unrendered};

/// A format by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    Chatml,
    Messages,
    Sharegpt,
    Alpaca,
    Openai,
    Together,
    Template,
}

impl Format {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Chatml => "chatml",
            Self::Messages => "messages",
            Self::Sharegpt => "sharegpt",
            Self::Alpaca => "alpaca",
            Self::Openai => "openai",
            Self::Together => "together",
            Self::Template => "template",
        }
    }

    /// Files for a provider, which takes its own words and no other columns.
    pub(crate) const fn is_provider(self) -> bool {
        matches!(self, Self::Openai | Self::Together)
    }

    /// Whether turns must alternate and end with the assistant.
    pub(crate) const fn takes_turns(self) -> bool {
        self.is_provider() || matches!(self, Self::Alpaca)
    }
}

/// What writing a dialogue needs besides the dialogue.
pub(crate) struct Style {
    pub(crate) format: Format,
    /// The words of the roles, in the order of [`Role::ALL`].
    pub(crate) words: [String; 4],
    /// Close `ChatML` text with its tag.
    pub(crate) end_of_text: bool,
    /// Give all answers but the last the weight 0.
    pub(crate) last_only: bool,
    pub(crate) template: Option<ChatTemplate>,
}

impl Style {
    pub(crate) fn word(&self, role: Role) -> &str {
        &self.words[role as usize]
    }
}

/// The columns of a format under construction.
pub(crate) enum Target {
    Pairs { name: &'static str, lists: PairLists },
    Weighted(StringBuilder),
    Text(StringBuilder),
    Alpaca(Box<Alpaca>),
}

pub(crate) struct Alpaca {
    instruction: StringBuilder,
    input: StringBuilder,
    output: StringBuilder,
    system: StringBuilder,
    history: PairLists,
}

impl Target {
    pub(crate) fn of(style: &Style) -> Self {
        match style.format {
            Format::Chatml | Format::Template => Self::Text(StringBuilder::new()),
            Format::Openai | Format::Together if style.last_only => Self::Weighted(StringBuilder::new()),
            Format::Messages | Format::Openai | Format::Together => {
                Self::Pairs { name: "messages", lists: PairLists::structs("role", "content") }
            }
            Format::Sharegpt => {
                Self::Pairs { name: "conversations", lists: PairLists::structs("from", "value") }
            }
            Format::Alpaca => Self::Alpaca(Box::new(Alpaca {
                instruction: StringBuilder::new(),
                input: StringBuilder::new(),
                output: StringBuilder::new(),
                system: StringBuilder::new(),
                history: PairLists::lists(),
            })),
        }
    }

    /// Appends a dialogue that follows the rules of the format, or nothing.
    pub(crate) fn push(&mut self, style: &Style, messages: &[Message<'_>]) -> Result<(), Unrendered> {
        match self {
            Self::Pairs { lists, .. } => {
                for message in messages {
                    lists.push(style.word(message.role), &message.content);
                }
                lists.end_row();
            }
            Self::Weighted(texts) => texts.append_value(weighted(messages)),
            Self::Text(texts) => {
                if let Some(template) = &style.template {
                    texts.append_value(template.render(messages, |m| style.word(m.role))?);
                } else {
                    let mut text = String::new();
                    chatml_text::write(&mut text, messages, |m| style.word(m.role), style.end_of_text);
                    texts.append_value(text);
                }
            }
            Self::Alpaca(alpaca) => alpaca.push(messages),
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Vec<Made>, FormatFailure> {
        Ok(match self {
            Self::Pairs { name, lists } => vec![Made::new(name, lists.finish()?, false)],
            Self::Weighted(texts) => vec![Made::json("messages", texts)],
            Self::Text(texts) => vec![Made::texts("text", texts, false)],
            Self::Alpaca(mut alpaca) => {
                let system: ArrayRef = Arc::new(alpaca.system.finish());
                vec![
                    Made::texts("instruction", alpaca.instruction, false),
                    Made::texts("input", alpaca.input, false),
                    Made::texts("output", alpaca.output, false),
                    Made::new("system", system, true),
                    Made::new("history", alpaca.history.finish()?, false),
                ]
            }
        })
    }
}

impl Alpaca {
    fn push(&mut self, messages: &[Message<'_>]) {
        let (system, turns) = match messages {
            [first, turns @ ..] if first.role == Role::System => (Some(&*first.content), turns),
            turns => (None, turns),
        };
        self.system.append_option(system);
        let mut pairs = turns.chunks_exact(2).map(|pair| (&*pair[0].content, &*pair[1].content)).rev();
        let (instruction, output) = pairs.next().unwrap_or_default();
        self.instruction.append_value(instruction);
        self.input.append_value("");
        self.output.append_value(output);
        for (asked, answered) in pairs.rev() {
            self.history.push(asked, answered);
        }
        self.history.end_row();
    }
}

/// A message as the providers' files spell it. The order of the keys is part of the format.
#[derive(serde::Serialize)]
struct WeightedMessage<'a> {
    role: &'a str,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u8>,
}

/// Messages as JSON, all answers but the last with the weight 0.
fn weighted(messages: &[Message<'_>]) -> String {
    let last = messages.iter().rposition(|m| m.role == Role::Assistant);
    let items: Vec<_> = messages
        .iter()
        .enumerate()
        .map(|(at, message)| WeightedMessage {
            role: message.role.word(),
            content: &message.content,
            weight: (message.role == Role::Assistant).then_some(u8::from(Some(at) == last)),
        })
        .collect();
    // Texts and small numbers have a JSON form, so there is nothing that could fail.
    serde_json::to_string(&items).unwrap_or_default()
}
