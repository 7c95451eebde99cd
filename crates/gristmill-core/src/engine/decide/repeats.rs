//! Decides units of rows that come again: labels rows with the numbers of those that come too often.

use std::cmp::Reverse;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::attempt::{FileRef, Place, Role};
use super::super::failure::EngineFailure;
use super::super::keys::KeyRecord;
use super::super::landing::write_json;
use super::super::marks::{MarkRecord, Verdict};
use super::super::parts::{Part, PartsCutter};
use super::super::run_file::{Record as _, RunFile};
use super::super::shelf::Shelf;
use super::alike::crew::Crew;
use super::alike::ranges::Ranges;
use super::{Stop, commit_marks, mark_writer};
use crate::batch::Batch;
use crate::failure::Failure;
use crate::step::{ChunkBody, Cutter as _, KeyStep, Units};
use crate::trace::excerpt;

/// Units told in the report, those that come most often.
const TOLD: usize = 20;
/// Rows between two looks at whether to stop.
const CHECK_EVERY: u64 = 1 << 16;

/// What is to be decided.
pub struct RepeatsWork<'a> {
    /// Key files of all tasks.
    pub keys: &'a [PathBuf],
    /// The rows that emitted them.
    pub parts: Vec<Part>,
    /// So many times a unit may come.
    pub max: u64,
    /// Whether the first of those that come more often are labelled too.
    pub all: bool,
    pub threads: usize,
    pub memory: u64,
    pub place: &'a Place,
}

/// Labels rows with the numbers of their units of equal key but for the first `max`, in row order; where a unit comes
/// more often than that, on wish with those of all. Keys are read in ranges that fit into memory, several at a time,
/// and labels written in their order, so that the files do not depend on threads.
pub fn decide_repeats(
    kind: &dyn KeyStep,
    work: RepeatsWork<'_>,
    stop: Stop<'_>,
) -> Result<Option<Vec<FileRef>>, Failure> {
    let Some(units) = kind.units() else {
        let shape = "key step that knows units";
        return Err(EngineFailure::UnknownKind { shape, kind: String::new() }.into());
    };
    let crew = Crew { threads: work.threads.max(1), stop };
    let open = |path: &PathBuf| RunFile::open::<KeyRecord>(&work.place.shelf, path);
    let files = work.keys.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    // Each thread holds a range and its labels, and there is the rest of this task besides.
    let range_bytes = (work.memory / (4 * crew.threads as u64)).clamp(1 << 12, 64 << 20);
    let ranges = Ranges::cut::<KeyRecord>(&files, range_bytes);
    let most = range_bytes as usize / MarkRecord::WIDTH;
    let rule = Rule { max: work.max, all: work.all };
    let mut marks = mark_writer(work.place)?;
    let mut found = Found::default();
    let mut next = 0;
    while next < ranges.len() {
        let count = crew.threads.min(ranges.len() - next);
        let read = crew.each(count, |i| {
            let mut labels = Vec::new();
            let found = rule.read(&ranges, next + i, stop, &mut |mark| {
                // Of a range in which one unit comes very often the labels are not held.
                if labels.len() <= most {
                    labels.push(mark);
                }
                Ok(())
            })?;
            Ok((found, labels))
        })?;
        let Some(read) = read else { return Ok(None) };
        for (i, (of_range, labels)) in read.into_iter().enumerate() {
            if labels.len() > most {
                rule.read(&ranges, next + i, stop, &mut |mark| marks.push(mark))?;
            } else {
                labels.into_iter().try_for_each(|mark| marks.push(mark))?;
            }
            found.merge(of_range);
        }
        if stop() {
            return Ok(None);
        }
        next += count;
    }
    let columns = kind.columns();
    let Some(report) = found.report(units, columns, work.parts, &work.place.shelf, stop)? else {
        return Ok(None);
    };
    let report = write_json(work.place, &report, "report", Role::Result)?;
    Ok(Some(vec![commit_marks(marks)?, report]))
}

/// Which units come too often.
struct Rule {
    max: u64,
    all: bool,
}

impl Rule {
    /// Gives `each` the labels of a range, unit by unit.
    fn read(
        &self,
        ranges: &Ranges<'_>,
        range: usize,
        stop: Stop<'_>,
        each: &mut dyn FnMut(MarkRecord) -> Result<(), Failure>,
    ) -> Result<Found, Failure> {
        let mut found = Found::default();
        let mut unit: Option<Unit> = None;
        let mut waiting = Vec::new();
        let mut seen = 0_u64;
        let mut stopped = false;
        ranges.read::<KeyRecord>(range, &mut |record| {
            seen += 1;
            if seen.is_multiple_of(CHECK_EVERY) {
                stopped = stopped || stop();
            }
            if stopped {
                return Ok(());
            }
            if let Some(before) = unit.take_if(|unit| unit.first.key != record.key) {
                found.close(before, self.max);
                waiting.clear();
            }
            let unit = unit.get_or_insert(Unit { first: record, times: 0 });
            unit.times += 1;
            found.compared += 1;
            found.characters += characters_of(record);
            if unit.times > self.max {
                for record in waiting.drain(..).chain([record]) {
                    found.duplicates += 1;
                    found.duplicate_characters += characters_of(record);
                    each(MarkRecord::new(record.address, Verdict::Label(u64::from(number_of(record)))))?;
                }
            } else if self.all {
                waiting.push(record);
            }
            Ok(())
        })?;
        if let Some(last) = unit {
            found.close(last, self.max);
        }
        Ok(found)
    }
}

/// A unit and how often it comes.
#[derive(Clone, Copy)]
struct Unit {
    first: KeyRecord,
    times: u64,
}

const fn number_of(record: KeyRecord) -> u32 {
    (record.payload >> 32) as u32
}

const fn characters_of(record: KeyRecord) -> u64 {
    record.payload & 0xffff_ffff
}

/// What was found.
#[derive(Default)]
struct Found {
    compared: u64,
    characters: u64,
    distinct: u64,
    repeated: u64,
    duplicates: u64,
    duplicate_characters: u64,
    /// Those that come most often, and others.
    most: Vec<Unit>,
}

impl Found {
    fn close(&mut self, unit: Unit, max: u64) {
        self.distinct += 1;
        if unit.times > max {
            self.repeated += 1;
            self.most.push(unit);
            if self.most.len() >= 64 * TOLD {
                self.shorten();
            }
        }
    }

    fn shorten(&mut self) {
        self.most.sort_unstable_by_key(|unit| (Reverse(unit.times), unit.first.key));
        self.most.truncate(TOLD);
    }

    fn merge(&mut self, other: Self) {
        self.compared += other.compared;
        self.characters += other.characters;
        self.distinct += other.distinct;
        self.repeated += other.repeated;
        self.duplicates += other.duplicates;
        self.duplicate_characters += other.duplicate_characters;
        self.most.extend(other.most);
        self.shorten();
    }

    fn report(
        self,
        units: &dyn Units,
        columns: Vec<String>,
        parts: Vec<Part>,
        kept: &Shelf,
        stop: Stop<'_>,
    ) -> Result<Option<Value>, Failure> {
        let Some(texts) = texts(&self.most, units, columns, parts, kept, stop)? else { return Ok(None) };
        let examples: Vec<Value> = self
            .most
            .iter()
            .zip(texts)
            .map(|(unit, text)| json!({ "times": unit.times, "text": text }))
            .collect();
        Ok(Some(json!({
            "unit": units.word(),
            "compared": self.compared,
            "distinct": self.distinct,
            "repeated": self.repeated,
            "duplicates": self.duplicates,
            "characters": { "compared": self.characters, "duplicates": self.duplicate_characters },
            "examples": examples,
        })))
    }
}

/// The beginnings of units where they come first, read from the parts that hold them.
fn texts(
    wanted: &[Unit],
    units: &dyn Units,
    columns: Vec<String>,
    mut parts: Vec<Part>,
    shelf: &Shelf,
    stop: Stop<'_>,
) -> Result<Option<Vec<String>>, Failure> {
    let mut found = vec![String::new(); wanted.len()];
    let place = |part: &Part| super::super::keys::address(part.task, part.first_row);
    parts.retain(|part| {
        let rows = place(part)..place(part) + part.rows;
        wanted.iter().any(|unit| rows.contains(&unit.first.address))
    });
    let mut left = wanted.len();
    let mut cutter = PartsCutter::new(shelf, parts, Some(columns), None, Vec::new())?;
    while left > 0 {
        if stop() {
            return Ok(None);
        }
        let Some(chunk) = cutter.next()? else { break };
        let ChunkBody::Columns(rows) = chunk.body else { continue };
        let batch = Batch::new(rows)?;
        for (unit, text) in wanted.iter().zip(&mut found) {
            let row = unit.first.address.checked_sub(chunk.address).map(|row| row as usize);
            if let Some(row) = row.filter(|&row| row < batch.len()) {
                *text = excerpt(units.text(&batch, row, number_of(unit.first))?);
                left -= 1;
            }
        }
    }
    Ok(Some(found))
}
