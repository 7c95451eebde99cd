//! Columns of a target format under construction.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, ListArray, RecordBatch, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use gristmill_core::{Batch, Failure};

use super::failure::FormatFailure;

/// A list of two texts a row: messages, or turns of a history.
pub(crate) struct PairLists {
    keys: Option<(&'static str, &'static str)>,
    first: StringBuilder,
    second: StringBuilder,
    offsets: Vec<i32>,
}

impl PairLists {
    /// Lists of structs with these two keys.
    pub(crate) fn structs(first: &'static str, second: &'static str) -> Self {
        Self { keys: Some((first, second)), ..Self::lists() }
    }

    /// Lists of lists of two texts.
    pub(crate) fn lists() -> Self {
        Self { keys: None, first: StringBuilder::new(), second: StringBuilder::new(), offsets: vec![0] }
    }

    pub(crate) fn push(&mut self, first: &str, second: &str) {
        self.first.append_value(first);
        self.second.append_value(second);
    }

    pub(crate) fn end_row(&mut self) {
        self.offsets.push(ArrayBuilder::len(&self.first) as i32);
    }

    pub(crate) fn finish(mut self) -> Result<ArrayRef, FormatFailure> {
        let items: ArrayRef = match self.keys {
            Some((first, second)) => {
                let fields = Fields::from(vec![
                    Field::new(first, DataType::Utf8, false),
                    Field::new(second, DataType::Utf8, false),
                ]);
                let columns: Vec<ArrayRef> =
                    vec![Arc::new(self.first.finish()), Arc::new(self.second.finish())];
                Arc::new(StructArray::try_new(fields, columns, None)?)
            }
            None => self.pairs()?,
        };
        let item = Field::new("item", arrow_array::Array::data_type(&items).clone(), false);
        Ok(Arc::new(ListArray::try_new(Arc::new(item), OffsetBuffer::new(self.offsets.into()), items, None)?))
    }

    /// The texts alternating, two a list.
    fn pairs(&mut self) -> Result<ArrayRef, FormatFailure> {
        let (first, second) = (self.first.finish(), self.second.finish());
        let mut texts = StringBuilder::new();
        let mut offsets = vec![0];
        for (a, b) in first.iter().zip(second.iter()) {
            texts.append_option(a);
            texts.append_option(b);
            offsets.push(offsets.len() as i32 * 2);
        }
        let item: FieldRef = Arc::new(Field::new("item", DataType::Utf8, false));
        Ok(Arc::new(ListArray::try_new(
            item,
            OffsetBuffer::new(offsets.into()),
            Arc::new(texts.finish()),
            None,
        )?))
    }
}

/// A finished column with its field.
pub(crate) struct Made {
    pub(crate) field: FieldRef,
    pub(crate) array: ArrayRef,
}

impl Made {
    pub(crate) fn new(name: &str, array: ArrayRef, nullable: bool) -> Self {
        let kind = arrow_array::Array::data_type(&array).clone();
        Self { field: Arc::new(Field::new(name, kind, nullable)), array }
    }

    pub(crate) fn texts(name: &str, mut texts: StringBuilder, nullable: bool) -> Self {
        Self::new(name, Arc::new(texts.finish()), nullable)
    }

    pub(crate) fn ints(name: &str, mut ints: Int64Builder) -> Self {
        Self::new(name, Arc::new(ints.finish()), false)
    }

    /// Text whose cells are JSON: JSON files have it as it stands.
    pub(crate) fn json(name: &str, mut texts: StringBuilder) -> Self {
        let tag = HashMap::from([("gristmill.type".to_owned(), "json".to_owned())]);
        let field = Field::new(name, DataType::Utf8, false).with_metadata(tag);
        Self { field: Arc::new(field), array: Arc::new(texts.finish()) }
    }
}

/// Which of the columns that come in go on.
pub(crate) struct Keep {
    /// `None`: all but `gone`.
    pub(crate) names: Option<Vec<String>>,
    /// The columns the dialogues were read from.
    pub(crate) gone: Vec<String>,
}

impl Keep {
    /// Puts the made columns first, then those that stay. The rows are those still alive, as the made columns have
    /// them; the engine's own columns stay always.
    pub(crate) fn apply(&self, batch: &mut Batch, made: &[Made]) -> Result<(), Failure> {
        let taken = |name: &str| made.iter().any(|made| made.field.name() == name);
        if let Some(column) = self.names.iter().flatten().find(|name| taken(name)) {
            return Err(FormatFailure::Taken { column: column.clone() }.into());
        }
        if let Some(column) = self.names.iter().flatten().find(|name| batch.find(name).is_none()) {
            batch.column(column)?;
        }
        batch.compact()?;
        let rows = batch.columns();
        let (mut engine, mut kept) = (Vec::new(), Vec::new());
        for (field, array) in rows.schema_ref().fields().iter().zip(rows.columns()) {
            let name = field.name();
            if name.starts_with("__") {
                engine.push((field.clone(), array.clone()));
            } else if !taken(name) && self.wants(name) {
                kept.push((field.clone(), array.clone()));
            }
        }
        let made = made.iter().map(|made| (made.field.clone(), made.array.clone()));
        let (fields, arrays): (Vec<_>, Vec<_>) = engine.into_iter().chain(made).chain(kept).unzip();
        let rows =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(FormatFailure::from)?;
        *batch = Batch::new(rows)?;
        Ok(())
    }

    fn wants(&self, name: &str) -> bool {
        match &self.names {
            Some(names) => names.iter().any(|kept| kept == name),
            None => !self.gone.iter().any(|gone| gone == name),
        }
    }
}
