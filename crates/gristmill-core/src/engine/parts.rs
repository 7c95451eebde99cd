//! Reads committed parts back, under the marks of the selects that have spoken since they were written.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::{ListBuilder, StringBuilder, UInt64Builder};
use arrow_array::{ListArray, RecordBatch, UInt64Array};
use arrow_ipc::reader::FileReader;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::failure::EngineFailure;
use super::keys::{address, task_and_row};
use super::marks::{MarkCursor, MarkRecord, Verdict, verdict_of};
use super::notes::split_note;
use super::shelf::{KeptRows, Shelf};
use super::spec::PartSpec;
use crate::batch::{Batch, ID_COLUMN, LABEL_COLUMN, LABELS_COLUMN};
use crate::failure::Failure;
use crate::format::BLOCK_ROWS;
use crate::step::{Chunk, ChunkBody, Cutter, Parser, Progress};
use crate::trace::{RejectKind, StepTrace};

/// Engine column with the address each row has in its part; only attached for scans.
pub const ADDRESS_COLUMN: &str = "__address";

/// One committed part.
#[derive(Clone, Debug)]
pub struct Part {
    pub path: PathBuf,
    pub task: u64,
    pub first_row: u64,
    pub rows: u64,
}

impl From<PartSpec> for Part {
    fn from(spec: PartSpec) -> Self {
        Self { path: spec.path, task: spec.task, first_row: spec.first_row, rows: spec.rows }
    }
}

/// The marks of one select.
pub struct Marks {
    pub reasons: Vec<String>,
    /// Whether drops are counted and traced here.
    pub count: bool,
    pub label: bool,
    /// Whether rows may have several labels.
    pub many: bool,
}

enum Open {
    Arrow(FileReader<BufReader<File>>),
    Parquet(ParquetRecordBatchReader),
    Kept(KeptPart),
}

/// A part in memory: its blocks, the number of the next one, and the positions of the columns that are wanted.
struct KeptPart {
    rows: Arc<KeptRows>,
    next: usize,
    wanted: Option<Vec<usize>>,
}

impl Iterator for KeptPart {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.rows.blocks.get(self.next)?;
        self.next += 1;
        Some(match &self.wanted {
            Some(wanted) => block.project(wanted),
            None => Ok(block.clone()),
        })
    }
}

/// Cuts parts block by block. Verdicts are looked up here, in row order; applying them is the parser's.
pub struct PartsCutter {
    shelf: Shelf,
    parts: std::vec::IntoIter<Part>,
    columns: Option<Vec<String>>,
    open: Option<(Open, Part, u64)>,
    /// Rows to pass over and rows to give, over all parts.
    range: Option<(u64, u64)>,
    cursors: Arc<Mutex<Vec<MarkCursor>>>,
    done: u64,
    total: u64,
}

impl PartsCutter {
    pub fn new(
        shelf: &Shelf,
        parts: Vec<Part>,
        columns: Option<Vec<String>>,
        range: Option<(u64, u64)>,
        cursors: Vec<MarkCursor>,
    ) -> Result<Self, Failure> {
        let mut total = 0;
        for part in &parts {
            total += shelf.size(&part.path)?;
        }
        let cursors = Arc::new(Mutex::new(cursors));
        let shelf = shelf.clone();
        Ok(Self { shelf, parts: parts.into_iter(), columns, open: None, range, cursors, done: 0, total })
    }

    fn advance(&mut self) -> Result<bool, Failure> {
        if let Some((_, part, _)) = self.open.take() {
            self.done += self.shelf.size(&part.path).unwrap_or(0);
        }
        for part in self.parts.by_ref() {
            // Parts before the wanted rows need not be opened at all.
            if let Some((skip, _)) = &mut self.range
                && *skip >= part.rows
            {
                *skip -= part.rows;
                continue;
            }
            for cursor in self.cursors.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
                cursor.seek(part.task, part.first_row, part.rows)?;
            }
            self.open = Some((open_part(&self.shelf, &part.path, self.columns.as_deref())?, part, 0));
            return Ok(true);
        }
        Ok(false)
    }

    fn next_block(&mut self) -> Result<Option<(RecordBatch, u64, u64)>, Failure> {
        loop {
            if self.open.is_none() && !self.advance()? {
                return Ok(None);
            }
            let Some((reader, part, row)) = &mut self.open else { return Ok(None) };
            let block = match reader {
                Open::Arrow(reader) => reader.next(),
                Open::Parquet(reader) => reader.next(),
                Open::Kept(part) => part.next(),
            };
            if let Some(block) = block {
                let block = block.map_err(|e| damaged(&part.path, &e.to_string()))?;
                let at = part.first_row + *row;
                *row += block.num_rows() as u64;
                return Ok(Some((block, part.task, at)));
            }
            self.advance()?;
            if self.open.is_none() {
                return Ok(None);
            }
        }
    }
}

impl Cutter for PartsCutter {
    fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        loop {
            if matches!(self.range, Some((_, 0))) {
                return Ok(None);
            }
            let Some((mut block, task, mut row)) = self.next_block()? else { return Ok(None) };
            if let Some((skip, take)) = &mut self.range {
                let rows = block.num_rows() as u64;
                let from = (*skip).min(rows);
                *skip -= from;
                let len = (rows - from).min(*take);
                *take -= len;
                block = block.slice(from as usize, len as usize);
                row += from;
                if len == 0 {
                    continue;
                }
            }
            // The verdicts of a block follow it as extra columns, so that the cursors stay on one thread.
            let columns = self.attach(block, task, row)?;
            return Ok(Some(Chunk {
                input: "".into(),
                address: address(task, row),
                body: ChunkBody::Columns(columns),
            }));
        }
    }

    fn progress(&self) -> Progress {
        Progress { bytes_done: self.done, bytes_total: self.total }
    }
}

/// Name of the column with the verdicts of select `i` on its way from cutter to parser.
fn verdict_column(i: usize) -> String {
    format!("__verdict{i}")
}

/// Name of the column with its notes.
fn note_column(i: usize) -> String {
    format!("__note{i}")
}

impl PartsCutter {
    fn attach(&self, block: RecordBatch, task: u64, first: u64) -> Result<RecordBatch, Failure> {
        let mut cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        if cursors.is_empty() {
            return Ok(block);
        }
        let mut fields = block.schema_ref().fields().to_vec();
        let mut columns = block.columns().to_vec();
        for (i, cursor) in cursors.iter_mut().enumerate() {
            if cursor.has_many() {
                let labels = labels_of(cursor, task, first, block.num_rows() as u64)?;
                fields.push(Arc::new(labels_field(&verdict_column(i))));
                columns.push(Arc::new(labels));
                continue;
            }
            let mut verdicts = UInt64Builder::with_capacity(block.num_rows());
            let mut notes = StringBuilder::new();
            for row in 0..block.num_rows() as u64 {
                let record = cursor.record(address(task, first + row))?;
                verdicts.append_option(record.map(MarkRecord::value));
                if cursor.has_notes() {
                    notes.append_option(record.map(|record| cursor.note(record)).transpose()?.flatten());
                }
            }
            fields.push(Arc::new(Field::new(verdict_column(i), DataType::UInt64, true)));
            columns.push(Arc::new(verdicts.finish()));
            if cursor.has_notes() {
                fields.push(Arc::new(Field::new(note_column(i), DataType::Utf8, true)));
                columns.push(Arc::new(notes.finish()));
            }
        }
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .map_err(EngineFailure::arrow("read a part"))?)
    }
}

/// The labels of rows that may have several.
fn labels_of(cursor: &mut MarkCursor, task: u64, first: u64, rows: u64) -> Result<ListArray, Failure> {
    let mut lists = ListBuilder::new(UInt64Builder::new());
    for row in first..first + rows {
        let mut any = false;
        while let Some(record) = cursor.record(address(task, row))? {
            if let Verdict::Label(label) = verdict_of(record.value()) {
                lists.values().append_value(label);
                any = true;
            }
        }
        lists.append(any);
    }
    Ok(lists.finish())
}

fn labels_field(name: &str) -> Field {
    Field::new_list(name, Field::new_list_field(DataType::UInt64, true), true)
}

/// Applies the verdicts.
pub struct PartsParser {
    marks: Vec<Marks>,
    /// Whether to attach each row's address; settled when the run is joined.
    addresses: Arc<AtomicBool>,
}

impl PartsParser {
    pub const fn new(marks: Vec<Marks>, addresses: Arc<AtomicBool>) -> Self {
        Self { marks, addresses }
    }

    /// The columns that come out, given those of the parts.
    pub fn schema(&self, parts: &SchemaRef) -> SchemaRef {
        let mut fields = parts.fields().to_vec();
        if self.marks.iter().any(|m| m.label) {
            fields.push(Arc::new(Field::new(LABEL_COLUMN, DataType::UInt64, true)));
        }
        if self.marks.iter().any(|m| m.many) {
            fields.push(Arc::new(labels_field(LABELS_COLUMN)));
        }
        Arc::new(Schema::new(fields))
    }
}

impl Parser for PartsParser {
    fn parse(&self, chunk: Chunk, trace: &mut StepTrace) -> Result<Batch, Failure> {
        let mut traces = vec![StepTrace::default(); self.marks.len().max(1)];
        let batch = self.parse_steps(chunk, &mut traces)?;
        for other in traces {
            trace.absorb(other);
        }
        Ok(batch)
    }

    fn parse_steps(&self, chunk: Chunk, traces: &mut [StepTrace]) -> Result<Batch, Failure> {
        let first = chunk.address;
        let ChunkBody::Columns(columns) = chunk.body else {
            return Err(EngineFailure::Damaged {
                path: PathBuf::new(),
                why: "a part gave no columns".into(),
            }
            .into());
        };
        let mut batch = Batch::new(columns)?;
        if self.addresses.load(Ordering::Relaxed) {
            let (task, row) = task_and_row(first);
            let rows = batch.len() as u64;
            let addresses = UInt64Array::from_iter_values((row..row + rows).map(|r| address(task as u64, r)));
            batch.set_column(ADDRESS_COLUMN, Arc::new(addresses), false)?;
        }
        for (i, marks) in self.marks.iter().enumerate() {
            let mut silent = StepTrace::default();
            let trace = if marks.count { &mut traces[i] } else { &mut silent };
            apply(&mut batch, i, marks, trace)?;
        }
        batch.compact()?;
        Ok(batch)
    }
}

fn apply(batch: &mut Batch, i: usize, marks: &Marks, trace: &mut StepTrace) -> Result<(), Failure> {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::UInt64Type;
    let name = verdict_column(i);
    if marks.many {
        let labels = batch.column(&name)?.clone();
        batch.drop_column(&name)?;
        trace.counts.rows_in += batch.alive() as u64;
        trace.counts.rows_out += batch.alive() as u64;
        return batch.set_column(LABELS_COLUMN, labels, true);
    }
    let verdicts = batch.column(&name)?.as_primitive::<UInt64Type>().clone();
    batch.drop_column(&name)?;
    let notes = batch.text(&note_column(i)).ok().cloned();
    batch.drop_column(&note_column(i))?;
    trace.counts.rows_in += batch.alive() as u64;
    // What a reader of the trace wants to see of a row: its text, under either of the two usual names.
    let text = ["text", "content"].iter().find_map(|name| batch.text(name).ok().cloned());
    let mut labels = UInt64Builder::new();
    for row in 0..batch.len() {
        let verdict = (!verdicts.is_null(row)).then(|| verdict_of(verdicts.value(row)));
        match verdict {
            Some(Verdict::Drop { reason, twin }) => {
                labels.append_null();
                let reason = marks.reasons.get(usize::from(reason)).map_or("dropped", String::as_str);
                let place = || twin.map(task_and_row).map(|(task, row)| format!("@{task}:{row}"));
                let note = notes.as_ref().and_then(|notes| notes.is_valid(row).then(|| notes.value(row)));
                let (rule, twin) = match note.map(split_note) {
                    Some((rule, twin)) => (rule, twin.to_owned()),
                    None => ("", place().unwrap_or_default()),
                };
                batch.turn_away(
                    row,
                    trace,
                    RejectKind::Dropped,
                    reason,
                    rule,
                    &twin,
                    None,
                    text.as_ref().map_or("", |text| text.value(row)),
                );
            }
            Some(Verdict::Label(label)) => labels.append_value(label),
            None => labels.append_null(),
        }
    }
    batch.tell_rows(batch, trace)?;
    trace.counts.rows_out += batch.alive() as u64;
    if marks.label {
        batch.set_column(LABEL_COLUMN, Arc::new(labels.finish()), true)?;
    }
    Ok(())
}

/// The columns of a part.
pub fn part_schema(shelf: &Shelf, part: &Part, columns: Option<&[String]>) -> Result<SchemaRef, Failure> {
    Ok(match open_part(shelf, &part.path, columns)? {
        Open::Arrow(reader) => reader.schema(),
        Open::Kept(KeptPart { rows, wanted: Some(wanted), .. }) => {
            Arc::new(rows.schema.project(&wanted).map_err(EngineFailure::arrow("read a part"))?)
        }
        Open::Kept(part) => part.rows.schema.clone(),
        Open::Parquet(reader) => {
            use arrow_array::RecordBatchReader;
            reader.schema()
        }
    })
}

fn open_part(shelf: &Shelf, path: &Path, columns: Option<&[String]>) -> Result<Open, Failure> {
    if let Some(rows) = shelf.rows(path) {
        let wanted = wanted(&rows.schema, columns, path)?;
        return Ok(Open::Kept(KeptPart { rows, next: 0, wanted }));
    }
    let file = File::open(path).map_err(EngineFailure::file("open", path))?;
    if path.extension().is_some_and(|e| e == "parquet") {
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(path, &e.to_string()))?;
        let positions = wanted(builder.schema(), columns, path)?;
        let builder = match positions {
            Some(positions) => {
                let mask = ProjectionMask::roots(builder.parquet_schema(), positions);
                builder.with_projection(mask)
            }
            None => builder,
        };
        let reader =
            builder.with_batch_size(BLOCK_ROWS).build().map_err(|e| damaged(path, &e.to_string()))?;
        return Ok(Open::Parquet(reader));
    }
    let buffered = BufReader::with_capacity(1 << 18, file);
    let reader = FileReader::try_new(buffered, None).map_err(|e| damaged(path, &e.to_string()))?;
    let Some(positions) = wanted(&reader.schema(), columns, path)? else { return Ok(Open::Arrow(reader)) };
    let file = File::open(path).map_err(EngineFailure::file("open", path))?;
    let buffered = BufReader::with_capacity(1 << 18, file);
    let reader = FileReader::try_new(buffered, Some(positions)).map_err(|e| damaged(path, &e.to_string()))?;
    Ok(Open::Arrow(reader))
}

/// Positions of the id and the wanted columns, ascending; a wanted column that is not there is an error later, in
/// the step that asks for it.
fn wanted(
    schema: &SchemaRef,
    columns: Option<&[String]>,
    path: &Path,
) -> Result<Option<Vec<usize>>, Failure> {
    let Some(columns) = columns else { return Ok(None) };
    if schema.fields().first().is_none_or(|f| f.name() != ID_COLUMN) {
        return Err(damaged(path, "it has no id column").into());
    }
    let positions =
        (0..schema.fields().len()).filter(|&i| i == 0 || columns.contains(schema.field(i).name())).collect();
    Ok(Some(positions))
}

fn damaged(path: &Path, why: &str) -> EngineFailure {
    EngineFailure::Damaged { path: path.to_path_buf(), why: why.to_owned() }
}
