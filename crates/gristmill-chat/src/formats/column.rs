//! A column of dialogues, cell by cell: `ChatML` text, a list of messages, or such a list as JSON text.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{
    Array, ArrayRef, LargeListArray, LargeStringArray, ListArray, StringArray, StringViewArray, StructArray,
};
use arrow_schema::DataType;

use super::chatml_text;
use super::dialogue::{Message, Refusal};
use super::failure::FormatFailure;
use super::message_json::{self, KEYS, MessageRules};

/// Text in any of Arrow's layouts.
pub(crate) enum Texts {
    Small(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
}

impl Texts {
    pub(crate) fn open(array: &ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Self::Small(array.as_string().clone()),
            DataType::LargeUtf8 => Self::Large(array.as_string().clone()),
            DataType::Utf8View => Self::View(array.as_string_view().clone()),
            _ => return None,
        })
    }

    /// The text of a cell that has one.
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Small(a) => a.is_valid(row).then(|| a.value(row)),
            Self::Large(a) => a.is_valid(row).then(|| a.value(row)),
            Self::View(a) => a.is_valid(row).then(|| a.value(row)),
        }
    }
}

/// Lists in any of Arrow's layouts.
pub(crate) enum Lists {
    Small(ListArray),
    Large(LargeListArray),
}

impl Lists {
    pub(crate) fn open(array: &ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::List(_) => Self::Small(array.as_list().clone()),
            DataType::LargeList(_) => Self::Large(array.as_list().clone()),
            _ => return None,
        })
    }

    pub(crate) fn values(&self) -> &ArrayRef {
        match self {
            Self::Small(a) => a.values(),
            Self::Large(a) => a.values(),
        }
    }

    /// Places of a cell's items; none for null.
    pub(crate) fn items(&self, row: usize) -> Range<usize> {
        match self {
            Self::Small(a) if a.is_valid(row) => {
                a.value_offsets()[row] as usize..a.value_offsets()[row + 1] as usize
            }
            Self::Large(a) if a.is_valid(row) => {
                a.value_offsets()[row] as usize..a.value_offsets()[row + 1] as usize
            }
            _ => 0..0,
        }
    }
}

/// Messages as structs.
struct Structs {
    lists: Lists,
    messages: StructArray,
    role: (&'static str, Texts),
    content: (&'static str, Texts),
    others: Vec<(String, ArrayRef)>,
}

enum Cells {
    Text(Texts),
    Structs(Box<Structs>),
}

/// A column of dialogues.
pub(crate) struct DialogueColumn(Cells);

impl DialogueColumn {
    /// Opens a column of one of the known types.
    pub(crate) fn open(name: &str, array: &ArrayRef) -> Result<Self, FormatFailure> {
        if let Some(texts) = Texts::open(array) {
            return Ok(Self(Cells::Text(texts)));
        }
        Structs::open(array).map(|structs| Self(Cells::Structs(Box::new(structs)))).ok_or_else(|| {
            FormatFailure::NotDialogues { column: name.to_owned(), found: array.data_type().to_string() }
        })
    }

    /// The dialogue of a row. A text cell is read by what it is: one that opens with a bracket is JSON.
    pub(crate) fn read(&self, row: usize, rules: &MessageRules) -> Result<Vec<Message<'_>>, Refusal> {
        let messages = match &self.0 {
            Cells::Structs(structs) => structs.read(row, rules)?,
            Cells::Text(texts) => {
                let text = texts.get(row).unwrap_or_default();
                if text.trim_start().starts_with('[') {
                    message_json::read(text, rules)?
                } else {
                    chatml_text::read(text, &rules.words)?
                }
            }
        };
        if messages.is_empty() { Err(Refusal::new("no_turns", "")) } else { Ok(messages) }
    }

    /// The cell as text, for the trace.
    pub(crate) fn excerpt(&self, row: usize) -> &str {
        match &self.0 {
            Cells::Text(texts) => texts.get(row).unwrap_or_default(),
            Cells::Structs(structs) => {
                structs.lists.items(row).find_map(|at| structs.content.1.get(at)).unwrap_or_default()
            }
        }
    }
}

impl Structs {
    fn open(array: &ArrayRef) -> Option<Self> {
        let lists = Lists::open(array)?;
        let messages = lists.values().as_struct_opt()?.clone();
        let (role, content) = *KEYS.iter().find(|(role, _)| messages.column_by_name(role).is_some())?;
        let text = |name: &'static str| Some((name, Texts::open(messages.column_by_name(name)?)?));
        let others = messages.fields().iter().zip(messages.columns());
        let others = others
            .filter(|(field, _)| field.name() != role && field.name() != content)
            .map(|(field, column)| (field.name().clone(), column.clone()))
            .collect();
        Some(Self { role: text(role)?, content: text(content)?, others, messages, lists })
    }

    fn read(&self, row: usize, rules: &MessageRules) -> Result<Vec<Message<'_>>, Refusal> {
        self.lists.items(row).map(|at| self.message(at, rules)).collect()
    }

    fn message(&self, at: usize, rules: &MessageRules) -> Result<Message<'_>, Refusal> {
        if self.messages.is_null(at) {
            return Err(Refusal::new("not_messages", "no_object"));
        }
        let field = |(name, texts): &'_ (&'static str, Texts)| match texts.get(at) {
            Some(_) => Ok(()),
            None => Err(Refusal::new("missing_field", *name)),
        };
        field(&self.role)?;
        field(&self.content)?;
        let role = rules.words.role(self.role.1.get(at).unwrap_or_default())?;
        for (name, column) in &self.others {
            rules.lose(name, says_nothing(name, column, at))?;
        }
        Ok(Message { role, content: Cow::Borrowed(self.content.1.get(at).unwrap_or_default()) })
    }
}

/// As in JSON: null, empty, or a weight of one.
fn says_nothing(name: &str, column: &ArrayRef, at: usize) -> bool {
    if column.is_null(at) || matches!(column.data_type(), DataType::Null) {
        return true;
    }
    if let Some(texts) = Texts::open(column) {
        return texts.get(at).is_none_or(str::is_empty);
    }
    if let Some(lists) = Lists::open(column) {
        return lists.items(at).is_empty();
    }
    name == "weight" && column.as_primitive_opt::<Int64Type>().is_some_and(|weights| weights.value(at) == 1)
}
