//! Samples of a shard as batches.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema};

use super::cells::{Cells, Value};
use super::head::{Column, Head};
use crate::bytes_in::{BytesIn, open_file};
use crate::columnar::bound;
use crate::cut::{Body, PIECE_BYTES, PIECE_ROWS, PieceSource, lost};
use crate::failure::{ReadFailure, row};
use crate::item::Item;
use crate::kinds::{Codec, ColumnSpec, ColumnType, InvalidUtf8, OnDamage, ReadOptions, TYPE_KEY};
use crate::rows::RowFault;
use crate::tokens::{TokensAbout, check_split, ranges};

/// Longest head of a shard.
const LONGEST_HEAD: u64 = 16 << 20;

/// The table of places, read on and on.
struct Table {
    input: BytesIn,
}

impl Table {
    fn next(&mut self) -> Result<u64, ReadFailure> {
        let mut bytes = [0; 4];
        if self.input.read_full(&mut bytes)? < bytes.len() {
            return Err(self.input.truncated("its table of samples is not complete"));
        }
        Ok(u64::from(u32::from_le_bytes(bytes)))
    }

    /// Opens the table of a file at an entry.
    fn open(path: &str, codec: Codec, entry: u64) -> Result<Self, ReadFailure> {
        Ok(Self { input: reach(path, codec, 4 + 4 * entry)? })
    }
}

/// Opens a file at a place of its decoded bytes.
fn reach(path: &str, codec: Codec, at: u64) -> Result<BytesIn, ReadFailure> {
    if codec == Codec::Plain {
        return BytesIn::open(path, codec, at, u64::MAX);
    }
    let mut input = BytesIn::open(path, codec, 0, u64::MAX)?;
    if input.skip(at)? < at {
        return Err(input.truncated(format!("it has fewer than {at} bytes")));
    }
    Ok(input)
}

/// Samples and head of a shard.
struct Shard {
    samples: u64,
    /// Where the first sample begins.
    first: u64,
    head: Head,
}

impl Shard {
    fn open(path: &str, codec: Codec) -> Result<Self, ReadFailure> {
        let (_, size) = open_file(path)?;
        let mut input = BytesIn::open(path, codec, 0, u64::MAX)?;
        let mut start = [0; 8];
        if input.read_full(&mut start)? < start.len() {
            return Err(input.truncated("it is too short for a shard"));
        }
        let number = |at: usize| {
            let bytes = [start[at], start[at + 1], start[at + 2], start[at + 3]];
            u64::from(u32::from_le_bytes(bytes))
        };
        let (samples, first) = (number(0), number(4));
        let table = 4 * (samples + 2);
        let most = if codec == Codec::Plain { size } else { bound(size) };
        if table > most {
            return Err(input.truncated(format!("it tells of {samples} samples")));
        }
        if first <= table || first - table > LONGEST_HEAD {
            let detail = format!("its head lies between bytes {table} and {first}");
            return Err(input.damaged(detail));
        }
        if codec == Codec::Plain && first > size {
            return Err(input.truncated("its head is not complete"));
        }
        input.skip(table - 8)?;
        let mut text = vec![0; (first - table) as usize];
        if input.read_full(&mut text)? < text.len() {
            return Err(input.truncated("its head is not complete"));
        }
        let head = Head::read(path, input.offset(), &text)?;
        Ok(Self { samples, first, head })
    }
}

/// Reads the head.
pub(crate) fn about_mds(path: &str, codec: Codec, split_bytes: u64) -> Result<TokensAbout, ReadFailure> {
    let (_, size) = open_file(path)?;
    let Shard { samples, first, head } = Shard::open(path, codec)?;
    let columns = head.columns.iter().map(|c| ColumnSpec { name: c.name.clone(), kind: c.encoding.kind() });
    let columns = columns.collect();
    let splits = if codec == Codec::Plain {
        let data = size.saturating_sub(first);
        ranges(samples, data, split_bytes, |sample| {
            Ok(Table::open(path, codec, sample)?.next()?.saturating_sub(first))
        })?
    } else {
        // Only its end is near: it is read in one go.
        ranges(samples, size, u64::MAX, |_| Ok(0))?
    };
    // A table that is cut off is told when it is read.
    let end = Table::open(path, codec, samples).and_then(|mut table| table.next()).unwrap_or(size);
    let text_bytes = if codec == Codec::Plain { size } else { end };
    Ok(TokensAbout { columns, rows: samples, splits, beside: Vec::new(), text_bytes })
}

/// Opens a range of samples.
pub(crate) fn open_mds(item: &Item, options: &ReadOptions) -> Result<Box<dyn PieceSource>, ReadFailure> {
    let Item { path, codec, split, .. } = item;
    let Shard { samples, head, first } = Shard::open(path, *codec)?;
    check_split(path, split, samples)?;
    let mut table = Table::open(path, *codec, split.start)?;
    let at = table.next()?;
    if at < first || (split.start == 0 && at != first) {
        return Err(table.input.damaged(format!("sample {} begins at byte {at}", split.start)));
    }
    Ok(Box::new(Samples {
        data: reach(path, *codec, at)?,
        table,
        at,
        columns: head.columns,
        row: split.start,
        end: split.end,
        longest: options.max_record_bytes,
        keep: options.on_damage == OnDamage::Keep,
        replace: options.invalid_utf8 == InvalidUtf8::Replace,
        queue: VecDeque::new(),
        failed: None,
        bytes: Vec::new(),
    }))
}

struct Samples {
    table: Table,
    data: BytesIn,
    /// Where the next sample begins.
    at: u64,
    columns: Vec<Column>,
    /// Number of the next sample, and of the one behind the last.
    row: u64,
    end: u64,
    longest: u64,
    keep: bool,
    replace: bool,
    /// Faulty samples behind the rows just handed on.
    queue: VecDeque<(u64, Body)>,
    failed: Option<ReadFailure>,
    bytes: Vec<u8>,
}

impl Samples {
    /// Takes the next sample into `bytes`; its length if it is too long for that.
    fn take(&mut self) -> Result<Option<u64>, ReadFailure> {
        let end = self.table.next()?;
        let length = end.checked_sub(self.at).ok_or_else(|| {
            self.table.input.damaged(format!("sample {} goes from byte {} to {end}", self.row, self.at))
        })?;
        let missing = |input: &BytesIn, row: u64| input.truncated(format!("sample {row} is not complete"));
        if length > self.longest {
            if self.data.skip(length)? < length {
                return Err(missing(&self.data, self.row));
            }
        } else {
            self.bytes.resize(length as usize, 0);
            if self.data.read_full(&mut self.bytes)? < self.bytes.len() {
                return Err(missing(&self.data, self.row));
            }
        }
        self.at = end;
        Ok((length > self.longest).then_some(length))
    }

    fn give_up(&mut self, failure: ReadFailure) -> Result<Option<(u64, Body)>, ReadFailure> {
        if self.keep && failure.is_damage() {
            let row = std::mem::replace(&mut self.row, self.end);
            return Ok(Some((row, lost(0, &failure))));
        }
        Err(failure)
    }

    /// The columns of what was collected.
    fn batch(&self, cells: Vec<Cells>) -> Result<RecordBatch, ReadFailure> {
        let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        for (column, cells) in self.columns.iter().zip(cells) {
            let array = cells.finish()?;
            let field = Field::new(&column.name, array.data_type().clone(), true);
            fields.push(match column.encoding.kind() {
                ColumnType::Json => {
                    field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), "json".to_owned())]))
                }
                _ => field,
            });
            arrays.push(array);
        }
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }
}

/// The values of a sample, in the order of the columns.
fn values<'a>(columns: &[Column], bytes: &'a [u8], replace: bool) -> Result<Vec<Value<'a>>, RowFault> {
    let fault = |detail: &str| RowFault::new(row::MDS_SAMPLE, detail);
    let told = columns.iter().filter(|column| column.size.is_none()).count();
    let Some((sizes, mut rest)) = bytes.split_at_checked(4 * told) else {
        return Err(fault("the sample is shorter than the sizes of its values"));
    };
    let mut sizes = sizes.as_chunks::<4>().0.iter();
    let mut values = Vec::with_capacity(columns.len());
    for column in columns {
        let size = column.size.or_else(|| sizes.next().map(|&size| u32::from_le_bytes(size))).unwrap_or(0);
        let Some((value, after)) = rest.split_at_checked(size as usize) else {
            return Err(fault("the sample is shorter than its values"));
        };
        rest = after;
        let name = &column.name;
        let value = column
            .encoding
            .check(value, replace)
            .map_err(|fault| RowFault::new(fault.code, format!("column `{name}`: {}", fault.message)))?;
        values.push(value);
    }
    if rest.is_empty() { Ok(values) } else { Err(fault("the sample is longer than its values")) }
}

impl PieceSource for Samples {
    fn next(&mut self) -> Result<Option<(u64, Body)>, ReadFailure> {
        if let Some(body) = self.queue.pop_front() {
            return Ok(Some(body));
        }
        if let Some(failure) = self.failed.take() {
            return self.give_up(failure);
        }
        let mut cells: Vec<Cells> = self.columns.iter().map(|column| column.encoding.builder()).collect();
        let (first, mut rows, mut bytes) = (self.row, 0, 0);
        while self.row < self.end && rows < PIECE_ROWS && bytes < PIECE_BYTES && self.queue.is_empty() {
            match self.take() {
                Ok(Some(length)) => self.queue.push_back((self.row, Body::TooLong(length))),
                Ok(None) => match values(&self.columns, &self.bytes, self.replace) {
                    Ok(values) => {
                        for ((cells, value), column) in cells.iter_mut().zip(&values).zip(&self.columns) {
                            cells.push(value, column.encoding);
                        }
                        rows += 1;
                        bytes += self.bytes.len();
                    }
                    Err(RowFault { code, message }) => {
                        let bytes = self.bytes.len() as u64;
                        self.queue.push_back((self.row, Body::Bad { bytes, code, message }));
                    }
                },
                Err(failure) if rows == 0 => return self.give_up(failure),
                Err(failure) => {
                    self.failed = Some(failure);
                    break;
                }
            }
            self.row += 1;
        }
        if rows > 0 {
            return Ok(Some((first, Body::Columns(self.batch(cells)?))));
        }
        Ok(self.queue.pop_front())
    }

    fn consumed(&self) -> u64 {
        self.data.consumed()
    }
}
