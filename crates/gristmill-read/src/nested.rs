//! Lists and structs of JSON under construction: lists of scalars, of lists, or of structs of such. A value is
//! checked whole before a part of it is appended, so that a column never holds half a value.

use std::sync::Arc;

use arrow_array::builder::BooleanBufferBuilder;
use arrow_array::{ArrayRef, ListArray, StructArray, new_null_array};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, FieldRef, Fields};

use crate::json::record::{Place, array, object};
use crate::json::rows::{fits, push};
use crate::json::text;
use crate::rows::Column;

/// Most fields of a struct that is read as such; rows with more stay JSON.
pub(crate) const MOST_FIELDS: usize = 16;

/// A list column.
pub(crate) struct Lists {
    item: FieldRef,
    items: Box<Column>,
    length: i32,
    offsets: Vec<i32>,
    valid: BooleanBufferBuilder,
}

/// A struct column.
pub(crate) struct Structs {
    fields: Fields,
    columns: Vec<Column>,
    valid: BooleanBufferBuilder,
}

/// Whether values of this type can be built from JSON.
pub(crate) fn is_built(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::Int64 | DataType::Float64 | DataType::Boolean => true,
        DataType::List(item) => item.is_nullable() && is_built(item.data_type()),
        DataType::Struct(fields) => {
            (1..=MOST_FIELDS).contains(&fields.len())
                && fields.iter().all(|field| field.is_nullable() && is_built(field.data_type()))
        }
        _ => false,
    }
}

impl Lists {
    /// An empty column; `item` is a type that [`is_built`].
    pub(crate) fn new(item: &FieldRef) -> Self {
        Self {
            items: Box::new(Column::of(item.data_type())),
            item: Arc::clone(item),
            length: 0,
            offsets: vec![0],
            valid: BooleanBufferBuilder::new(0),
        }
    }

    pub(crate) fn push_null(&mut self) {
        self.offsets.push(self.length);
        self.valid.append(false);
    }

    /// Whether the value at `start` is a list of items of the right type.
    pub(crate) fn takes(&self, record: &str, start: usize) -> bool {
        let mut all = true;
        let walked = array(record.as_bytes(), start, |item| all = all && fits(&self.items, item, record));
        walked.is_ok() && all
    }

    /// Appends a value that it [`takes`](Self::takes).
    pub(crate) fn push(&mut self, record: &str, start: usize, scratch: &mut String) {
        let (items, length) = (&mut self.items, &mut self.length);
        let walked = array(record.as_bytes(), start, |item| {
            push(items, item, record, scratch);
            *length += 1;
        });
        debug_assert!(walked.is_ok(), "it was a list before");
        self.offsets.push(self.length);
        self.valid.append(true);
    }

    pub(crate) fn finish(mut self) -> ArrayRef {
        let nulls = nulls(&mut self.valid);
        let rows = self.offsets.len() - 1;
        let kind = DataType::List(Arc::clone(&self.item));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        let list = ListArray::try_new(self.item, offsets, self.items.finish(), nulls);
        debug_assert!(list.is_ok(), "lengths and types follow from the building");
        list.map_or_else(|_| new_null_array(&kind, rows), |list| Arc::new(list) as ArrayRef)
    }
}

impl Structs {
    /// An empty column; the fields are of types that are [built](is_built).
    pub(crate) fn new(fields: &Fields) -> Self {
        Self {
            columns: fields.iter().map(|field| Column::of(field.data_type())).collect(),
            fields: fields.clone(),
            valid: BooleanBufferBuilder::new(0),
        }
    }

    pub(crate) fn push_null(&mut self) {
        self.columns.iter_mut().for_each(Column::push_null);
        self.valid.append(false);
    }

    /// The values at `start` by field, if it is an object without other keys.
    fn places(&self, record: &str, start: usize) -> Option<[Place; MOST_FIELDS]> {
        let mut places = [Place::Absent; MOST_FIELDS];
        let mut known = true;
        let walked = object(record.as_bytes(), start, |from, to, escaped, place| {
            let key = text::plain(&record[from..to], escaped);
            match self.fields.iter().position(|field| *field.name() == *key) {
                Some(at) => places[at] = place,
                None => known = false,
            }
        });
        (walked.is_ok() && known).then_some(places)
    }

    /// Whether the value at `start` is an object of the right fields.
    pub(crate) fn takes(&self, record: &str, start: usize) -> bool {
        self.places(record, start).is_some_and(|places| {
            self.columns.iter().zip(places).all(|(column, place)| fits(column, place, record))
        })
    }

    /// Appends a value that it [`takes`](Self::takes).
    pub(crate) fn push(&mut self, record: &str, start: usize, scratch: &mut String) {
        let places = self.places(record, start).unwrap_or([Place::Absent; MOST_FIELDS]);
        for (column, place) in self.columns.iter_mut().zip(places) {
            push(column, place, record, scratch);
        }
        self.valid.append(true);
    }

    pub(crate) fn finish(mut self) -> ArrayRef {
        let nulls = nulls(&mut self.valid);
        let rows = self.valid.len();
        let kind = DataType::Struct(self.fields.clone());
        let columns = self.columns.into_iter().map(Column::finish).collect();
        let structs = StructArray::try_new(self.fields, columns, nulls);
        debug_assert!(structs.is_ok(), "lengths and types follow from the building");
        structs.map_or_else(|_| new_null_array(&kind, rows), |structs| Arc::new(structs) as ArrayRef)
    }
}

/// The bits of missing values, if there are any.
fn nulls(valid: &mut BooleanBufferBuilder) -> Option<NullBuffer> {
    let nulls = NullBuffer::new(valid.finish_cloned());
    (nulls.null_count() > 0).then_some(nulls)
}
