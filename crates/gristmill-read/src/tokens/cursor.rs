//! Reading at any place of a file, mostly one stretch behind the other.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use super::number::Number;
use crate::bytes_in::open_file;
use crate::failure::ReadFailure;

const BUFFER: usize = 64 << 10;

/// A file that is read at places.
pub(crate) struct Places {
    file: BufReader<File>,
    at: u64,
    path: String,
    /// Bytes of the file.
    pub(crate) size: u64,
}

impl Places {
    /// Opens a file.
    pub(crate) fn open(path: &str) -> Result<Self, ReadFailure> {
        let (file, size) = open_file(path)?;
        Ok(Self { file: BufReader::with_capacity(BUFFER, file), at: 0, path: path.to_owned(), size })
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Fills a buffer from a place on.
    pub(crate) fn read(&mut self, at: u64, into: &mut [u8]) -> Result<(), ReadFailure> {
        let end = at.checked_add(into.len() as u64);
        if end.is_none_or(|end| end > self.size) {
            return Err(self.truncated("it ends before the numbers it tells of"));
        }
        self.move_to(at).and_then(|()| self.file.read_exact(into)).map_err(|source| {
            if source.kind() == std::io::ErrorKind::UnexpectedEof {
                self.truncated("it became shorter while it was read")
            } else {
                ReadFailure::Io { path: self.path.clone(), source }
            }
        })?;
        self.at = at + into.len() as u64;
        Ok(())
    }

    /// Reads so many bytes from a place on, having seen that they are there.
    pub(crate) fn read_many(&mut self, at: u64, count: u64, into: &mut Vec<u8>) -> Result<(), ReadFailure> {
        if at.checked_add(count).is_none_or(|end| end > self.size) {
            return Err(self.truncated("it ends before the numbers it tells of"));
        }
        into.resize(count as usize, 0);
        self.read(at, into)
    }

    fn move_to(&mut self, at: u64) -> std::io::Result<()> {
        if at == self.at {
            return Ok(());
        }
        // Keeps the buffer where the place lies in it.
        match i64::try_from(i128::from(at) - i128::from(self.at)) {
            Ok(by) => self.file.seek_relative(by),
            Err(_) => self.file.seek(SeekFrom::Start(at)).map(|_| ()),
        }
    }

    /// That the file ends too early.
    pub(crate) fn truncated(&self, detail: &str) -> ReadFailure {
        ReadFailure::Truncated { path: self.path.clone(), offset: self.size, detail: detail.to_owned() }
    }

    /// That something in it is wrong.
    pub(crate) fn damaged(&self, at: u64, detail: impl Into<String>) -> ReadFailure {
        ReadFailure::Damaged { path: self.path.clone(), offset: at, detail: detail.into() }
    }
}

/// A table of numbers that are places or lengths, so never below zero.
pub(crate) struct Table {
    places: Places,
    number: Number,
    /// Where the table begins.
    begin: u64,
    /// Number of its entry that comes next.
    next: u64,
}

impl Table {
    /// The table that begins at a byte; entry `next` is read first.
    pub(crate) const fn new(places: Places, number: Number, begin: u64, next: u64) -> Self {
        Self { places, number, begin, next }
    }

    /// The file.
    pub(crate) const fn places(&self) -> &Places {
        &self.places
    }

    /// The next entry.
    pub(crate) fn next(&mut self) -> Result<u64, ReadFailure> {
        let mut bytes = [0; 8];
        let width = self.number.bytes();
        let at = self.next.checked_mul(width as u64).and_then(|at| at.checked_add(self.begin));
        let at = at.ok_or_else(|| self.places.truncated("its table is not complete"))?;
        self.places.read(at, &mut bytes[..width])?;
        self.next += 1;
        let negative = |n: i64| self.places.damaged(at, format!("{n} is no place and no length"));
        let signed = |n: i64| u64::try_from(n).map_err(|_| negative(n));
        match self.number {
            Number::I8 => signed(i64::from(bytes[0].cast_signed())),
            Number::I16 => signed(i64::from(i16::from_le_bytes([bytes[0], bytes[1]]))),
            Number::I32 => signed(i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))),
            Number::I64 => signed(i64::from_le_bytes(bytes)),
            Number::U8 | Number::U16 | Number::U32 | Number::U64 => Ok(u64::from_le_bytes(bytes)),
        }
    }

    /// An entry out of turn; reading goes on behind it.
    pub(crate) fn at(&mut self, entry: u64) -> Result<u64, ReadFailure> {
        self.next = entry;
        self.next()
    }
}
