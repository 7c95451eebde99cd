//! What the formats of token ids share: which column, how wide a number, and the encoded rows of a group.

use std::io::Write;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use gristmill_core::{Encoded, Failure, NumberLists, ordinary_fields};
use serde::Deserialize;

use crate::failure::WriteFailure;

/// Width and sign of a number on disk, little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Width {
    Uint16,
    Uint32,
    Int32,
}

impl Width {
    /// Bytes of a number.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Uint16 => 2,
            Self::Uint32 | Self::Int32 => 4,
        }
    }

    /// Its name in `NumPy`.
    pub(crate) const fn descr(self) -> &'static str {
        match self {
            Self::Uint16 => "<u2",
            Self::Uint32 => "<u4",
            Self::Int32 => "<i4",
        }
    }

    fn push(self, id: u32, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Uint16 => match u16::try_from(id) {
                Ok(id) => out.extend_from_slice(&id.to_le_bytes()),
                Err(_) => return false,
            },
            Self::Int32 if id > i32::MAX as u32 => return false,
            Self::Uint32 | Self::Int32 => out.extend_from_slice(&id.to_le_bytes()),
        }
        true
    }
}

/// A group of rows: their ids, and how many each sequence of each row has.
pub(crate) struct Ids {
    pub(crate) bytes: Vec<u8>,
    /// Tokens of each sequence.
    pub(crate) lengths: Vec<u32>,
    /// Sequences of each row.
    pub(crate) rows: Vec<u32>,
}

/// Encodes the ids of a column of lists.
pub(crate) struct IdColumn {
    pub(crate) format: &'static str,
    pub(crate) column: String,
    /// Column that says how many tokens each sequence of a row has; else a row is one sequence.
    pub(crate) sequences: Option<String>,
    pub(crate) width: Width,
}

impl IdColumn {
    /// Looks for the columns before a row is written.
    pub(crate) fn check(&self, schema: &SchemaRef) -> Result<(), WriteFailure> {
        for column in [Some(&self.column), self.sequences.as_ref()].into_iter().flatten() {
            let Ok(field) = schema.field_with_name(column) else {
                let present: Vec<&str> = ordinary_fields(schema).map(|(_, f)| f.name().as_str()).collect();
                return Err(WriteFailure::MissingColumn {
                    column: column.clone(),
                    present: present.join(", "),
                });
            };
            let lists = match field.data_type() {
                DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                    item.data_type().is_integer() || item.data_type().is_null()
                }
                other => *other == DataType::Utf8,
            };
            if !lists {
                return Err(self.no_ids(column, &field.data_type().to_string()));
            }
        }
        Ok(())
    }

    fn no_ids(&self, column: &str, found: &str) -> WriteFailure {
        WriteFailure::NoIds { format: self.format, column: column.to_owned(), found: found.to_owned() }
    }

    /// Encodes a group. A row without tokens is a row of no sequence.
    pub(crate) fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        let mut group = Ids { bytes: Vec::new(), lengths: Vec::new(), rows: Vec::new() };
        let (mut ids, mut lengths) = (Vec::<u32>::new(), Vec::<u32>::new());
        for block in blocks {
            let column = lists_of(block, &self.column)?;
            let sequences = match &self.sequences {
                Some(name) => Some(lists_of(block, name)?),
                None => None,
            };
            for row in 0..block.num_rows() {
                self.read(column, &self.column, row, &mut ids)?;
                if let (Some(sequences), Some(name)) = (sequences, &self.sequences) {
                    self.read(sequences, name, row, &mut lengths)?;
                    fit(&mut lengths, ids.len())?;
                } else {
                    lengths.clear();
                    lengths.push(ids.len() as u32);
                }
                for &id in &ids {
                    if !self.width.push(id, &mut group.bytes) {
                        return Err(WriteFailure::WideId { id, width: self.width.descr() }.into());
                    }
                }
                lengths.retain(|&length| length > 0);
                group.lengths.extend_from_slice(&lengths);
                group.rows.push(lengths.len() as u32);
            }
        }
        Ok(Encoded(Box::new(group)))
    }

    fn read(
        &self,
        column: &ArrayRef,
        name: &str,
        row: usize,
        out: &mut Vec<u32>,
    ) -> Result<(), WriteFailure> {
        if column.is_null(row) {
            out.clear();
            return Ok(());
        }
        let lists =
            NumberLists::of(column).ok_or_else(|| self.no_ids(name, &column.data_type().to_string()))?;
        if lists.read(row, out) { Ok(()) } else { Err(WriteFailure::NotIds { column: name.to_owned(), row }) }
    }
}

fn lists_of<'a>(block: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, WriteFailure> {
    block
        .column_by_name(name)
        .ok_or_else(|| WriteFailure::MissingColumn { column: name.to_owned(), present: String::new() })
}

/// Lengths of the sequences of a row of so many tokens: what fills a block up belongs to its last sequence.
fn fit(lengths: &mut [u32], tokens: usize) -> Result<(), WriteFailure> {
    let sum: u64 = lengths.iter().map(|&n| u64::from(n)).sum();
    let missing = (tokens as u64).checked_sub(sum);
    let missing = missing.ok_or(WriteFailure::TooFewIds { wanted: sum, found: tokens })?;
    if let Some(last) = lengths.last_mut() {
        *last += missing as u32;
    }
    Ok(())
}

/// Takes a group of this kind out of its box.
pub(crate) fn opened(format: &'static str, group: Encoded) -> Result<Box<Ids>, WriteFailure> {
    group.0.downcast::<Ids>().map_err(|_| WriteFailure::ForeignGroup { format })
}

/// Writes numbers little endian through a small buffer.
pub(crate) fn put_numbers<const N: usize>(
    out: &mut dyn Write,
    numbers: impl Iterator<Item = [u8; N]>,
) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(1 << 16);
    for number in numbers {
        buffer.extend_from_slice(&number);
        if buffer.len() + N > 1 << 16 {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)
}
