//! The one loop behind all text formats: fill a buffer, find record ends, hand on whole records. A record longer
//! than the limit is walked over without being kept.

use bytes::{Bytes, BytesMut};

use super::{PIECE_BYTES, PIECE_CELLS, PIECE_ROWS, RecordScan, Rest};
use crate::bytes_in::BytesIn;
use crate::failure::ReadFailure;

/// Bytes of the first read.
const FIRST_BLOCK: usize = 32 << 10;

/// A piece of the decoded stream.
pub(crate) enum Piece {
    /// Whole records.
    Records(Bytes),
    /// A record that was walked over because of its length.
    TooLong(u64),
    /// A separator that promised a record which is not there.
    Hole,
}

/// Cuts a stream into pieces.
pub(crate) struct Pieces<S> {
    input: BytesIn,
    scan: S,
    buffer: BytesMut,
    /// Address of the buffer's first byte in the decoded stream.
    address: u64,
    /// Bytes of the buffer that the scanner has seen.
    scanned: usize,
    /// End of the last whole record in the buffer.
    whole: usize,
    longest: usize,
    /// Most records of a piece.
    most: usize,
    /// Bytes to ask for next. It grows, so that small files and splits do not pay for a large buffer.
    block: usize,
    /// Start and length so far of a record that is too long.
    skipped: Option<(u64, u64)>,
    ended: bool,
    closed: bool,
}

impl<S: RecordScan> Pieces<S> {
    /// `head` are bytes already read from the input; its first byte has the given address.
    pub(crate) fn new(input: BytesIn, scan: S, head: &[u8], address: u64, longest: u64) -> Self {
        Self {
            input,
            scan,
            buffer: BytesMut::from(head),
            address,
            scanned: 0,
            whole: 0,
            longest: longest as usize,
            most: PIECE_ROWS,
            block: FIRST_BLOCK,
            skipped: None,
            ended: false,
            closed: false,
        }
    }

    /// Makes pieces so small that their rows do not fill too many cells.
    pub(crate) fn for_columns(mut self, columns: usize) -> Self {
        self.most = (PIECE_CELLS / columns.max(1)).clamp(1, PIECE_ROWS);
        self
    }

    /// The stream under it.
    pub(crate) const fn input(&mut self) -> &mut BytesIn {
        &mut self.input
    }

    /// Bytes of the file taken in so far.
    pub(crate) fn consumed(&self) -> u64 {
        self.input.consumed()
    }

    /// Whether everything up to the end of the stream or container was handed on.
    pub(crate) const fn done(&self) -> bool {
        self.ended || self.closed
    }

    /// What stood at the end, once done.
    pub(crate) fn rest(&self) -> Rest {
        self.scan.rest()
    }

    /// Address of the next byte.
    pub(crate) const fn address(&self) -> u64 {
        self.address
    }

    /// Bytes already read past the end of the container.
    pub(crate) fn after(&mut self) -> Bytes {
        self.scanned = 0;
        self.whole = 0;
        self.buffer.split().freeze()
    }

    /// After a failure: whole records still held, with their address.
    pub(crate) fn salvage(&mut self) -> Option<(u64, Bytes)> {
        self.ended = true;
        (self.whole > 0).then(|| (self.address, self.take(self.whole)))
    }

    /// After a failure and [`Self::salvage`]: where the lost record starts and how much of it was seen.
    pub(crate) fn lost(&mut self) -> (u64, u64) {
        let held = self.buffer.len() as u64;
        let lost = self.skipped.take().map_or((self.address, held), |(at, seen)| (at, seen + held));
        self.buffer.clear();
        lost
    }

    /// The next piece and its address.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Piece)>, ReadFailure> {
        if self.done() {
            return Ok(None);
        }
        let mut records = 0;
        loop {
            let limit = if self.skipped.is_some() { 1 } else { self.most - records };
            let walk = self.scan.walk(&self.buffer[self.scanned..], limit);
            if let Some(end) = walk.end {
                self.whole = self.scanned + end;
            }
            self.scanned += walk.walked;
            records += walk.records;
            if walk.closed {
                return Ok(self.close());
            }
            if self.skipped.is_some() && self.whole > 0 {
                return Ok(Some(self.too_long(self.whole)));
            }
            if records >= self.most || (self.whole > 0 && self.scanned >= PIECE_BYTES) {
                return Ok(Some((self.address, Piece::Records(self.take(self.whole)))));
            }
            // Two bytes more than the limit: a line end is not part of the record.
            if self.whole == 0
                && (self.skipped.is_some() || self.buffer.len() > self.longest.saturating_add(2))
            {
                let (start, seen) = self.skipped.unwrap_or((self.address, 0));
                self.skipped = Some((start, seen + self.buffer.len() as u64));
                let _ = self.take(self.buffer.len());
            }
            if !self.fill()? {
                return Ok(self.finish());
            }
        }
    }

    /// Reads one block more; false at the end.
    fn fill(&mut self) -> Result<bool, ReadFailure> {
        let old = self.buffer.len();
        let room = PIECE_BYTES.saturating_sub(old).max(PIECE_BYTES / 4).min(self.block);
        self.block = (self.block * 4).min(PIECE_BYTES);
        self.buffer.resize(old + room, 0);
        match self.input.read(&mut self.buffer[old..]) {
            Ok(n) => {
                self.buffer.truncate(old + n);
                Ok(n > 0)
            }
            Err(failure) => {
                self.buffer.truncate(old);
                Err(failure)
            }
        }
    }

    /// Splits off the first bytes.
    fn take(&mut self, count: usize) -> Bytes {
        self.scanned = self.scanned.saturating_sub(count);
        self.whole = self.whole.saturating_sub(count);
        self.address += count as u64;
        self.buffer.split_to(count).freeze()
    }

    fn too_long(&mut self, last: usize) -> (u64, Piece) {
        let (start, seen) = self.skipped.take().unwrap_or((self.address, 0));
        let _ = self.take(last);
        (start, Piece::TooLong(seen + last as u64))
    }

    /// The container ends at the scanner's place.
    fn close(&mut self) -> Option<(u64, Piece)> {
        self.closed = true;
        if self.skipped.is_some() {
            return Some(self.too_long(self.scanned));
        }
        match self.scan.rest() {
            Rest::Record => Some((self.address, Piece::Records(self.take(self.scanned)))),
            Rest::Hole if self.whole == 0 => {
                let address = self.address;
                let _ = self.take(self.scanned);
                Some((address, Piece::Hole))
            }
            Rest::Hole => {
                // First the records before the hole; the scanner stops at the closing bracket once more.
                self.closed = false;
                let at = self.address;
                let records = self.take(self.whole);
                Some((at, Piece::Records(records)))
            }
            Rest::Nothing | Rest::Open => {
                let _ = self.take(self.scanned);
                None
            }
        }
    }

    /// The stream is at its end. A container still open keeps its last, broken element for [`Self::lost`].
    fn finish(&mut self) -> Option<(u64, Piece)> {
        self.ended = true;
        if self.scan.rest() == Rest::Open {
            return self.salvage().map(|(at, bytes)| (at, Piece::Records(bytes)));
        }
        if self.skipped.is_some() {
            return Some(self.too_long(self.buffer.len()));
        }
        (!self.buffer.is_empty()).then(|| (self.address, Piece::Records(self.take(self.buffer.len()))))
    }
}
