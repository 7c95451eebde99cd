//! A decider's verdicts on rows of committed parts.

use std::path::{Path, PathBuf};

use super::keys::{address, u64_at};
use super::notes::NoteReader;
use super::run_file::{Record, RunFile, RunMerge};
use super::shelf::Shelf;
use crate::failure::Failure;

/// What a decider says of a row. Rows without a mark stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Drop for the reason with this number; the address is that of the row that stays instead, if any.
    Drop { reason: u8, twin: Option<u64> },
    /// Keep under a label.
    Label(u64),
}

const VALUE_BITS: u32 = 56;
const VALUE: u64 = (1 << VALUE_BITS) - 1;
const LABEL: u64 = 1;
const DROP: u64 = 0x10;

/// A verdict with the address of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarkRecord {
    pub address: u64,
    value: u64,
    /// Where its note is: offset above, length in the lower 16 bits; 0 where there is none.
    note: u64,
}

impl MarkRecord {
    pub const fn new(address: u64, verdict: Verdict) -> Self {
        Self::noted(address, verdict, 0)
    }

    /// With a note.
    pub const fn noted(address: u64, verdict: Verdict, note: u64) -> Self {
        let value = match verdict {
            Verdict::Label(label) => LABEL << VALUE_BITS | label,
            Verdict::Drop { reason, twin } => {
                let twin = match twin {
                    Some(twin) => twin,
                    None => VALUE,
                };
                (DROP + reason as u64) << VALUE_BITS | twin
            }
        };
        Self { address, value, note }
    }

    /// The verdict as one word.
    pub const fn value(self) -> u64 {
        self.value
    }
}

/// The verdict that a word stands for.
pub const fn verdict_of(word: u64) -> Verdict {
    let (kind, value) = (word >> VALUE_BITS, word & VALUE);
    if kind == LABEL {
        Verdict::Label(value)
    } else {
        let twin = if value == VALUE { None } else { Some(value) };
        Verdict::Drop { reason: (kind.saturating_sub(DROP)) as u8, twin }
    }
}

impl Record for MarkRecord {
    const WIDTH: usize = 24;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.address.to_le_bytes());
        out.extend_from_slice(&self.value.to_le_bytes());
        out.extend_from_slice(&self.note.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Self {
        Self { address: u64_at(bytes, 0), value: u64_at(bytes, 8), note: u64_at(bytes, 16) }
    }
}

/// The verdicts of one select, read forward beside the rows they speak of.
pub struct MarkCursor {
    files: Vec<RunFile>,
    merge: Option<RunMerge<MarkRecord>>,
    next: Option<MarkRecord>,
    notes: Option<NoteReader>,
    many: bool,
}

impl MarkCursor {
    /// Opens all mark files of a select, and its notes.
    pub fn open(shelf: &Shelf, paths: &[PathBuf], notes: Option<&Path>) -> Result<Self, Failure> {
        let files = paths.iter().map(|p| RunFile::open::<MarkRecord>(shelf, p)).collect::<Result<_, _>>()?;
        let notes = notes.map(|path| NoteReader::open(shelf, path)).transpose()?;
        Ok(Self { files, merge: None, next: None, notes, many: false })
    }

    /// With `many`, a row may have several verdicts.
    #[must_use]
    pub const fn of_many(mut self, many: bool) -> Self {
        self.many = many;
        self
    }

    /// Whether a row may have several verdicts.
    pub const fn has_many(&self) -> bool {
        self.many
    }

    /// Whether the select has notes at all.
    pub const fn has_notes(&self) -> bool {
        self.notes.is_some()
    }

    /// The note of a verdict.
    pub fn note(&self, record: MarkRecord) -> Result<Option<String>, Failure> {
        match &self.notes {
            Some(notes) if record.note != 0 => notes.read(record.note).map(Some),
            _ => Ok(None),
        }
    }

    /// Goes to rows `first..first + rows` of a task.
    pub fn seek(&mut self, task: u64, first: u64, rows: u64) -> Result<(), Failure> {
        let low = MarkRecord { address: address(task, first), value: 0, note: 0 };
        let high = MarkRecord { address: address(task, first + rows), value: 0, note: 0 };
        let mut readers = Vec::new();
        for file in &self.files {
            readers.extend(file.range(&low, &high)?);
        }
        let mut merge = RunMerge::new(readers)?;
        self.next = merge.next()?;
        self.merge = Some(merge);
        Ok(())
    }

    /// The verdict on a row, asked again the next one on it; addresses must come in ascending order.
    pub fn record(&mut self, address: u64) -> Result<Option<MarkRecord>, Failure> {
        while let Some(record) = self.next {
            if record.address > address {
                return Ok(None);
            }
            self.next = match &mut self.merge {
                Some(merge) => merge.next()?,
                None => None,
            };
            if record.address == address {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{MarkRecord, Verdict, verdict_of};

    #[test]
    fn a_verdict_survives_its_record() {
        for verdict in [
            Verdict::Label(0),
            Verdict::Label(9_876_543_210),
            Verdict::Drop { reason: 0, twin: None },
            Verdict::Drop { reason: 7, twin: Some(3 << 40 | 5) },
        ] {
            assert_eq!(verdict_of(MarkRecord::new(1, verdict).value()), verdict);
        }
    }
}
