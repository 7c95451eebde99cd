//! `Alpaca` rows: an instruction with its output, and the turns before them where there are any.

use std::borrow::Cow;

use arrow_array::Array;
use gristmill_core::{Batch, Failure};

use super::column::{Lists, Texts};
use super::dialogue::{Message, Refusal, Role};
use super::failure::FormatFailure;
use super::to_chat::text_of;

/// The columns, where they are found.
pub(crate) const COLUMNS: [&str; 5] = ["instruction", "input", "output", "system", "history"];

/// The columns opened for reading.
pub(crate) struct AlpacaColumns {
    instruction: Texts,
    output: Texts,
    input: Option<Texts>,
    system: Option<Texts>,
    history: Option<History>,
}

/// What was asked and what was answered.
type Exchange<'a> = (Cow<'a, str>, Cow<'a, str>);

enum History {
    /// Lists of lists of two texts.
    Lists(Box<(Lists, Lists, Texts)>),
    /// The same as JSON.
    Json(Texts),
}

impl AlpacaColumns {
    pub(crate) fn open(batch: &Batch) -> Result<Self, Failure> {
        let optional = |name: &str| match batch.find(name) {
            None => Ok(None),
            Some(_) => text_of(batch, name).map(Some),
        };
        Ok(Self {
            instruction: text_of(batch, "instruction")?,
            output: text_of(batch, "output")?,
            input: optional("input")?,
            system: optional("system")?,
            history: match batch.find("history") {
                None => None,
                Some(_) => Some(History::open(batch)?),
            },
        })
    }

    /// The turns of a row: system, history, instruction with its input, output.
    pub(crate) fn read(&self, row: usize) -> Result<Vec<Message<'_>>, Refusal> {
        let needed =
            |name: &'static str, text: Option<_>| text.ok_or_else(|| Refusal::new("missing_field", name));
        let instruction = needed("instruction", self.instruction.get(row))?;
        let output = needed("output", self.output.get(row))?;
        let input = self.input.as_ref().and_then(|texts| texts.get(row)).unwrap_or_default();
        let mut messages = Vec::new();
        let mut push = |role, content| messages.push(Message { role, content });
        if let Some(system) = self.system.as_ref().and_then(|texts| texts.get(row))
            && !system.is_empty()
        {
            push(Role::System, Cow::Borrowed(system));
        }
        if let Some(history) = &self.history {
            for (asked, answered) in history.read(row)? {
                push(Role::User, asked);
                push(Role::Assistant, answered);
            }
        }
        let asked = if input.is_empty() {
            Cow::Borrowed(instruction)
        } else {
            Cow::Owned(format!("{instruction}\n{input}"))
        };
        push(Role::User, asked);
        push(Role::Assistant, Cow::Borrowed(output));
        Ok(messages)
    }

    pub(crate) fn excerpt(&self, row: usize) -> &str {
        self.instruction.get(row).unwrap_or_default()
    }
}

impl History {
    fn open(batch: &Batch) -> Result<Self, Failure> {
        let array = batch.column("history")?;
        if let Some(texts) = Texts::open(array) {
            return Ok(Self::Json(texts));
        }
        let lists = Lists::open(array);
        let opened = lists.and_then(|lists| {
            let pairs = Lists::open(lists.values())?;
            let texts = Texts::open(pairs.values())?;
            Some(Self::Lists(Box::new((lists, pairs, texts))))
        });
        opened.ok_or_else(|| {
            let found = array.data_type().to_string();
            FormatFailure::WrongType { column: "history".to_owned(), found, wanted: "pairs of texts" }.into()
        })
    }

    fn read(&self, row: usize) -> Result<Vec<Exchange<'_>>, Refusal> {
        let wrong = || Refusal::new("wrong_history", "");
        match self {
            Self::Json(texts) => {
                let text = texts.get(row).unwrap_or_default();
                if text.is_empty() {
                    return Ok(Vec::new());
                }
                let turns: Option<Vec<(String, String)>> = serde_json::from_str(text).map_err(|_| wrong())?;
                let owned = turns.into_iter().flatten();
                Ok(owned.map(|(asked, answered)| (Cow::Owned(asked), Cow::Owned(answered))).collect())
            }
            Self::Lists(opened) => {
                let (lists, pairs, texts) = &**opened;
                lists
                    .items(row)
                    .map(|at| {
                        let pair = pairs.items(at);
                        if pair.len() != 2 {
                            return Err(wrong());
                        }
                        let asked = texts.get(pair.start).ok_or_else(wrong)?;
                        let answered = texts.get(pair.start + 1).ok_or_else(wrong)?;
                        Ok((Cow::Borrowed(asked), Cow::Borrowed(answered)))
                    })
                    .collect()
            }
        }
    }
}
