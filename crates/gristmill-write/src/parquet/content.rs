//! Where the pages of a column of texts are cut: by content, as the `parquet` crate and Arrow C++ cut them, so that the
//! same rows give the same pages wherever they stand in a file.
//!
//! A rolling hash goes over the values and, where the column may have nulls, over the definition levels. A page ends
//! with the row in which the hash has met a mask eight times, each time under another table, counted from the smallest
//! size on; or at the largest size. Besides, no page has more rows or bytes than the writer's limits, which are looked at
//! once per block. Where a limit and the content cut at the same row, the crate writes a page without rows; here is none.

use std::sync::LazyLock;

use arrow_array::{ArrayRef, OffsetSizeTrait};
use md5::{Digest, Md5};

use super::texts::Texts;

/// Bytes of a page, hashed ones, before which no page ends by content.
pub(super) const LEAST: i64 = 256 << 10;
/// Bytes of a page, hashed ones, with which it ends in any case.
pub(super) const MOST: i64 = 1 << 20;

const TABLES: usize = 8;
/// The mask has as many bits as the mean size of a page needs, divided among the tables: hashes below this meet it.
const MET_BELOW: u64 = 1 << (64 - ((MOST - LEAST) as u64 / 2 / TABLES as u64).ilog2());
/// A hash is shifted by one bit with each byte, so bytes further back have no part in it.
const REACH: usize = 64;

/// The first eight bytes of the MD5 of 64 times the number of the table and 64 times the byte.
static GEARS: LazyLock<Box<[[u64; 256]; TABLES]>> = LazyLock::new(|| {
    let mut tables = Box::new([[0; 256]; TABLES]);
    for (table, gears) in tables.iter_mut().enumerate() {
        for (byte, gear) in gears.iter_mut().enumerate() {
            *gear = md5_start(table as u8, byte as u8);
        }
    }
    tables
});

/// How pages may grow.
pub(super) struct Limits {
    pub by_content: bool,
    pub rows: usize,
    pub bytes: usize,
}

/// A row of a list of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub block: usize,
    pub row: usize,
}

/// The rows of a page, the end not included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub from: Spot,
    pub to: Spot,
}

/// The pages of a column.
pub(super) fn pages<O: OffsetSizeTrait>(blocks: &[ArrayRef], nullable: bool, limits: &Limits) -> Vec<Span> {
    let mut pages = Pages { limits, spans: Vec::new(), from: Spot { block: 0, row: 0 }, rows: 0, bytes: 0 };
    let mut roller = Roller::default();
    let mut cuts = Vec::new();
    for (block, array) in blocks.iter().enumerate() {
        let Some(texts) = Texts::<O>::of(array) else { continue };
        cuts.clear();
        if limits.by_content {
            roller.cuts(&texts, nullable, &mut cuts);
        }
        let mut from = 0;
        for &cut in &cuts {
            pages.extend(&texts, block, from, cut);
            pages.end(Spot { block, row: cut });
            from = cut;
        }
        pages.extend(&texts, block, from, texts.len());
    }
    if let Some(last) = blocks.last() {
        pages.end(Spot { block: blocks.len() - 1, row: last.len() });
    }
    pages.spans
}

struct Pages<'a> {
    limits: &'a Limits,
    spans: Vec<Span>,
    from: Spot,
    rows: usize,
    bytes: usize,
}

impl Pages<'_> {
    /// Takes rows of a block up, in steps that are within the limit of bytes or but one value over it.
    fn extend<O: OffsetSizeTrait>(&mut self, texts: &Texts<O>, block: usize, from: usize, to: usize) {
        if from == to {
            return;
        }
        let step = step(texts, from, to, self.limits.bytes);
        let mut at = from;
        while at < to {
            let next = (at + step).min(to);
            self.rows += next - at;
            self.bytes += texts.plain_bytes(at, next);
            at = next;
            if self.rows >= self.limits.rows || self.bytes >= self.limits.bytes {
                self.end(Spot { block, row: at });
            }
        }
    }

    fn end(&mut self, to: Spot) {
        if self.rows > 0 {
            self.spans.push(Span { from: self.from, to });
            (self.from, self.rows, self.bytes) = (to, 0, 0);
        }
    }
}

/// Rows after which the size of a page is looked at.
fn step<O: OffsetSizeTrait>(texts: &Texts<O>, from: usize, to: usize, limit: usize) -> usize {
    let rows = to - from;
    if texts.plain_bytes(from, to) <= limit {
        return rows;
    }
    let (mut values, mut bytes, mut within) = (0, 0, None);
    for row in from..to {
        if texts.is_valid(row) {
            values += 1;
            bytes += texts.plain_bytes(row, row + 1);
            if bytes > limit {
                within.get_or_insert(values);
            }
        }
    }
    match within {
        Some(within) => (within * rows).div_ceil(values).clamp(1, rows),
        None => rows,
    }
}

#[derive(Default)]
struct Roller {
    hash: u64,
    met: bool,
    table: usize,
    size: i64,
}

impl Roller {
    /// Rows before which a page ends.
    fn cuts<O: OffsetSizeTrait>(&mut self, texts: &Texts<O>, nullable: bool, cuts: &mut Vec<usize>) {
        for row in 0..texts.len() {
            let valid = texts.is_valid(row);
            if nullable {
                self.roll(&[u8::from(valid), 0]);
            }
            if valid {
                self.roll(texts.value(row));
            }
            if self.ends() {
                cuts.push(row);
            }
        }
    }

    #[inline]
    fn roll(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as i64;
        if self.size < LEAST {
            return;
        }
        let gears = &GEARS[self.table];
        let mut hash = self.hash;
        // Once the mask is met only the hash behind the last byte matters.
        let bytes = if self.met { &bytes[bytes.len().saturating_sub(REACH)..] } else { bytes };
        let mut met = self.met;
        for &byte in bytes {
            hash = (hash << 1).wrapping_add(gears[usize::from(byte)]);
            met |= hash < MET_BELOW;
        }
        (self.hash, self.met) = (hash, met);
    }

    fn ends(&mut self) -> bool {
        if self.met {
            self.met = false;
            self.table += 1;
            if self.table == TABLES {
                (self.table, self.size) = (0, 0);
                return true;
            }
        }
        if self.size >= MOST {
            self.size = 0;
            return true;
        }
        false
    }
}

/// The first eight bytes of the MD5 of 64 times `first` and 64 times `second`, the first byte highest.
fn md5_start(first: u8, second: u8) -> u64 {
    let digest = Md5::new().chain_update([first; 64]).chain_update([second; 64]).finalize();
    digest.iter().take(8).fold(0, |start, &byte| start << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gears_are_those_of_other_writers() {
        assert_eq!(GEARS[0][0], 0xf09f_35a5_6378_3945);
        assert_eq!(GEARS[0][255], 0x15a2_8844_e64c_b211);
        assert_eq!(GEARS[7][128], 0x4fea_3d83_2370_baab);
        assert_eq!(MET_BELOW, 1 << 49);
    }
}
