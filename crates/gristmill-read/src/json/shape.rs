//! The type of JSON values, joined value by value.
//!
//! A list becomes a list column where its items are alike: scalars of one kind, lists, or objects of the same keys.
//! Everything else nested stays JSON as it stands: an object whose keys come and go would be given nulls it did not
//! have, and so would not be written as it was read.

use std::sync::Arc;

use arrow_schema::{DataType, Field};

use super::record::{Place, array, object};
use super::text::key;
use crate::kinds::ColumnType;
use crate::nested::MOST_FIELDS;

/// Integers up to here are exact as floats.
const EXACT: u64 = 1 << 53;

/// Deepest nesting of lists and structs in a column; what is deeper stays JSON.
const DEEPEST: usize = 6;

/// What is known of a column or of a part of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// No value yet.
    Null,
    Bool,
    /// `wide`: one of them is not exact as a float.
    Int {
        wide: bool,
    },
    Float,
    Text,
    List(Box<Shape>),
    Struct(Vec<(String, Shape)>),
    /// Nothing common.
    Json,
}

impl Shape {
    /// Takes in the value of a column.
    pub(crate) fn take(&mut self, place: Place, record: &[u8]) {
        self.join(place, record, 0);
    }

    fn join(&mut self, place: Place, record: &[u8], depth: usize) {
        if *self == Self::Json {
            return;
        }
        let Place::Nested { start, .. } = place else {
            return self.join_scalar(scalar(place, record), depth);
        };
        let list = record[start] == b'[';
        if (!list && depth == 0) || depth == DEEPEST {
            *self = Self::Json;
        } else if list {
            self.join_list(start, record, depth);
        } else {
            self.join_struct(start, record, depth);
        }
    }

    /// Takes in what later values of the column were found to be.
    pub(crate) fn unite(&mut self, later: Self) {
        self.unite_at(later, 0);
    }

    fn unite_at(&mut self, later: Self, depth: usize) {
        match (&mut *self, later) {
            (Self::Json, _) => {}
            (Self::Null, later) => *self = later,
            (Self::List(item), Self::List(other)) => {
                item.unite_at(*other, depth + 1);
                if **item == Self::Json {
                    *self = Self::Json;
                }
            }
            (Self::Struct(fields), Self::Struct(mut others)) => {
                let mut alike = fields.len() == others.len();
                for (name, field) in fields.iter_mut() {
                    match others.iter().position(|(other, _)| other == name) {
                        Some(at) => field.unite_at(others.swap_remove(at).1, depth + 1),
                        None => alike = false,
                    }
                }
                if !alike || fields.iter().any(|(_, field)| *field == Self::Json) {
                    *self = Self::Json;
                }
            }
            (_, Self::List(_) | Self::Struct(_)) => *self = Self::Json,
            (_, scalar) => self.join_scalar(scalar, depth),
        }
    }

    fn join_scalar(&mut self, scalar: Self, depth: usize) {
        let joined = match (&*self, scalar) {
            (_, Self::Null) => return,
            (Self::Null, scalar) => scalar,
            (Self::Int { wide }, Self::Int { wide: other }) => Self::Int { wide: *wide || other },
            // Within a list a number is written as it was read or not at all.
            (Self::Int { wide: false }, Self::Float) | (Self::Float, Self::Int { wide: false })
                if depth == 0 =>
            {
                Self::Float
            }
            (known, scalar) if *known == scalar => return,
            _ => Self::Json,
        };
        *self = joined;
    }

    fn join_list(&mut self, start: usize, record: &[u8], depth: usize) {
        if *self == Self::Null {
            *self = Self::List(Box::new(Self::Null));
        }
        let Self::List(item) = self else {
            *self = Self::Json;
            return;
        };
        let walked = array(record, start, |place| item.join(place, record, depth + 1));
        if walked.is_err() || **item == Self::Json {
            *self = Self::Json;
        }
    }

    fn join_struct(&mut self, start: usize, record: &[u8], depth: usize) {
        let first = *self == Self::Null;
        if first {
            *self = Self::Struct(Vec::new());
        }
        let Self::Struct(fields) = self else {
            *self = Self::Json;
            return;
        };
        let (mut seen, mut alike) = (0, true);
        let walked = object(record, start, |from, to, escaped, place| {
            let key = key(&record[from..to], escaped);
            seen += 1;
            if first && alike && seen <= MOST_FIELDS {
                alike = fields.iter().all(|(name, _)| *name != *key);
                fields.push((key.into_owned(), Self::Null));
                if let Some((_, field)) = fields.last_mut() {
                    field.join(place, record, depth + 1);
                }
            } else if let Some((_, field)) = fields.iter_mut().find(|(name, _)| *name == *key) {
                field.join(place, record, depth + 1);
            } else {
                alike = false;
            }
        });
        let fits = walked.is_ok() && alike && seen == fields.len() && seen > 0;
        if !fits || fields.iter().any(|(_, field)| *field == Self::Json) {
            *self = Self::Json;
        }
    }

    /// The type of the column.
    pub(crate) fn column(&self) -> ColumnType {
        match self {
            Self::Null => ColumnType::Null,
            Self::Bool => ColumnType::Bool,
            Self::Int { .. } => ColumnType::Int,
            Self::Float => ColumnType::Float,
            Self::Text => ColumnType::Text,
            Self::List(item) => match item.arrow() {
                Some(item) => ColumnType::Arrow(DataType::List(Arc::new(Field::new("item", item, true)))),
                None => ColumnType::Json,
            },
            Self::Struct(_) | Self::Json => ColumnType::Json,
        }
    }

    /// The type of a part; none where no value was seen, as in lists that are all empty.
    fn arrow(&self) -> Option<DataType> {
        Some(match self {
            Self::Null | Self::Json => return None,
            Self::Bool => DataType::Boolean,
            Self::Int { .. } => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Text => DataType::Utf8,
            Self::List(item) => DataType::List(Arc::new(Field::new("item", item.arrow()?, true))),
            Self::Struct(fields) => {
                // A field that is always null is text without a value.
                let field = |(name, shape): &(String, Self)| match shape {
                    Self::Null => Some(Field::new(name, DataType::Utf8, true)),
                    known => Some(Field::new(name, known.arrow()?, true)),
                };
                DataType::Struct(fields.iter().map(field).collect::<Option<Vec<_>>>()?.into())
            }
        })
    }
}

fn scalar(place: Place, record: &[u8]) -> Shape {
    match place {
        Place::Absent | Place::Null => Shape::Null,
        Place::Bool(_) => Shape::Bool,
        Place::Text { .. } => Shape::Text,
        Place::Number { start, end, integer: true } => {
            let digits = number(&record[start..end]);
            match digits.parse::<i64>() {
                Ok(0) if digits.starts_with('-') => Shape::Float,
                Ok(n) => Shape::Int { wide: n.unsigned_abs() > EXACT },
                Err(_) => Shape::Json,
            }
        }
        Place::Number { start, end, .. }
            if number(&record[start..end]).parse::<f64>().is_ok_and(f64::is_finite) =>
        {
            Shape::Float
        }
        Place::Nested { .. } | Place::Number { .. } => Shape::Json,
    }
}

/// A number is written in ASCII.
fn number(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::infer::Schema;

    #[test]
    fn nested_types() {
        let messages = r#"[{"role":"user","content":"a"}]"#;
        let list = |item: &str| format!("List({item})");
        let cases: &[(&[&str], String)] = &[
            (&["[1]", "[]", "null", "[2,null]"], list("Int64")),
            (&["[[\"a\",\"b\"]]", "[]"], list("List(Utf8)")),
            (&["[]"], "json".into()),
            (&["[null]"], "json".into()),
            (&["[1]", "[2.5]"], "json".into()),
            (&["[1]", "[\"a\"]"], "json".into()),
            (&["[1]", "1"], "json".into()),
            (&["[1]", "{}"], "json".into()),
            (&["{\"a\":1}"], "json".into()),
            (&["[{}]"], "json".into()),
            (&[messages, "[]", messages], list(r#"Struct("role": Utf8, "content": Utf8)"#)),
            // The order of keys says nothing.
            (
                &[messages, r#"[{"content":"b","role":"user"}]"#],
                list(r#"Struct("role": Utf8, "content": Utf8)"#),
            ),
            (&[messages, r#"[{"role":"user"}]"#], "json".into()),
            (&[messages, r#"[{"role":"user","content":"a","weight":0}]"#], "json".into()),
            (&[r#"[{"a":1,"a":2}]"#], "json".into()),
            (&[r#"[{"a":null}]"#], list(r#"Struct("a": Utf8)"#)),
            (&[r#"[{"a":[{"b":true}]}]"#], list(r#"Struct("a": List(Struct("b": Boolean)))"#)),
        ];
        for (values, want) in cases {
            let mut schema = Schema::default();
            for value in *values {
                schema.observe(format!("{{\"k\":{value}}}").as_bytes());
            }
            let columns = schema.finish();
            assert_eq!(String::from(columns[0].kind.clone()), *want, "{values:?}");
        }
    }
}
