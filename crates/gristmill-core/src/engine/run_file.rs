//! Files of fixed-width records in sorted runs, each run cut into partitions: keys on their way to a decider and
//! marks on their way back.
//!
//! Layout: the records, run after run, partition after partition; then a footer of little-endian `u64`: for each
//! run the end offset (in records) of each partition; then runs, partitions, record width and the magic number.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::attempt::{Attempt, FileRef, Place, Role};
use super::failure::EngineFailure;
use super::shelf::Shelf;
use super::slice_read::SliceRead;
use super::stored::Stored;
use crate::failure::Failure;

const MAGIC: u64 = 0x315f_4e55_525f_4d47;
const TAIL: u64 = 32;

/// A record of fixed width that sorts as it should be read.
pub trait Record: Copy + Ord + Send + 'static {
    /// Bytes of a record.
    const WIDTH: usize;
    /// Appends the record's bytes.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads a record from exactly [`Record::WIDTH`] bytes.
    fn get(bytes: &[u8]) -> Self;
    /// Sorts records; `room` is space for kinds that know a faster way.
    fn sort(records: &mut Vec<Self>, _room: &mut Vec<Self>) {
        records.sort_unstable();
    }
}

/// Writes records; sorts and spills a run whenever `run_records` have gathered, so memory is bounded and the file
/// depends on the order of records alone.
pub struct RunWriter<R: Record> {
    attempt: Attempt,
    partitions: usize,
    partition_of: fn(&R, usize) -> usize,
    waiting: Vec<R>,
    room: Vec<R>,
    run_records: usize,
    ends: Vec<u64>,
    runs: u64,
    records: u64,
}

impl<R: Record> RunWriter<R> {
    /// Starts a file.
    pub fn create(
        place: &Place,
        suffix: &str,
        partitions: usize,
        partition_of: fn(&R, usize) -> usize,
        run_records: usize,
    ) -> Result<Self, Failure> {
        Ok(Self {
            attempt: Attempt::keep(place, suffix)?,
            partitions,
            partition_of,
            waiting: Vec::new(),
            room: Vec::new(),
            run_records,
            ends: Vec::new(),
            runs: 0,
            records: 0,
        })
    }

    /// Adds a record.
    pub fn push(&mut self, record: R) -> Result<(), Failure> {
        self.waiting.push(record);
        if self.waiting.len() >= self.run_records { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<(), Failure> {
        let (of, partitions) = (self.partition_of, self.partitions);
        if partitions == 1 {
            R::sort(&mut self.waiting, &mut self.room);
        } else {
            self.waiting
                .sort_unstable_by(|a, b| of(a, partitions).cmp(&of(b, partitions)).then_with(|| a.cmp(b)));
        }
        let mut bytes = Vec::with_capacity(R::WIDTH * 4096);
        let mut writer = self.attempt.writer();
        let mut ends = vec![0; partitions];
        for batch in self.waiting.chunks(4096) {
            bytes.clear();
            for record in batch {
                record.put(&mut bytes);
                ends[of(record, partitions)] += 1;
            }
            writer.write_all(&bytes).map_err(EngineFailure::file("write", self.attempt.path()))?;
        }
        for end in ends {
            self.records += end;
            self.ends.push(self.records);
        }
        self.runs += 1;
        self.waiting.clear();
        Ok(())
    }

    /// Ends and commits the file.
    pub fn commit(mut self, tag: &str, extension: &str, role: Role) -> Result<FileRef, Failure> {
        self.end()?;
        self.attempt.commit(tag, extension, role, self.records)
    }

    /// Ends the file and opens it, without ever giving it a name: it goes with what is returned.
    pub fn read_back(mut self) -> Result<(RunFile, Attempt), Failure> {
        self.end()?;
        Ok((RunFile::over::<R>(self.attempt.read_back()?, self.attempt.path())?, self.attempt))
    }

    fn end(&mut self) -> Result<(), Failure> {
        if !self.waiting.is_empty() {
            self.spill()?;
        }
        let mut footer = Vec::with_capacity(self.ends.len() * 8 + TAIL as usize);
        for number in self.ends.iter().chain(&[self.runs, self.partitions as u64, R::WIDTH as u64, MAGIC]) {
            footer.extend_from_slice(&number.to_le_bytes());
        }
        let mut writer = self.attempt.writer();
        writer.write_all(&footer).map_err(EngineFailure::file("write", self.attempt.path()))?;
        Ok(())
    }
}

/// A committed run file, opened.
pub struct RunFile {
    file: Stored,
    path: PathBuf,
    ends: Vec<u64>,
    partitions: usize,
    width: usize,
}

impl RunFile {
    /// Bytes of a record of a file, whatever it holds.
    pub fn width(shelf: &Shelf, path: &Path) -> Result<u64, Failure> {
        let file = shelf.open(path)?;
        let size = file.len().map_err(EngineFailure::file("read", path))?;
        let Some(tail) = size.checked_sub(TAIL) else { return Ok(0) };
        Ok(numbers(&file, path, tail, 4)?[2])
    }

    /// Records in the file.
    pub fn records(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Opens a file and checks its footer against its size.
    pub fn open<R: Record>(shelf: &Shelf, path: &Path) -> Result<Self, Failure> {
        Self::over::<R>(shelf.open(path)?, path)
    }

    fn over<R: Record>(file: Stored, path: &Path) -> Result<Self, Failure> {
        let size = file.len().map_err(EngineFailure::file("read", path))?;
        let damaged = |why: &str| EngineFailure::Damaged { path: path.to_path_buf(), why: why.to_owned() };
        if size < TAIL {
            return Err(damaged("it is too short").into());
        }
        let tail = numbers(&file, path, size - TAIL, 4)?;
        let (runs, partitions, width) = (tail[0], tail[1], tail[2]);
        let count =
            runs.checked_mul(partitions).filter(|n| n.checked_mul(8).is_some_and(|b| b + TAIL <= size));
        let Some(count) = count.filter(|_| tail[3] == MAGIC && width == R::WIDTH as u64 && partitions > 0)
        else {
            return Err(damaged("its footer is not one of this version").into());
        };
        let ends = numbers(&file, path, size - TAIL - count * 8, count as usize)?;
        let records = ends.last().copied().unwrap_or(0);
        if ends.windows(2).any(|w| w[0] > w[1]) || records * width + count * 8 + TAIL != size {
            return Err(damaged("its footer does not fit its size").into());
        }
        Ok(Self {
            file,
            path: path.to_path_buf(),
            ends,
            partitions: partitions as usize,
            width: width as usize,
        })
    }

    /// The sorted slices that hold one partition, as readers.
    pub fn partition<R: Record>(&self, partition: usize) -> Vec<RunReader<R>> {
        self.slices(partition).map(|(start, end)| self.reader(start, end)).collect()
    }

    fn slices(&self, partition: usize) -> impl Iterator<Item = (u64, u64)> {
        let runs = self.ends.len() / self.partitions;
        (0..runs).filter_map(move |run| {
            let at = run * self.partitions + partition;
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            (start < self.ends[at]).then_some((start, self.ends[at]))
        })
    }

    fn reader<R: Record>(&self, start: u64, end: u64) -> RunReader<R> {
        let width = self.width as u64;
        let slice = SliceRead::new(self.file.clone(), start * width, end * width);
        RunReader {
            slice,
            path: self.path.clone(),
            buffer: Vec::new(),
            at: 0,
            kind: std::marker::PhantomData,
        }
    }

    /// Readers of the records `r` with `low <= r < high` of all runs, found by binary search.
    pub fn range<R: Record>(&self, low: &R, high: &R) -> Result<Vec<RunReader<R>>, Failure> {
        let mut readers = Vec::new();
        for partition in 0..self.partitions {
            for (start, end) in self.slices(partition) {
                let from = self.search(start, end, low)?;
                let to = self.search(from, end, high)?;
                if from < to {
                    readers.push(self.reader(from, to));
                }
            }
        }
        Ok(readers)
    }

    /// First record in the sorted slice that is not less than `wanted`.
    fn search<R: Record>(&self, mut low: u64, mut high: u64, wanted: &R) -> Result<u64, Failure> {
        let mut bytes = vec![0; self.width];
        while low < high {
            let middle = low + (high - low) / 2;
            self.file
                .read_at(&mut bytes, middle * self.width as u64)
                .map_err(EngineFailure::file("read", &self.path))?;
            if R::get(&bytes) < *wanted { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}

fn numbers(file: &Stored, path: &Path, offset: u64, count: usize) -> Result<Vec<u64>, Failure> {
    let mut bytes = vec![0; count * 8];
    file.read_at(&mut bytes, offset).map_err(EngineFailure::file("read", path))?;
    Ok(bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap_or_default())).collect())
}

/// Reads one sorted slice.
pub struct RunReader<R: Record> {
    slice: SliceRead,
    path: PathBuf,
    buffer: Vec<u8>,
    at: usize,
    kind: std::marker::PhantomData<R>,
}

impl<R: Record> RunReader<R> {
    /// Records not read yet.
    pub fn left(&self) -> u64 {
        (self.slice.left() + (self.buffer.len() - self.at) as u64) / R::WIDTH as u64
    }

    /// The next record.
    pub fn next(&mut self) -> Result<Option<R>, Failure> {
        if self.at == self.buffer.len() {
            let want = (self.slice.left() as usize).min(R::WIDTH * 1024);
            self.buffer.resize(want, 0);
            self.slice.fill(&mut self.buffer).map_err(EngineFailure::file("read", &self.path))?;
            self.at = 0;
            if want == 0 {
                return Ok(None);
            }
        }
        let record = R::get(&self.buffer[self.at..self.at + R::WIDTH]);
        self.at += R::WIDTH;
        Ok(Some(record))
    }
}

/// Merges sorted slices into one sorted stream.
pub struct RunMerge<R: Record> {
    readers: Vec<RunReader<R>>,
    heads: std::collections::BinaryHeap<std::cmp::Reverse<(R, usize)>>,
}

impl<R: Record> RunMerge<R> {
    /// Merges the slices of these readers.
    pub fn new(mut readers: Vec<RunReader<R>>) -> Result<Self, Failure> {
        let mut heads = std::collections::BinaryHeap::with_capacity(readers.len());
        for (i, reader) in readers.iter_mut().enumerate() {
            if let Some(record) = reader.next()? {
                heads.push(std::cmp::Reverse((record, i)));
            }
        }
        Ok(Self { readers, heads })
    }

    /// The next record in order.
    pub fn next(&mut self) -> Result<Option<R>, Failure> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let (record, i) = head.0;
        match self.readers[i].next()? {
            Some(next) => head.0 = (next, i),
            None => {
                std::collections::binary_heap::PeekMut::pop(head);
            }
        }
        Ok(Some(record))
    }
}
