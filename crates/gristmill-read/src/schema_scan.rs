//! Reads records to learn their keys and types: all of them in files up to 64 MB, else samples from the head, the
//! middle and the tail.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::cut::{Body, ElementScan, RecordScan, open_piece_source};
use crate::failure::ReadFailure;
use crate::item::Item;
use crate::json::infer::{MOST_KEYS, Schema};
use crate::kinds::{Codec, ColumnSpec, ColumnType, Nested, OnDamage, ReadOptions};
use crate::split::Split;

/// Files up to here are read whole.
const WHOLE: u64 = 64 << 20;
/// Bytes of a sample from a larger file.
const SAMPLE: u64 = 16 << 20;
/// Bytes a thread looks at in one go.
const PIECE: u64 = 4 << 20;

/// The columns of a file with one object a line; `item` is the whole file.
pub(crate) fn lines(
    item: &Item,
    options: &ReadOptions,
    threads: usize,
) -> Result<Vec<ColumnSpec>, ReadFailure> {
    let size = item.split.end;
    let mut schema = Schema::default();
    if item.codec != Codec::Plain || size <= PIECE {
        scan(item, options, WHOLE, &mut schema)?;
    } else {
        let samples = [0, size / 2, size - SAMPLE.min(size)].map(|start| (start, start + SAMPLE));
        let ranges = if size <= WHOLE { vec![(0, size)] } else { samples.to_vec() };
        let pieces: Vec<Item> = ranges
            .into_iter()
            .flat_map(|(from, to)| (from..to).step_by(PIECE as usize).map(move |start| (start, to)))
            .map(|(start, to)| {
                let split = Split { start, end: to.min(start + PIECE), ..item.split.clone() };
                Item { split, ..item.clone() }
            })
            .collect();
        for piece in each(&pieces, threads, |piece| {
            let mut schema = Schema::default();
            scan(piece, options, WHOLE, &mut schema).map(|()| schema)
        }) {
            schema.append(piece?);
        }
    }
    finish(schema, item, options)
}

/// Does `work` for all items on several threads; results in order, up to the first failure.
fn each<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R, ReadFailure> + Sync,
) -> Vec<Result<R, ReadFailure>> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(items.len())));
    let hand = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return };
            let result = work(item);
            if result.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            scope.spawn(hand);
        }
        hand();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|&(at, _)| at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The columns of an array of objects; `items` are the splits of the file.
pub(crate) fn elements(items: &[Item], options: &ReadOptions) -> Result<Vec<ColumnSpec>, ReadFailure> {
    let mut schema = Schema::default();
    let Some(first) = items.first() else { return Ok(Vec::new()) };
    let size: u64 = items.iter().map(|item| item.split.bytes).sum();
    if items.len() == 1 || size <= WHOLE {
        for item in items {
            scan(item, options, WHOLE, &mut schema)?;
        }
    } else {
        for at in [0, items.len() / 2, items.len() - 1] {
            scan(&items[at], options, SAMPLE, &mut schema)?;
        }
    }
    finish(schema, first, options)
}

fn finish(schema: Schema, item: &Item, options: &ReadOptions) -> Result<Vec<ColumnSpec>, ReadFailure> {
    if schema.too_many() {
        return Err(ReadFailure::TooManyColumns { path: item.path.clone(), limit: MOST_KEYS });
    }
    let mut columns = schema.finish();
    if options.nested == Nested::Text {
        for column in &mut columns {
            if matches!(column.kind, ColumnType::Arrow(_)) {
                column.kind = ColumnType::Json;
            }
        }
    }
    Ok(columns)
}

fn scan(item: &Item, options: &ReadOptions, budget: u64, schema: &mut Schema) -> Result<(), ReadFailure> {
    let options = ReadOptions { on_damage: OnDamage::Keep, ..options.clone() };
    let line_end = if item.split.cr { b'\r' } else { b'\n' };
    let lines = item.format == crate::kinds::FormatKind::Jsonl;
    let mut source = open_piece_source(item, &[], &options)?;
    let mut seen = 0;
    while seen < budget
        && !schema.too_many()
        && let Some((_, body)) = source.next()?
    {
        let Body::Bytes(bytes) = body else { continue };
        seen += bytes.len() as u64;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let end = if lines {
                memchr::memchr(line_end, rest).map_or(rest.len(), |at| at + 1)
            } else {
                let walk = ElementScan::new(false).walk(rest, 1);
                walk.end.unwrap_or(rest.len())
            };
            let mut record = &rest[..end];
            if !lines && record.last() == Some(&b',') {
                record = &record[..end - 1];
            }
            schema.observe(record);
            rest = &rest[end..];
        }
    }
    Ok(())
}
