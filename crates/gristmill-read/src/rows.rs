//! Rows under construction: typed columns, and the address of each row for its id.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, new_null_array};
use arrow_schema::DataType;
use gristmill_core::{Batch, Failure, Reject, RejectKind, StepTrace, excerpt};

use crate::json::text::quote;
use crate::kinds::ColumnType;
use crate::layout::Layout;
use crate::nested::{Lists, Structs, is_built};

/// Why a record gives no row.
pub(crate) struct RowFault {
    /// Stable code.
    pub code: &'static str,
    /// In words.
    pub message: String,
}

impl RowFault {
    /// A fault with its words.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// A column under construction.
pub(crate) enum Column {
    /// utf8
    Text(StringBuilder),
    /// utf8 of raw JSON
    Json(StringBuilder),
    /// int64
    Int(Int64Builder),
    /// float64
    Float(Float64Builder),
    /// bool
    Bool(BooleanBuilder),
    /// list
    List(Lists),
    /// struct
    Struct(Structs),
    /// A type that text formats have no values for: all null.
    Foreign(DataType, usize),
}

impl Column {
    /// `bytes` is about what the column gets; room for more would add up over many columns.
    fn new(kind: &ColumnType, bytes: usize) -> Self {
        let rows = (bytes / 8).clamp(1, 256);
        match kind {
            ColumnType::Text | ColumnType::Null => Self::Text(StringBuilder::with_capacity(rows, bytes)),
            ColumnType::Json => Self::Json(StringBuilder::with_capacity(rows, bytes)),
            ColumnType::Int => Self::Int(Int64Builder::with_capacity(rows)),
            ColumnType::Float => Self::Float(Float64Builder::with_capacity(rows)),
            ColumnType::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            ColumnType::Arrow(other) => Self::of(other),
        }
    }

    /// A column of an Arrow type.
    pub(crate) fn of(kind: &DataType) -> Self {
        match kind {
            other if !is_built(other) => Self::Foreign(other.clone(), 0),
            DataType::List(item) => Self::List(Lists::new(item)),
            DataType::Struct(fields) => Self::Struct(Structs::new(fields)),
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a missing value.
    pub(crate) fn push_null(&mut self) {
        match self {
            Self::Text(b) | Self::Json(b) => b.append_null(),
            Self::Int(b) => b.append_null(),
            Self::Float(b) => b.append_null(),
            Self::Bool(b) => b.append_null(),
            Self::List(lists) => lists.push_null(),
            Self::Struct(structs) => structs.push_null(),
            Self::Foreign(_, n) => *n += 1,
        }
    }

    /// Whether a piece of text can be appended. An empty one is a missing value for all types but text.
    pub(crate) fn takes_text(&self, text: &str) -> bool {
        match self {
            Self::Text(_) | Self::Json(_) => true,
            _ if text.is_empty() => true,
            Self::Int(_) => text.parse::<i64>().is_ok(),
            Self::Float(_) => text.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Bool(_) => matches!(text, "true" | "false"),
            Self::List(_) | Self::Struct(_) | Self::Foreign(..) => false,
        }
    }

    /// Appends text that [`Self::takes_text`].
    pub(crate) fn push_text(&mut self, text: &str) {
        match self {
            Self::Text(b) => b.append_value(text),
            Self::Json(b) => {
                let mut json = String::with_capacity(text.len() + 2);
                quote(text, &mut json);
                b.append_value(json);
            }
            Self::Int(b) => b.append_option(text.parse().ok()),
            Self::Float(b) => b.append_option(text.parse().ok()),
            Self::Bool(b) => b.append_option(text.parse().ok()),
            // Only an empty text comes here, and says that there is no value.
            Self::List(_) | Self::Struct(_) | Self::Foreign(..) => self.push_null(),
        }
    }

    /// The column.
    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            Self::List(lists) => lists.finish(),
            Self::Struct(structs) => structs.finish(),
            Self::Text(mut b) | Self::Json(mut b) => Arc::new(b.finish()),
            Self::Int(mut b) => Arc::new(b.finish()),
            Self::Float(mut b) => Arc::new(b.finish()),
            Self::Bool(mut b) => Arc::new(b.finish()),
            Self::Foreign(kind, n) => new_null_array(&kind, n),
        }
    }
}

/// Rows of one chunk.
pub(crate) struct Rows<'a> {
    layout: &'a Layout,
    name: &'a str,
    base: u64,
    /// One for each column of the layout.
    pub columns: Vec<Column>,
    addresses: Vec<u64>,
    trace: &'a mut StepTrace,
}

impl<'a> Rows<'a> {
    /// No rows yet; `base` is the address of the chunk, `bytes` its length.
    pub(crate) fn new(
        layout: &'a Layout,
        name: &'a str,
        base: u64,
        bytes: usize,
        trace: &'a mut StepTrace,
    ) -> Self {
        let columns = layout.columns();
        let bytes = bytes / columns.len().max(1);
        let columns = columns.iter().map(|c| Column::new(&c.kind, bytes)).collect();
        Self { layout, name, base, columns, addresses: Vec::new(), trace }
    }

    /// The agreement these rows follow.
    pub(crate) const fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// Says that every column has got the value of the record at `offset` of the chunk.
    pub(crate) fn keep(&mut self, offset: usize) {
        self.trace.counts.rows_in += 1;
        self.addresses.push(self.base + offset as u64);
    }

    /// Quarantines the record at `offset`.
    pub(crate) fn quarantine(&mut self, offset: usize, fault: &RowFault, record: &[u8]) {
        let shown = String::from_utf8_lossy(&record[..record.len().min(200)]);
        let text =
            if shown.is_empty() { fault.message.clone() } else { format!("{}: {shown}", fault.message) };
        quarantine(self.trace, self.name, self.base + offset as u64, fault.code, &text);
    }

    /// The rows as a batch.
    pub(crate) fn finish(self) -> Result<Batch, Failure> {
        let arrays = self.columns.into_iter().map(Column::finish).collect();
        self.layout.batch(self.name, arrays, &self.addresses)
    }
}

/// Quarantines the record at an address.
pub(crate) fn quarantine(trace: &mut StepTrace, name: &str, address: u64, code: &'static str, text: &str) {
    trace.counts.rows_in += 1;
    trace.reject(Reject {
        id: format!("{name}:{address}"),
        kind: RejectKind::Quarantined,
        reason: code.to_owned(),
        rule: String::new(),
        twin: String::new(),
        span: None,
        excerpt: excerpt(text),
        after: String::new(),
    });
}
