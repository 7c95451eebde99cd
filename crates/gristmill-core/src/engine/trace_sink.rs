//! Writes the trace of a task: one record per row that was turned away, and per change told, in row order.

use std::sync::{Arc, LazyLock};

use arrow_array::builder::{StringBuilder, UInt32Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::arrow_part::ArrowParts;
use super::attempt::{FileRef, Place, Role};
use super::failure::EngineFailure;
use super::file_sink::FileSink;
use super::sink::RowSink;
use crate::batch::ID_COLUMN;
use crate::failure::Failure;
use crate::trace::Reject;

/// Columns of a trace file.
static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let number = |name: &str| Field::new(name, DataType::UInt32, true);
    Arc::new(Schema::new(vec![
        text(ID_COLUMN),
        text("id"),
        text("step"),
        text("kind"),
        text("reason"),
        text("rule"),
        text("twin"),
        number("span_start"),
        number("span_end"),
        text("excerpt"),
        text("after"),
    ]))
});

/// Rejects turned into a batch at once.
const BATCH: usize = 4096;

/// Bytes of texts turned into a batch at once, when rows are told whole.
const BATCH_BYTES: usize = 1 << 20;

/// Gathers rejects; makes no file where there are none.
pub struct TraceSink {
    place: Option<Place>,
    sink: Option<FileSink>,
    waiting: Vec<(Arc<str>, Reject)>,
    waiting_bytes: usize,
}

impl TraceSink {
    /// For a task; without a place (API iteration) rejects are only counted.
    pub const fn new(place: Option<Place>) -> Self {
        Self { place, sink: None, waiting: Vec::new(), waiting_bytes: 0 }
    }

    pub fn push(&mut self, step: &str, rejects: Vec<Reject>) -> Result<(), Failure> {
        if rejects.is_empty() || self.place.is_none() {
            return Ok(());
        }
        let step: Arc<str> = step.into();
        self.waiting_bytes += rejects.iter().map(|r| r.excerpt.len() + r.after.len()).sum::<usize>();
        self.waiting.extend(rejects.into_iter().map(|reject| (Arc::clone(&step), reject)));
        if self.waiting.len() >= BATCH || self.waiting_bytes >= BATCH_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Failure> {
        let Some(place) = &self.place else { return Ok(()) };
        if self.sink.is_none() {
            let place = Place { stem: format!("{}-trace", place.stem), ..place.clone() };
            self.sink = Some(FileSink::new(
                Arc::new(ArrowParts::new(SCHEMA.clone())),
                SCHEMA.clone(),
                place,
                Role::Trace,
                None,
            ));
        }
        let rows = to_columns(&self.waiting)?;
        self.waiting.clear();
        self.waiting_bytes = 0;
        if let Some(sink) = &mut self.sink {
            let mut jobs = Vec::new();
            sink.accept(rows, &mut jobs)?;
            for job in jobs {
                sink.append(job()?.finish()?)?;
            }
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<Vec<FileRef>, Failure> {
        if !self.waiting.is_empty() {
            self.write()?;
        }
        let Some(mut sink) = self.sink.take() else { return Ok(Vec::new()) };
        let mut jobs = Vec::new();
        sink.flush(&mut jobs)?;
        for job in jobs {
            sink.append(job()?.finish()?)?;
        }
        sink.finish()
    }
}

fn to_columns(rejects: &[(Arc<str>, Reject)]) -> Result<RecordBatch, Failure> {
    let text = |get: fn(&(Arc<str>, Reject)) -> &str| -> ArrayRef {
        let mut column = StringBuilder::new();
        for reject in rejects {
            column.append_value(get(reject));
        }
        Arc::new(column.finish())
    };
    let number = |get: fn((u32, u32)) -> u32| -> ArrayRef {
        let mut column = UInt32Builder::with_capacity(rejects.len());
        for (_, reject) in rejects {
            column.append_option(reject.span.map(get));
        }
        Arc::new(column.finish())
    };
    let columns = vec![
        text(|(_, r)| &r.id),
        text(|(_, r)| &r.id),
        text(|(step, _)| step),
        text(|(_, r)| r.kind.word()),
        text(|(_, r)| &r.reason),
        text(|(_, r)| &r.rule),
        text(|(_, r)| &r.twin),
        number(|s| s.0),
        number(|s| s.1),
        text(|(_, r)| &r.excerpt),
        text(|(_, r)| &r.after),
    ];
    Ok(RecordBatch::try_new(SCHEMA.clone(), columns).map_err(EngineFailure::arrow("write the trace"))?)
}
