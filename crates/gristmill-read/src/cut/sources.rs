//! Opens one split of one file, whatever its format, as a source of chunk bodies.

use std::collections::VecDeque;

use arrow_array::RecordBatch;
use bytes::Bytes;

use super::pieces::{Piece, Pieces};
use super::{CsvScan, ElementScan, LineScan, RecordScan, Rest};
use crate::bytes_in::BytesIn;
use crate::columnar::{open_arrow, open_parquet};
use crate::document;
use crate::failure::{DAMAGED, ReadFailure, TRUNCATED, row};
use crate::item::Item;
use crate::kinds::{Codec, FormatKind, OnDamage, ReadOptions};
use crate::mds::open_mds;
use crate::tokens::{open_megatron, open_npy};

/// What a split gives.
pub(crate) enum Body {
    /// Whole records.
    Bytes(Bytes),
    /// Decoded columns.
    Columns(RecordBatch),
    /// A record that is too long.
    TooLong(u64),
    /// A record that is known to be bad before it is parsed.
    Bad {
        /// Its length.
        bytes: u64,
        /// Why.
        code: &'static str,
        /// In words.
        message: String,
    },
}

/// An open split.
pub(crate) trait PieceSource: Send {
    /// The next piece and its address.
    fn next(&mut self) -> Result<Option<(u64, Body)>, ReadFailure>;

    /// Bytes of the file taken in so far.
    fn consumed(&self) -> u64;
}

/// What must stand at the end of the stream.
#[derive(Clone, Copy)]
enum End {
    /// Anything: the stream is its own end.
    Stream,
    /// The end of an element.
    Element,
    /// The end of the array and of the document around it.
    Document(FormatKind),
}

/// Opens a split.
pub(crate) fn open_piece_source(
    item: &Item,
    columns: &[String],
    options: &ReadOptions,
) -> Result<Box<dyn PieceSource>, ReadFailure> {
    let split = &item.split;
    let line_end = if split.cr { b'\r' } else { b'\n' };
    let plain = item.codec == Codec::Plain;
    let longest = options.max_record_bytes;
    match item.format {
        FormatKind::Parquet => open_parquet(item, columns, options),
        FormatKind::Arrow => open_arrow(item, columns, options),
        FormatKind::Numpy => forgiven(item, options, open_npy(item, options)),
        FormatKind::Megatron => forgiven(item, options, open_megatron(item, options)),
        FormatKind::Mds => forgiven(item, options, open_mds(item, options)),
        FormatKind::Jsonl | FormatKind::Text => {
            let (mut input, first) = if plain {
                // To the end of the file: the last line may reach beyond the split.
                BytesIn::open(&item.path, item.codec, split.start.saturating_sub(1), u64::MAX)?.lines(
                    line_end,
                    split.start,
                    split.end,
                )?
            } else {
                (BytesIn::open(&item.path, item.codec, 0, u64::MAX)?, 0)
            };
            let head = if first == 0 { document::start(&mut input)? } else { document::Start::default() };
            let scan = LineScan::new(line_end);
            let address = first + head.mark;
            Ok(boxed(columns, Pieces::new(input, scan, &head.bytes, address, longest), End::Stream, options))
        }
        FormatKind::Csv => {
            let head = split.csv.clone().unwrap_or_default();
            let mut input = BytesIn::open(&item.path, item.codec, split.start, split.end)?;
            let address = if plain { split.start } else { input.skip(head.data)? };
            let scan = CsvScan::new(head.delimiter as u8, line_end);
            Ok(boxed(columns, Pieces::new(input, scan, &[], address, longest), End::Stream, options))
        }
        FormatKind::Json | FormatKind::Discord => {
            let mut input = BytesIn::open(&item.path, item.codec, split.start, split.end)?;
            let inside = plain && split.start > 0;
            let entry = if inside {
                document::Entry { head: Vec::new(), address: split.start, discord: None }
            } else {
                match document::enter(&mut input, item.format)? {
                    Some(entry) => entry,
                    None => return Ok(Box::new(Nothing)),
                }
            };
            let end = if plain && !split.last { End::Element } else { End::Document(item.format) };
            let scan = ElementScan::new(inside);
            Ok(boxed(columns, Pieces::new(input, scan, &entry.head, entry.address, longest), end, options))
        }
    }
}

fn boxed<S: RecordScan + 'static>(
    columns: &[String],
    pieces: Pieces<S>,
    end: End,
    options: &ReadOptions,
) -> Box<dyn PieceSource> {
    let keep = options.on_damage == OnDamage::Keep;
    let pieces = pieces.for_columns(columns.len());
    Box::new(TextSource { pieces, end, keep, over: false, queue: VecDeque::new() })
}

/// An empty document.
struct Nothing;

impl PieceSource for Nothing {
    fn next(&mut self) -> Result<Option<(u64, Body)>, ReadFailure> {
        Ok(None)
    }

    fn consumed(&self) -> u64 {
        0
    }
}

/// A range of rows whose beginning cannot be found is lost as a whole.
fn forgiven(
    item: &Item,
    options: &ReadOptions,
    opened: Result<Box<dyn PieceSource>, ReadFailure>,
) -> Result<Box<dyn PieceSource>, ReadFailure> {
    match opened {
        Err(failure) if options.on_damage == OnDamage::Keep && failure.is_damage() => {
            Ok(Box::new(Once(Some((item.split.start, lost(0, &failure))))))
        }
        opened => opened,
    }
}

/// One piece.
struct Once(Option<(u64, Body)>);

impl PieceSource for Once {
    fn next(&mut self) -> Result<Option<(u64, Body)>, ReadFailure> {
        Ok(self.0.take())
    }

    fn consumed(&self) -> u64 {
        0
    }
}

struct TextSource<S> {
    pieces: Pieces<S>,
    end: End,
    keep: bool,
    over: bool,
    queue: VecDeque<(u64, Body)>,
}

impl<S: RecordScan> TextSource<S> {
    fn check_end(&mut self) -> Result<(), ReadFailure> {
        let open = self.pieces.rest() == Rest::Open;
        match self.end {
            End::Stream => Ok(()),
            End::Element if open => {
                let (start, bytes) = self.pieces.lost();
                if bytes == 0 {
                    return Ok(());
                }
                Err(self.bad_split(start, "it does not end with an element"))
            }
            End::Element => Err(self.bad_split(self.pieces.address(), "the array ends in it")),
            End::Document(_) if open => {
                Err(self.pieces.input().truncated("the array of records is not closed"))
            }
            End::Document(format) => {
                let after = self.pieces.after();
                document::check_tail(format, &after, self.pieces.input())
            }
        }
    }

    fn bad_split(&mut self, at: u64, detail: &str) -> ReadFailure {
        let path = self.pieces.input().path().to_owned();
        ReadFailure::BadSplit {
            path,
            start: at,
            end: self.pieces.input().offset(),
            detail: detail.to_owned(),
        }
    }

    fn forgive(&mut self, result: Result<(), ReadFailure>) -> Result<(), ReadFailure> {
        match result {
            Err(failure) if self.keep && failure.is_damage() => {
                if let Some((at, bytes)) = self.pieces.salvage() {
                    self.queue.push_back((at, Body::Bytes(bytes)));
                }
                let (at, bytes) = self.pieces.lost();
                self.queue.push_back((at, lost(bytes, &failure)));
                Ok(())
            }
            other => other,
        }
    }
}

/// The record that stands for what was lost.
pub(crate) fn lost(bytes: u64, failure: &ReadFailure) -> Body {
    let code = if matches!(failure, ReadFailure::Truncated { .. }) { TRUNCATED } else { DAMAGED };
    Body::Bad { bytes, code, message: failure.to_string() }
}

impl<S: RecordScan> PieceSource for TextSource<S> {
    fn next(&mut self) -> Result<Option<(u64, Body)>, ReadFailure> {
        if !self.over {
            match self.pieces.next() {
                Ok(Some((at, Piece::Records(bytes)))) => return Ok(Some((at, Body::Bytes(bytes)))),
                Ok(Some((at, Piece::TooLong(bytes)))) => return Ok(Some((at, Body::TooLong(bytes)))),
                Ok(Some((at, Piece::Hole))) => {
                    let message = "a comma with no element after it".to_owned();
                    return Ok(Some((at, Body::Bad { bytes: 0, code: row::JSON, message })));
                }
                Ok(None) => {
                    self.over = true;
                    let result = self.check_end();
                    self.forgive(result)?;
                }
                Err(failure) => {
                    self.over = true;
                    self.forgive(Err(failure))?;
                }
            }
        }
        Ok(self.queue.pop_front())
    }

    fn consumed(&self) -> u64 {
        self.pieces.consumed()
    }
}
