//! Writes rows to files of one format: the parts of a stage, the files of an output, the trace.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::attempt::{Attempt, FileRef, Place, Role, Sealed};
use super::blocks::{Blocks, logical_bytes};
use super::shelf::KeptRows;
use super::sink::{EncodeJob, RowSink};
use crate::failure::Failure;
use crate::format::{Begun, Companion, Encoded, Format, FormatFile, Head};

/// Rows of one group and whether the file ends behind it.
struct Group {
    rows: u64,
    /// Of its values.
    bytes: usize,
    last: bool,
}

/// Cuts rows into blocks, groups and files; has groups encoded on the pool and appends them in order.
pub struct FileSink {
    format: Arc<dyn Format>,
    blocks: Blocks,
    place: Place,
    role: Role,
    file_bytes: Option<usize>,
    group: Vec<RecordBatch>,
    group_size: usize,
    file_size: usize,
    /// Groups whose encoding was asked for, in order.
    asked: VecDeque<Group>,
    open: Option<Open>,
    /// Whole files, named when the run ends, so that a run that fails leaves none.
    done: Vec<Sealed>,
    /// Files so far, companions not counted.
    files: usize,
    first_row: u64,
    schema: SchemaRef,
    /// Whether rows stay as they are, and in memory, while there is room.
    keep: bool,
}

struct Open {
    attempt: Attempt,
    body: Body,
    rows: u64,
    /// Of their values.
    bytes: u64,
}

/// What becomes of the rows of a file.
enum Body {
    Written(Box<dyn FormatFile>),
    Kept(KeptRows),
}

impl FileSink {
    /// Writes files of `role`; a new one is begun at the first block border past `file_bytes` bytes of values.
    /// There is always at least one file, be it without rows, so that the columns are known to whoever reads it.
    pub fn new(
        format: Arc<dyn Format>,
        schema: SchemaRef,
        place: Place,
        role: Role,
        file_bytes: Option<usize>,
    ) -> Self {
        Self {
            format,
            blocks: Blocks::new(schema.clone()),
            place,
            role,
            file_bytes,
            group: Vec::new(),
            group_size: 0,
            file_size: 0,
            asked: VecDeque::new(),
            open: None,
            done: Vec::new(),
            files: 0,
            first_row: 0,
            schema,
            keep: false,
        }
    }

    /// On wish, writes nothing while there is room in memory: for files that are thrown away. Their size is told as
    /// that of their values, in memory or not.
    pub const fn keeping(mut self, keep: bool) -> Self {
        self.keep = keep;
        self
    }

    fn take_block(&mut self, block: RecordBatch, jobs: &mut Vec<EncodeJob>) {
        let bytes = logical_bytes(&block);
        self.group_size += bytes;
        self.file_size += bytes;
        self.group.push(block);
        let last = self.file_bytes.is_some_and(|limit| self.file_size >= limit);
        let behind = self.file_size - self.group_size;
        if last || self.group_size >= self.format.group_bytes_behind(behind) {
            self.close_group(last, jobs);
        }
    }

    fn close_group(&mut self, last: bool, jobs: &mut Vec<EncodeJob>) {
        let blocks = std::mem::take(&mut self.group);
        let bytes = std::mem::take(&mut self.group_size);
        if last {
            self.file_size = 0;
        }
        let rows = blocks.iter().map(|b| b.num_rows() as u64).sum();
        self.asked.push_back(Group { rows, bytes, last });
        if self.keep {
            jobs.push(Box::new(move || Ok(Begun::Whole(Encoded(Box::new(blocks))))));
            return;
        }
        let format = Arc::clone(&self.format);
        jobs.push(Box::new(move || format.begin(&blocks)));
    }

    fn start(&mut self) -> Result<Open, Failure> {
        let suffix = self.files.to_string();
        let (attempt, body) = if self.keep {
            let rows = KeptRows::new(self.schema.clone(), &self.place.shelf);
            (Attempt::keep(&self.place, &suffix)?, Body::Kept(rows))
        } else {
            let attempt = Attempt::create(&self.place, &suffix)?;
            if self.role == Role::Output {
                attempt.sync_early()?;
            }
            let file = self.format.open(Box::new(attempt.writer()))?;
            (attempt, Body::Written(file))
        };
        Ok(Open { attempt, body, rows: 0, bytes: 0 })
    }

    /// Adds blocks to a file that is kept; from the first on for which there is no room it is written.
    fn add(&self, open: &mut Open, mut blocks: Vec<RecordBatch>) -> Result<(), Failure> {
        if let Body::Kept(rows) = &mut open.body {
            blocks = match rows.push(blocks) {
                Ok(()) => return Ok(()),
                Err(blocks) => blocks,
            };
            open.attempt.to_disk()?;
            let mut file = self.format.open(Box::new(open.attempt.writer()))?;
            for block in rows.blocks.drain(..) {
                file.append(self.format.encode(&[block])?)?;
            }
            open.body = Body::Written(file);
        }
        if let Body::Written(file) = &mut open.body {
            file.append(self.format.encode(&blocks)?)?;
        }
        Ok(())
    }

    fn close(&mut self, open: Open) -> Result<(), Failure> {
        let extensions = self.format.companions();
        let mut beside = Vec::with_capacity(extensions.len());
        for extension in extensions {
            beside.push(Attempt::create(&self.place, &format!("{}-{extension}", self.files))?);
        }
        let mut writers: Vec<Companion> =
            beside.iter().map(|attempt| Box::new(attempt.writer()) as Companion).collect();
        match open.body {
            Body::Kept(rows) => open.attempt.keep_rows(rows),
            Body::Written(file) => {
                if let Head::Replaced(head) = file.finish(&mut writers)? {
                    open.attempt.replace_head(&head)?;
                }
            }
        }
        drop(writers);
        let tag = format!("{:03}", self.files);
        let mut sealed = open.attempt.seal(&tag, &self.format.extension(), self.role, open.rows)?;
        sealed.file.first_row = Some(self.first_row);
        if self.keep {
            sealed.file.bytes = open.bytes;
        }
        self.first_row += open.rows;
        self.files += 1;
        self.done.push(sealed);
        for (attempt, extension) in beside.into_iter().zip(extensions) {
            self.done.push(attempt.seal(&tag, extension, self.role, 0)?);
        }
        Ok(())
    }
}

impl RowSink for FileSink {
    fn accept(&mut self, rows: RecordBatch, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        let mut ready = Vec::new();
        self.blocks.push(&rows, &mut ready)?;
        for block in ready {
            self.take_block(block, jobs);
        }
        Ok(())
    }

    fn job_bytes(&self) -> u64 {
        let next = self.format.group_bytes_behind(self.file_size);
        self.asked.iter().map(|group| group.bytes).fold(next, usize::max) as u64 * 2
    }

    fn flush(&mut self, jobs: &mut Vec<EncodeJob>) -> Result<(), Failure> {
        if let Some(block) = self.blocks.finish()? {
            self.take_block(block, jobs);
        }
        if !self.group.is_empty() {
            self.close_group(true, jobs);
        }
        Ok(())
    }

    fn append(&mut self, encoded: Encoded) -> Result<(), Failure> {
        let Some(group) = self.asked.pop_front() else { return Ok(()) };
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.start()?,
        };
        open.rows += group.rows;
        open.bytes += group.bytes as u64;
        if self.keep {
            if let Ok(blocks) = encoded.0.downcast::<Vec<RecordBatch>>() {
                self.add(&mut open, *blocks)?;
            }
        } else if let Body::Written(file) = &mut open.body {
            file.append(encoded)?;
        }
        if group.last {
            self.close(open)
        } else {
            self.open = Some(open);
            Ok(())
        }
    }

    fn finish(&mut self) -> Result<Vec<FileRef>, Failure> {
        if let Some(open) = self.open.take() {
            self.close(open)?;
        }
        if self.done.is_empty() {
            let open = self.start()?;
            self.close(open)?;
        }
        std::mem::take(&mut self.done).into_iter().map(Sealed::publish).collect()
    }
}
