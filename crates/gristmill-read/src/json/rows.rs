//! JSON objects as rows of typed columns.

use super::record::{NotObject, Place, object};
use super::text;
use super::walk::{self, Syntax, TOO_DEEP};
use crate::failure::row;
use crate::kinds::UnknownKeys;
use crate::layout::Layout;
use crate::rows::{Column, RowFault, Rows};

/// Reads one record at a time.
pub(crate) trait RecordReader {
    /// Appends the object that `record` is to the columns, all of them or none.
    ///
    /// # Errors
    /// The reason why the record is no row.
    fn read(&mut self, record: &str, rows: &mut Rows<'_>) -> Result<(), RowFault>;
}

/// Checks that nothing stands after an object.
pub(crate) fn check_end(record: &str, end: usize) -> Result<(), RowFault> {
    let end = walk::blank(record.as_bytes(), end);
    if end == record.len() {
        return Ok(());
    }
    Err(fault_of(NotObject::Syntax(Syntax { at: end, what: "something stands after the value" })))
}

/// The words for text that is not an object.
pub(crate) fn fault_of(fault: NotObject) -> RowFault {
    match fault {
        NotObject::Other => RowFault::new(row::NOT_AN_OBJECT, "the record is JSON, but not an object"),
        NotObject::Syntax(Syntax { what: TOO_DEEP, .. }) => {
            RowFault::new(row::JSON_DEPTH, "the record is nested deeper than 512 levels")
        }
        NotObject::Syntax(Syntax { at, what }) => {
            RowFault::new(row::JSON, format!("not JSON, {what} at byte {at} of the record"))
        }
    }
}

/// Top-level keys become columns.
pub(crate) struct JsonRows<'a> {
    layout: &'a Layout,
    places: Vec<Place>,
    scratch: String,
}

impl<'a> JsonRows<'a> {
    /// Reads the columns of the layout.
    pub(crate) fn new(layout: &'a Layout) -> Self {
        Self { layout, places: vec![Place::Absent; layout.columns().len()], scratch: String::new() }
    }
}

impl RecordReader for JsonRows<'_> {
    fn read(&mut self, record: &str, rows: &mut Rows<'_>) -> Result<(), RowFault> {
        let Self { layout, places, scratch } = self;
        let columns = layout.columns();
        places.fill(Place::Absent);
        let mut next = 0;
        let mut unknown = None;
        let end = object(record.as_bytes(), 0, |start, stop, escaped, place| {
            let body = &record[start..stop];
            let key = if escaped { text::unescape(body, scratch) } else { body };
            // Keys mostly come in the order of the columns.
            let at =
                if columns.get(next).is_some_and(|c| c.name == key) { Some(next) } else { layout.place(key) };
            match at {
                Some(at) => {
                    places[at] = place;
                    next = at + 1;
                }
                None if unknown.is_none() => unknown = Some((start, stop, escaped)),
                None => {}
            }
        })
        .map_err(fault_of)?;
        check_end(record, end)?;
        if let Some((start, stop, escaped)) = unknown
            && layout.options().unknown_keys == UnknownKeys::Quarantine
        {
            let key = text::plain(&record[start..stop], escaped);
            let message = format!(
                "key `{key}` was not seen when the schema was made; declare `columns` for this source"
            );
            return Err(RowFault::new(row::UNKNOWN_KEY, message));
        }
        for (at, place) in places.iter().enumerate() {
            if !fits(&rows.columns[at], *place, record) {
                let (name, wanted) = (&columns[at].name, String::from(columns[at].kind.clone()));
                let message = format!(
                    "key `{name}` holds {}, not {wanted}; {}",
                    place.kind(),
                    match rows.columns[at] {
                        Column::List(_) => "read this source with `nested: text`",
                        _ => "declare `columns` for this source",
                    }
                );
                return Err(RowFault::new(row::WRONG_TYPE, message));
            }
        }
        for (column, place) in rows.columns.iter_mut().zip(places.iter()) {
            push(column, *place, record, scratch);
        }
        Ok(())
    }
}

/// Whether a value can be appended.
pub(crate) fn fits(column: &Column, place: Place, record: &str) -> bool {
    match (column, place) {
        (_, Place::Absent | Place::Null)
        | (Column::Json(_), _)
        | (Column::Text(_), Place::Text { .. })
        | (Column::Bool(_), Place::Bool(_)) => true,
        (Column::Int(_), Place::Number { start, end, integer: true }) => {
            record[start..end].parse::<i64>().is_ok()
        }
        (Column::Float(_), Place::Number { start, end, .. }) => {
            record[start..end].parse::<f64>().is_ok_and(f64::is_finite)
        }
        (Column::List(lists), Place::Nested { start, .. }) => lists.takes(record, start),
        (Column::Struct(structs), Place::Nested { start, .. }) => structs.takes(record, start),
        _ => false,
    }
}

/// Appends a value that fits.
pub(crate) fn push(column: &mut Column, place: Place, record: &str, scratch: &mut String) {
    match (column, place) {
        (Column::Json(b), place) if !matches!(place, Place::Absent | Place::Null) => {
            b.append_value(place.raw(record));
        }
        (Column::Text(b), Place::Text { start, end, escaped }) => {
            let body = &record[start..end];
            b.append_value(if escaped { text::unescape(body, scratch) } else { body });
        }
        (Column::Bool(b), Place::Bool(value)) => b.append_value(value),
        (Column::Int(b), Place::Number { start, end, .. }) => {
            b.append_option(record[start..end].parse().ok());
        }
        (Column::Float(b), Place::Number { start, end, .. }) => {
            b.append_option(record[start..end].parse().ok());
        }
        (Column::List(lists), Place::Nested { start, .. }) => lists.push(record, start, scratch),
        (Column::Struct(structs), Place::Nested { start, .. }) => structs.push(record, start, scratch),
        (column, _) => column.push_null(),
    }
}
