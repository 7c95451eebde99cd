//! One page of a column of texts: levels and values one after the other, compressed, and what the indexes say of it.

use std::sync::{Mutex, PoisonError};

use arrow_array::{ArrayRef, OffsetSizeTrait};
use arrow_buffer::BooleanBufferBuilder;
use zstd::bulk::Compressor;

use super::content::Span;
use super::texts::Texts;
use crate::failure::WriteFailure;

/// Values up to this length are copied as this many bytes, which is faster than asking how many there are.
const WIDE: usize = 64;

/// What a thread needs to make a page.
struct Desk {
    compressor: Compressor<'static>,
    plain: Vec<u8>,
    packed: Vec<u8>,
}

/// Desks nobody works at. A compressor is large, and so are the buffers: both are used again.
pub(super) struct Desks {
    level: i32,
    free: Mutex<Vec<Desk>>,
}

impl Desks {
    pub fn new(level: i32) -> Self {
        Self { level, free: Mutex::new(Vec::new()) }
    }

    fn take(&self) -> std::io::Result<Desk> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match free {
            Some(desk) => Ok(desk),
            None => {
                Ok(Desk { compressor: Compressor::new(self.level)?, plain: Vec::new(), packed: Vec::new() })
            }
        }
    }

    fn give_back(&self, desk: Desk) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
    }
}

/// A page as it lies in the file, and what is known of it.
pub(super) struct Page {
    pub header: Vec<u8>,
    pub body: Vec<u8>,
    /// Bytes without compression, header included.
    pub plain_size: usize,
    pub rows: usize,
    pub nulls: usize,
    /// Bytes of the values alone.
    pub value_bytes: usize,
    /// The smallest and the largest value; `None` where all are null.
    pub range: Option<(Vec<u8>, Vec<u8>)>,
}

/// Makes the page of these rows.
pub(super) fn page<O: OffsetSizeTrait>(
    blocks: &[ArrayRef],
    span: Span,
    nullable: bool,
    desks: &Desks,
) -> Result<Page, WriteFailure> {
    let pieces: Vec<(Texts<O>, usize, usize)> = (span.from.block..=span.to.block)
        .filter_map(|block| {
            let texts = Texts::of(blocks.get(block)?)?;
            let from = if block == span.from.block { span.from.row } else { 0 };
            let to = if block == span.to.block { span.to.row } else { texts.len() };
            (from < to).then_some((texts, from, to))
        })
        .collect();
    let rows = pieces.iter().map(|(_, from, to)| to - from).sum();
    let mut desk = desks.take()?;
    let (levels, nulls) = if nullable { levels(&pieces, rows) } else { (Vec::new(), 0) };
    let value_bytes: usize = pieces.iter().map(|(texts, from, to)| texts.plain_bytes(*from, *to)).sum();
    let size = levels.len() + value_bytes;
    if desk.plain.len() < size + WIDE {
        desk.plain.resize(size + WIDE, 0);
    }
    desk.plain[..levels.len()].copy_from_slice(&levels);
    let mut range = Range::default();
    let mut at = levels.len();
    for (texts, from, to) in &pieces {
        for row in *from..*to {
            if texts.is_valid(row) {
                at = put(&mut desk.plain, at, texts.place(row));
                range.take(texts.place(row));
            }
        }
    }
    let range = range.owned();
    desk.packed.clear();
    desk.packed.reserve(zstd::zstd_safe::compress_bound(size));
    desk.compressor.compress_to_buffer(&desk.plain[..size], &mut desk.packed)?;
    let body = desk.packed.clone();
    desks.give_back(desk);
    let header = header(size, body.len(), rows);
    let plain_size = size + header.len();
    let value_bytes = value_bytes - 4 * (rows - nulls);
    Ok(Page { header, body, plain_size, rows, nulls, value_bytes, range })
}

/// Appends length and bytes of a value; there is room for [`WIDE`] bytes more.
#[inline]
fn put(out: &mut [u8], at: usize, (bytes, from, to): (&[u8], usize, usize)) -> usize {
    let length = to - from;
    out[at..at + 4].copy_from_slice(&(length as u32).to_le_bytes());
    let at = at + 4;
    if length <= WIDE
        && let Some(wide) = bytes.get(from..from + WIDE)
    {
        out[at..at + WIDE].copy_from_slice(wide);
    } else {
        out[at..at + length].copy_from_slice(&bytes[from..to]);
    }
    at + length
}

/// The smallest and the largest value so far.
#[derive(Default)]
struct Range<'a> {
    least: Option<(u64, &'a [u8])>,
    most: Option<(u64, &'a [u8])>,
}

impl<'a> Range<'a> {
    #[inline]
    fn take(&mut self, (bytes, from, to): (&'a [u8], usize, usize)) {
        let (start, value) = (start(bytes, from, to), &bytes[from..to]);
        if self.least.is_none_or(|(least, whole)| start < least || (start == least && value < whole)) {
            self.least = Some((start, value));
        }
        if self.most.is_none_or(|(most, whole)| start > most || (start == most && value > whole)) {
            self.most = Some((start, value));
        }
    }

    fn owned(self) -> Option<(Vec<u8>, Vec<u8>)> {
        Some((self.least?.1.to_vec(), self.most?.1.to_vec()))
    }
}

/// The first eight bytes, zeros behind the end: most values differ in them.
#[inline]
fn start(bytes: &[u8], from: usize, to: usize) -> u64 {
    let length = to - from;
    if let Some(wide) = bytes.get(from..from + 8)
        && let Ok(wide) = wide.try_into()
    {
        let number = u64::from_be_bytes(wide);
        return match length {
            0 => 0,
            1..8 => number & (u64::MAX << (64 - 8 * length)),
            _ => number,
        };
    }
    let mut wide = [0; 8];
    let shown = length.min(8);
    wide[..shown].copy_from_slice(&bytes[from..from + shown]);
    u64::from_be_bytes(wide)
}

/// Definition levels, 0 or 1, with their length in front, and how many are 0. Bytes of eight equal levels become runs,
/// others are kept as bits.
fn levels<O: OffsetSizeTrait>(pieces: &[(Texts<O>, usize, usize)], rows: usize) -> (Vec<u8>, usize) {
    let mut out = vec![0; 4];
    if pieces.iter().all(|(texts, ..)| texts.nulls().is_none()) {
        varint(&mut out, (rows as u64) << 1);
        out.push(1);
        return (sized(out), 0);
    }
    let mut bits = BooleanBufferBuilder::new(rows);
    for (texts, from, to) in pieces {
        match texts.nulls() {
            Some(nulls) => bits.append_buffer(&nulls.inner().slice(*from, to - from)),
            None => bits.append_n(to - from, true),
        }
    }
    let bits = bits.finish();
    let mut left = rows;
    for group in bits.values().chunk_by(|a, b| kind(*a) == kind(*b)) {
        let covered = left.min(8 * group.len());
        // What is behind the last level is not said to be one.
        let equal = covered == 8 * group.len();
        match kind(group[0]) {
            Some(level) if equal => {
                varint(&mut out, (covered as u64) << 1);
                out.push(level);
            }
            _ => {
                varint(&mut out, ((group.len() as u64) << 1) | 1);
                out.extend_from_slice(group);
            }
        }
        left -= covered;
    }
    (sized(out), rows - bits.count_set_bits())
}

/// The level of all eight rows.
fn kind(byte: u8) -> Option<u8> {
    match byte {
        0 => Some(0),
        u8::MAX => Some(1),
        _ => None,
    }
}

fn sized(mut levels: Vec<u8>) -> Vec<u8> {
    let length = (levels.len() - 4) as u32;
    levels[..4].copy_from_slice(&length.to_le_bytes());
    levels
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A `PageHeader` of the Parquet format in Thrift's compact protocol: a data page of plain values.
fn header(plain: usize, packed: usize, rows: usize) -> Vec<u8> {
    const INTEGER: u8 = 0x15;
    const STRUCT_AFTER_TWO: u8 = 0x2c;
    const END: u8 = 0;
    const DATA_PAGE: usize = 0;
    const PLAIN: usize = 0;
    const RUNS: usize = 3;
    let mut out = Vec::with_capacity(32);
    let integer = |out: &mut Vec<u8>, number: usize| {
        out.push(INTEGER);
        varint(out, (number as u64) << 1);
    };
    integer(&mut out, DATA_PAGE);
    integer(&mut out, plain);
    integer(&mut out, packed);
    out.push(STRUCT_AFTER_TWO);
    for number in [rows, PLAIN, RUNS, RUNS] {
        integer(&mut out, number);
    }
    out.extend([END, END]);
    out
}
