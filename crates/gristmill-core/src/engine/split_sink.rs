//! Writes parts in splits: each file holds rows of one value of a column, so that outputs can take them up one by one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_schema::SchemaRef;
use arrow_select::take::take_record_batch;

use super::attempt::{FileRef, Place, Role};
use super::failure::EngineFailure;
use super::file_sink::FileSink;
use super::sink::{EncodeJob, RowSink};
use crate::batch::Batch;
use crate::failure::Failure;
use crate::format::{Encoded, Format};

/// Splits of one data set. Each has a file open and a group of rows waiting.
const MOST: usize = 64;

/// What files call a split that has several names.
fn file_name(split: &str) -> &str {
    match split {
        "valid" | "val" | "dev" => "validation",
        _ => split,
    }
}

/// One [`FileSink`] for each split, begun when its first row comes.
pub struct SplitSink {
    column: String,
    format: Arc<dyn Format>,
    schema: SchemaRef,
    place: Place,
    file_bytes: usize,
    /// Whether files are kept in memory while there is room.
    keep: bool,
    splits: BTreeMap<String, usize>,
    sinks: Vec<FileSink>,
    /// Which sink asked for each piece of encoding work, in order.
    asked: VecDeque<usize>,
}

impl SplitSink {
    /// Writes parts of about `file_bytes` each, none with rows of two splits.
    pub fn new(
        column: String,
        format: Arc<dyn Format>,
        schema: SchemaRef,
        place: Place,
        file_bytes: usize,
    ) -> Self {
        let (splits, sinks, asked) = (BTreeMap::new(), Vec::new(), VecDeque::new());
        Self { column, format, schema, place, file_bytes, keep: false, splits, sinks, asked }
    }

    /// On wish, writes nothing while there is room in memory: for files that are thrown away.
    pub const fn keeping(mut self, keep: bool) -> Self {
        self.keep = keep;
        self
    }

    fn sink(&self, number: usize) -> FileSink {
        let stem = format!("{}-{number:02}", self.place.stem);
        let place = Place { stem, ..self.place.clone() };
        let (format, schema) = (self.format.clone(), self.schema.clone());
        FileSink::new(format, schema, place, Role::Part, Some(self.file_bytes)).keeping(self.keep)
    }

    /// The sink of a split.
    fn find(&mut self, split: &str) -> Result<usize, Failure> {
        if let Some(&found) = self.splits.get(split) {
            return Ok(found);
        }
        let refuse = |why: String| Err(EngineFailure::BadSplit { column: self.column.clone(), why }.into());
        if split.is_empty() || !split.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return refuse(format!("`{split}` is no name for files: use letters, digits and underscores"));
        }
        if self.sinks.len() == MOST {
            return refuse(format!("it has more than {MOST} different values"));
        }
        self.sinks.push(self.sink(self.sinks.len()));
        self.splits.insert(split.to_owned(), self.sinks.len() - 1);
        Ok(self.sinks.len() - 1)
    }

    fn give(&mut self, at: usize, rows: RecordBatch, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        let before = jobs.len();
        self.sinks[at].accept(rows, jobs)?;
        self.asked.extend(std::iter::repeat_n(at, jobs.len() - before));
        Ok(())
    }
}

impl RowSink for SplitSink {
    fn accept(&mut self, rows: RecordBatch, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        let batch = Batch::new(rows.clone())?;
        let names = batch.plain_text(&self.column)?;
        // By number of the sink, which is the order in which splits were met: the same however batches are cut.
        let mut members: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for row in 0..names.len() {
            if names.is_null(row) {
                let why = format!("the row {} has none", batch.ids().value(row));
                return Err(EngineFailure::BadSplit { column: self.column.clone(), why }.into());
            }
            members.entry(self.find(file_name(names.value(row)))?).or_default().push(row as u32);
        }
        for (at, members) in members {
            let own = if members.len() == rows.num_rows() {
                rows.clone()
            } else {
                take_record_batch(&rows, &UInt32Array::from(members))
                    .map_err(EngineFailure::arrow("part rows by split"))?
            };
            self.give(at, own, jobs)?;
        }
        Ok(())
    }

    fn flush(&mut self, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        for at in 0..self.sinks.len() {
            let before = jobs.len();
            self.sinks[at].flush(jobs)?;
            self.asked.extend(std::iter::repeat_n(at, jobs.len() - before));
        }
        Ok(())
    }

    fn append(&mut self, encoded: Encoded) -> Result<(), Failure> {
        match self.asked.pop_front() {
            Some(at) => self.sinks[at].append(encoded),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<Vec<FileRef>, Failure> {
        if self.sinks.is_empty() {
            // Whoever reads the parts wants to know their columns.
            return self.sink(0).finish();
        }
        let (mut files, mut first_row) = (Vec::new(), 0);
        for (split, &at) in &self.splits {
            for mut file in self.sinks[at].finish()? {
                file.label = Some(split.clone());
                file.first_row = Some(first_row);
                first_row += file.rows;
                files.push(file);
            }
        }
        Ok(files)
    }

    fn job_bytes(&self) -> u64 {
        self.format.group_bytes() as u64 * 2
    }
}
