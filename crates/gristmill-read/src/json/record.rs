//! One JSON object as key and value places.

use super::walk::{self, Syntax};

/// A value as a place in its record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// The key is not there.
    #[default]
    Absent,
    /// null
    Null,
    /// true or false
    Bool(bool),
    /// A number.
    Number {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
        /// Written without fraction and exponent.
        integer: bool,
    },
    /// A string without its quotes.
    Text {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
        /// Has escapes.
        escaped: bool,
    },
    /// An object or array.
    Nested {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
}

impl Place {
    /// The raw JSON, quotes included.
    pub(crate) fn raw(self, text: &str) -> &str {
        match self {
            Self::Absent | Self::Null => "null",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Number { start, end, .. } | Self::Nested { start, end } => &text[start..end],
            Self::Text { start, end, .. } => &text[start - 1..=end],
        }
    }

    /// The kind of value in words.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Absent => "nothing",
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number { integer: true, .. } => "an int",
            Self::Number { .. } => "a float",
            Self::Text { .. } => "text",
            Self::Nested { .. } => "a nested value",
        }
    }
}

/// Why a record is not an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotObject {
    /// Not JSON.
    Syntax(Syntax),
    /// Another kind of value.
    Other,
}

impl From<Syntax> for NotObject {
    fn from(syntax: Syntax) -> Self {
        Self::Syntax(syntax)
    }
}

/// Walks over an object. `on_key` gets each key as a text place and the value; returns the end of the object.
#[inline]
pub(crate) fn object(
    text: &[u8],
    at: usize,
    mut on_key: impl FnMut(usize, usize, bool, Place),
) -> Result<usize, NotObject> {
    let mut at = walk::blank(text, at);
    if text.get(at) != Some(&b'{') {
        walk::document(text)?;
        return Err(NotObject::Other);
    }
    at = walk::blank(text, at + 1);
    if text.get(at) == Some(&b'}') {
        return Ok(at + 1);
    }
    loop {
        if text.get(at) != Some(&b'"') {
            return Err(Syntax { at, what: "a key is missing" }.into());
        }
        let (end, escaped) = walk::string(text, at)?;
        let key = at + 1;
        at = walk::blank(text, walk::colon(text, end)?);
        let (after, place) = place(text, at)?;
        on_key(key, end - 1, escaped, place);
        at = walk::blank(text, after);
        match text.get(at) {
            Some(b',') => at = walk::blank(text, at + 1),
            Some(b'}') => return Ok(at + 1),
            _ => return Err(Syntax { at, what: "a comma or } is missing" }.into()),
        }
    }
}

/// Walks over an array. `on_item` gets each value; returns the end of the array.
pub(crate) fn array(text: &[u8], at: usize, mut on_item: impl FnMut(Place)) -> Result<usize, NotObject> {
    if text.get(at) != Some(&b'[') {
        return Err(NotObject::Other);
    }
    let mut at = walk::blank(text, at + 1);
    if text.get(at) == Some(&b']') {
        return Ok(at + 1);
    }
    loop {
        let (after, item) = place(text, at)?;
        on_item(item);
        at = walk::blank(text, after);
        match text.get(at) {
            Some(b',') => at = walk::blank(text, at + 1),
            Some(b']') => return Ok(at + 1),
            _ => return Err(Syntax { at, what: "a comma or ] is missing" }.into()),
        }
    }
}

#[inline]
fn place(text: &[u8], at: usize) -> Result<(usize, Place), Syntax> {
    Ok(match text.get(at) {
        Some(b'"') => {
            let (end, escaped) = walk::string(text, at)?;
            (end, Place::Text { start: at + 1, end: end - 1, escaped })
        }
        Some(b'{' | b'[') => {
            // One level of the limit is the record itself.
            let end = walk::value(text, at)?;
            (end, Place::Nested { start: at, end })
        }
        Some(b't') => (walk::literal(text, at, b"true")?, Place::Bool(true)),
        Some(b'f') => (walk::literal(text, at, b"false")?, Place::Bool(false)),
        Some(b'n') => (walk::literal(text, at, b"null")?, Place::Null),
        Some(b'-' | b'0'..=b'9') => {
            let (end, integer) = walk::number(text, at)?;
            (end, Place::Number { start: at, end, integer })
        }
        _ => return Err(Syntax { at, what: "a value is missing" }),
    })
}
