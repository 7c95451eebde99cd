//! Cutting: bytes are read in blocks and handed on in pieces that end at a record's end.

mod csv;
mod element;
mod line;
mod pieces;
mod sources;
mod splits;

pub(crate) use csv::CsvScan;
pub(crate) use element::ElementScan;
pub(crate) use line::LineScan;
pub(crate) use sources::{Body, PieceSource, lost, open_piece_source};
pub(crate) use splits::SplitCutter;

/// About as many bytes make a piece.
pub(crate) const PIECE_BYTES: usize = 1 << 20;
/// As many records make a piece.
pub(crate) const PIECE_ROWS: usize = 8192;
/// As many values make a piece, be they null: each has memory of its own.
pub(crate) const PIECE_CELLS: usize = 8 << 20;

/// What a scanner saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Walk {
    /// Bytes looked at.
    pub walked: usize,
    /// One past the last byte of the last whole record, if one ended.
    pub end: Option<usize>,
    /// Records that ended.
    pub records: usize,
    /// The container of the records ends at byte `walked`.
    pub closed: bool,
}

/// Finds record ends in a stream that comes in blocks.
pub(crate) trait RecordScan: Send {
    /// Goes on over new bytes, until `limit` records have ended.
    fn walk(&mut self, bytes: &[u8], limit: usize) -> Walk;

    /// What stands between the last record end and the end of the container or stream.
    fn rest(&self) -> Rest;
}

/// What is left after the last record end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing that matters.
    Nothing,
    /// A record without a separator after it.
    Record,
    /// A separator that promised a record which is not there.
    Hole,
    /// The stream ended inside the container.
    Open,
}
