//! The reader's parallel half: chunks become batches.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use gristmill_core::{Batch, Chunk, ChunkBody, Failure, Parser, StepTrace};

use crate::columnar;
use crate::csv::rows::CsvRows;
use crate::cut::{ElementScan, RecordScan};
use crate::discord::MessageRows;
use crate::failure::row;
use crate::json::rows::{JsonRows, RecordReader};
use crate::json::walk;
use crate::kinds::{FormatKind, InvalidUtf8};
use crate::layout::Layout;
use crate::rows::{RowFault, Rows, quarantine};

/// Parses chunks of any format.
pub(crate) struct RowParser {
    layout: Arc<Layout>,
}

impl RowParser {
    /// A parser for the files of a layout.
    pub(crate) const fn new(layout: Arc<Layout>) -> Self {
        Self { layout }
    }
}

impl Parser for RowParser {
    fn parse(&self, chunk: Chunk, trace: &mut StepTrace) -> Result<Batch, Failure> {
        let layout = self.layout.as_ref();
        let name = chunk.input.as_ref();
        let file = layout.file(name);
        match chunk.body {
            ChunkBody::Columns(rows) => {
                let path = file.map_or(name, |f| f.path.as_str());
                columnar::conform(layout, name, path, &rows, chunk.address, trace)
            }
            ChunkBody::TooLong { .. } => {
                let (code, message) = layout.take_bad(name, chunk.address).map_or_else(
                    || (row::TOO_LONG, too_long(layout.options().max_record_bytes)),
                    |bad| (bad.code, bad.message),
                );
                quarantine(trace, name, chunk.address, code, &message);
                Rows::new(layout, name, 0, 0, trace).finish()
            }
            ChunkBody::Bytes(bytes) => {
                let text = Texts::new(layout, &bytes);
                let mut rows = Rows::new(layout, name, chunk.address, bytes.len(), trace);
                if let Some(file) = file {
                    let line_end = if file.cr { b'\r' } else { b'\n' };
                    match file.format {
                        FormatKind::Csv => csv(&text, CsvRows::new(layout, &file.csv, file.cr), &mut rows),
                        FormatKind::Text => lines(&text, line_end, None, &mut rows),
                        FormatKind::Jsonl => {
                            lines(&text, line_end, Some(&mut JsonRows::new(layout)), &mut rows);
                        }
                        FormatKind::Discord => {
                            elements(&text, &mut MessageRows::new(layout, &file.discord), &mut rows);
                        }
                        FormatKind::Json => elements(&text, &mut JsonRows::new(layout), &mut rows),
                        FormatKind::Parquet
                        | FormatKind::Arrow
                        | FormatKind::Numpy
                        | FormatKind::Megatron
                        | FormatKind::Mds => {}
                    }
                }
                rows.finish()
            }
        }
    }
}

fn too_long(limit: u64) -> String {
    format!("the record is longer than max_record_bytes, {limit}")
}

/// The bytes of a chunk, checked as UTF-8 once where possible, else record by record.
struct Texts<'a> {
    bytes: &'a [u8],
    whole: Option<&'a str>,
    replace: bool,
    longest: usize,
}

impl<'a> Texts<'a> {
    fn new(layout: &Layout, bytes: &'a Bytes) -> Self {
        let options = layout.options();
        Self {
            bytes,
            whole: std::str::from_utf8(bytes).ok(),
            replace: options.invalid_utf8 == InvalidUtf8::Replace,
            longest: options.max_record_bytes as usize,
        }
    }

    /// The text of a record.
    #[inline]
    fn record(&self, start: usize, end: usize) -> Result<Cow<'a, str>, RowFault> {
        if end - start > self.longest {
            return Err(RowFault::new(row::TOO_LONG, too_long(self.longest as u64)));
        }
        if let Some(whole) = self.whole {
            return Ok(Cow::Borrowed(&whole[start..end]));
        }
        let bytes = &self.bytes[start..end];
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) if self.replace => Ok(String::from_utf8_lossy(bytes).into_owned().into()),
            Err(error) => {
                let at = error.valid_up_to();
                Err(RowFault::new(row::UTF8, format!("not UTF-8 at byte {at} of the record")))
            }
        }
    }
}

/// What stands of a faulty record in the trace; a long one is not copied, only referred to.
fn shown<'a>(fault: &RowFault, bytes: &'a [u8]) -> &'a [u8] {
    if fault.code == row::TOO_LONG { &[] } else { bytes }
}

fn lines(texts: &Texts<'_>, line_end: u8, mut json: Option<&mut JsonRows<'_>>, rows: &mut Rows<'_>) {
    let text_column = rows.layout().place("text");
    let bytes = texts.bytes;
    let mut at = 0;
    while at < bytes.len() {
        let stop = memchr::memchr(line_end, &bytes[at..]).map_or(bytes.len(), |found| at + found);
        let cr = usize::from(line_end == b'\n' && stop > at && bytes[stop - 1] == b'\r');
        let (start, end) = (at, stop - cr);
        at = stop + 1;
        let outcome = match &mut json {
            Some(_) if walk::blank(bytes, start) >= end => continue,
            Some(json) => texts.record(start, end).and_then(|record| json.read(&record, rows)),
            None => texts.record(start, end).map(|record| {
                for (place, column) in rows.columns.iter_mut().enumerate() {
                    if Some(place) == text_column { column.push_text(&record) } else { column.push_null() }
                }
            }),
        };
        match outcome {
            Ok(()) => rows.keep(start),
            Err(fault) => rows.quarantine(start, &fault, shown(&fault, &bytes[start..end])),
        }
    }
}

fn csv(texts: &Texts<'_>, mut csv: CsvRows, rows: &mut Rows<'_>) {
    let mut at = 0;
    while at < texts.bytes.len() {
        let (end, next, quotes) = csv.find(texts.bytes, at);
        let start = std::mem::replace(&mut at, next);
        if end == start {
            continue;
        }
        let outcome = match texts.whole {
            Some(whole) if end - start <= texts.longest => csv.push(whole, quotes, rows),
            _ => texts.record(start, end).and_then(|record| {
                let (_, _, quotes) = csv.find(record.as_bytes(), 0);
                csv.push(&record, quotes, rows)
            }),
        };
        match outcome {
            Ok(()) => rows.keep(start),
            Err(fault) => rows.quarantine(start, &fault, shown(&fault, &texts.bytes[start..end])),
        }
    }
}

fn elements(texts: &Texts<'_>, reader: &mut dyn RecordReader, rows: &mut Rows<'_>) {
    let bytes = texts.bytes;
    let mut at = 0;
    loop {
        at = walk::blank(bytes, at);
        if at >= bytes.len() {
            return;
        }
        let walked = ElementScan::new(false).walk(&bytes[at..], 1);
        let next = at + walked.end.unwrap_or(walked.walked);
        let mut end = next - usize::from(walked.end.is_some());
        while end > at && matches!(bytes[end - 1], b' ' | b'\n' | b'\r' | b'\t') {
            end -= 1;
        }
        let start = at;
        at = next.max(at + 1);
        let outcome = texts.record(start, end).and_then(|record| reader.read(&record, rows));
        match outcome {
            Ok(()) => rows.keep(start),
            Err(fault) => rows.quarantine(start, &fault, shown(&fault, &bytes[start..end])),
        }
    }
}
