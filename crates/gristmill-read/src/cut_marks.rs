//! Where splits start: at fixed marks for lines, whose reader finds the next line itself, and at the first record
//! end after each mark where only a scan from the start can tell one.

use crate::bytes_in::BytesIn;
use crate::cut::{CsvScan, ElementScan, RecordScan};
use crate::failure::ReadFailure;
use crate::kinds::Codec;
use crate::split::Split;

const BLOCK: usize = 1 << 20;

/// Splits of equal length.
pub(crate) fn ranges(head: &Split, codec: Codec, split_bytes: u64) -> Vec<Split> {
    if codec != Codec::Plain {
        return vec![head.clone()];
    }
    let starts =
        (head.start..head.end.max(head.start + 1)).step_by(split_bytes.min(usize::MAX as u64) as usize);
    starts.map(|start| part(head, start, (start + split_bytes).min(head.end))).collect()
}

fn part(head: &Split, start: u64, end: u64) -> Split {
    Split { start, end, bytes: end - start, ..head.clone() }
}

/// Splits of a CSV file at record ends.
pub(crate) fn records(path: &str, head: &Split, split_bytes: u64) -> Result<Vec<Split>, ReadFailure> {
    let delimiter = head.csv.as_ref().map_or(b',', |csv| csv.delimiter as u8);
    let scan = CsvScan::new(delimiter, if head.cr { b'\r' } else { b'\n' });
    let cuts = scan_cuts(path, head.start, head.end, split_bytes, scan)?;
    Ok(between(head, head.start, &cuts))
}

/// Splits of an array at element ends; the records start at `address`.
pub(crate) fn elements(
    path: &str,
    head: &Split,
    address: u64,
    split_bytes: u64,
) -> Result<Vec<Split>, ReadFailure> {
    let cuts = scan_cuts(path, address, head.end, split_bytes, ElementScan::new(false))?;
    let mut splits = between(head, head.start, &cuts);
    let last = splits.len() - 1;
    for split in &mut splits[..last] {
        split.last = false;
    }
    Ok(splits)
}

fn between(head: &Split, start: u64, cuts: &[u64]) -> Vec<Split> {
    let starts = std::iter::once(start).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain(std::iter::once(head.end));
    starts.zip(ends).map(|(start, end)| part(head, start, end)).collect()
}

/// The first record end at or after each mark, the end of the file left out.
fn scan_cuts(
    path: &str,
    start: u64,
    end: u64,
    split_bytes: u64,
    mut scan: impl RecordScan,
) -> Result<Vec<u64>, ReadFailure> {
    let mut cuts = Vec::new();
    if end.saturating_sub(start) <= split_bytes {
        return Ok(cuts);
    }
    let mut input = BytesIn::open(path, Codec::Plain, start, end)?;
    let mut block = vec![0; BLOCK];
    let mut at = start;
    let mut mark = start + split_bytes;
    loop {
        let n = input.read_full(&mut block)?;
        if n == 0 {
            return Ok(cuts);
        }
        let mut rest = &block[..n];
        while !rest.is_empty() {
            // An end at the mark itself counts, so the byte before the mark is walked with it.
            let before = (mark - 1).saturating_sub(at).min(rest.len() as u64) as usize;
            let walk = if before > 0 {
                scan.walk(&rest[..before], usize::MAX)
            } else {
                let walk = scan.walk(rest, 1);
                if let Some(found) = walk.end {
                    let cut = at + found as u64;
                    if cut < end {
                        cuts.push(cut);
                    }
                    mark = cut + split_bytes;
                }
                walk
            };
            at += walk.walked as u64;
            rest = &rest[walk.walked..];
            if walk.closed {
                return Ok(cuts);
            }
        }
    }
}
