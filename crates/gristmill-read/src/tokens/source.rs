//! Rows of numbers as batches.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Field, Schema};

use super::cursor::Places;
use super::number::{Lists, Number, short_lists};
use crate::cut::{Body, PIECE_BYTES, PIECE_ROWS, PieceSource, lost};
use crate::failure::ReadFailure;
use crate::item::Item;
use crate::kinds::{OnDamage, ReadOptions};

/// Numbers behind each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Where they begin, in bytes of the file.
    pub at: u64,
    /// How many they are.
    pub count: u64,
}

/// What [`Rows::next`] tells of a row.
pub(super) struct Row {
    /// Bytes of the row with what tells of it. Beyond the limit its spans are not whole.
    pub bytes: u64,
}

/// Where rows lie.
pub(super) trait Rows: Send + 'static {
    /// Whether the spans of a row are sequences, told in a column of their own.
    const SEQUENCES: bool;

    /// Appends the spans of the next row, as long as they are within `longest` bytes.
    fn next(&mut self, longest: u64, spans: &mut Vec<Span>) -> Result<Row, ReadFailure>;
}

/// A range of rows of a file of numbers.
pub(super) struct IdSource<R> {
    places: Places,
    number: Number,
    rows: R,
    /// Names of the columns: ids, lengths of sequences.
    column: String,
    sequences: String,
    /// Number of the next row, and of the one behind the last.
    row: u64,
    end: u64,
    longest: u64,
    keep: bool,
    done: u64,
    /// What comes behind the rows just handed on.
    next: Option<Halt>,
    spans: Vec<Span>,
    bytes: Vec<u8>,
}

/// Why a batch ends before its time.
enum Halt {
    TooLong(u64),
    Failed(ReadFailure),
}

impl<R: Rows> IdSource<R> {
    /// The rows of a split; `rows` stands at its first.
    pub(super) fn new(places: Places, number: Number, rows: R, item: &Item, options: &ReadOptions) -> Self {
        Self {
            places,
            number,
            rows,
            column: options.column.clone(),
            sequences: options.sequences.clone(),
            row: item.split.start,
            end: item.split.end,
            longest: options.max_record_bytes,
            keep: options.on_damage == OnDamage::Keep,
            done: 0,
            next: None,
            spans: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// Appends the next row.
    fn take(&mut self, out: &mut Collected) -> Result<(), Halt> {
        self.spans.clear();
        let row = self.rows.next(self.longest, &mut self.spans).map_err(Halt::Failed)?;
        self.done += row.bytes;
        if row.bytes > self.longest {
            return Err(Halt::TooLong(row.bytes));
        }
        let mut spans = self.spans.iter().copied().peekable();
        while let Some(mut span) = spans.next() {
            let width = self.number.bytes() as u64;
            out.sequence(span.count);
            // Sequences behind each other are read at once.
            while let Some(next) = spans.next_if(|next| next.at == span.at + span.count * width) {
                out.sequence(next.count);
                span.count += next.count;
            }
            self.places.read_many(span.at, span.count * width, &mut self.bytes).map_err(Halt::Failed)?;
            out.ids.push(&self.bytes);
        }
        out.close(row.bytes);
        Ok(())
    }

    fn halt(&mut self, halt: Halt) -> Result<Option<(u64, Body)>, ReadFailure> {
        let row = self.row;
        match halt {
            Halt::TooLong(bytes) => {
                self.row += 1;
                Ok(Some((row, Body::TooLong(bytes))))
            }
            Halt::Failed(failure) if self.keep && failure.is_damage() => {
                self.row = self.end;
                Ok(Some((row, lost(0, &failure))))
            }
            Halt::Failed(failure) => Err(failure),
        }
    }
}

impl<R: Rows> PieceSource for IdSource<R> {
    fn next(&mut self) -> Result<Option<(u64, Body)>, ReadFailure> {
        if let Some(halt) = self.next.take() {
            return self.halt(halt);
        }
        let first = self.row;
        let mut out = Collected::new(self.number);
        while self.row < self.end && out.rows() < PIECE_ROWS && out.bytes < PIECE_BYTES as u64 {
            match self.take(&mut out) {
                Ok(()) => self.row += 1,
                Err(halt) if out.rows() == 0 => return self.halt(halt),
                Err(halt) => {
                    out.undo();
                    self.next = Some(halt);
                    break;
                }
            }
        }
        if out.rows() == 0 {
            return Ok(None);
        }
        let sequences = R::SEQUENCES.then_some(self.sequences.as_str());
        Ok(Some((first, Body::Columns(out.finish(&self.column, sequences)?))))
    }

    fn consumed(&self) -> u64 {
        self.done
    }
}

/// Rows being collected.
struct Collected {
    ids: Lists,
    lengths: Vec<i32>,
    ends: Vec<i32>,
    bytes: u64,
}

impl Collected {
    fn new(number: Number) -> Self {
        Self { ids: Lists::new(number), lengths: Vec::new(), ends: vec![0], bytes: 0 }
    }

    fn rows(&self) -> usize {
        self.ids.len()
    }

    fn sequence(&mut self, count: u64) {
        self.lengths.push(i32::try_from(count).unwrap_or(i32::MAX));
    }

    fn close(&mut self, bytes: u64) {
        self.ids.close();
        self.ends.push(i32::try_from(self.lengths.len()).unwrap_or(i32::MAX));
        self.bytes += bytes;
    }

    /// Takes back what a row that failed has left.
    fn undo(&mut self) {
        self.ids.undo();
        self.lengths.truncate(self.ends.last().map_or(0, |&end| end as usize));
    }

    fn finish(self, column: &str, sequences: Option<&str>) -> Result<RecordBatch, ArrowError> {
        let mut fields = Vec::new();
        let mut arrays = vec![self.ids.finish()?];
        if sequences.is_some() {
            arrays.push(short_lists(self.lengths, self.ends)?);
        }
        for (name, array) in std::iter::once(column).chain(sequences).zip(&arrays) {
            fields.push(Field::new(name, array.data_type().clone(), true));
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}
