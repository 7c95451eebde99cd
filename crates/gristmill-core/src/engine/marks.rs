//! A decider's verdicts on rows of committed parts.

use std::path::PathBuf;

use super::keys::{address, u64_at};
use super::run_file::{Record, RunFile, RunMerge};
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
}

impl MarkRecord {
    pub const fn new(address: u64, verdict: Verdict) -> Self {
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
        Self { address, value }
    }

    pub const fn verdict(self) -> Verdict {
        verdict_of(self.value)
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
    const WIDTH: usize = 16;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.address.to_le_bytes());
        out.extend_from_slice(&self.value.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Self {
        Self { address: u64_at(bytes, 0), value: u64_at(bytes, 8) }
    }
}

/// The verdicts of one select, read forward beside the rows they speak of.
pub struct MarkCursor {
    files: Vec<RunFile>,
    merge: Option<RunMerge<MarkRecord>>,
    next: Option<MarkRecord>,
}

impl MarkCursor {
    /// Opens all mark files of a select.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Failure> {
        let files = paths.iter().map(|p| RunFile::open::<MarkRecord>(p)).collect::<Result<_, _>>()?;
        Ok(Self { files, merge: None, next: None })
    }

    /// Goes to rows `first..first + rows` of a task.
    pub fn seek(&mut self, task: u64, first: u64, rows: u64) -> Result<(), Failure> {
        let low = MarkRecord { address: address(task, first), value: 0 };
        let high = MarkRecord { address: address(task, first + rows), value: 0 };
        let mut readers = Vec::new();
        for file in &self.files {
            readers.extend(file.range(&low, &high)?);
        }
        let mut merge = RunMerge::new(readers)?;
        self.next = merge.next()?;
        self.merge = Some(merge);
        Ok(())
    }

    /// The verdict on a row; addresses must come in ascending order.
    pub fn verdict(&mut self, address: u64) -> Result<Option<Verdict>, Failure> {
        while let Some(record) = self.next {
            if record.address > address {
                return Ok(None);
            }
            self.next = match &mut self.merge {
                Some(merge) => merge.next()?,
                None => None,
            };
            if record.address == address {
                return Ok(Some(record.verdict()));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{MarkRecord, Verdict};

    #[test]
    fn a_verdict_survives_its_record() {
        for verdict in [
            Verdict::Label(0),
            Verdict::Label(9_876_543_210),
            Verdict::Drop { reason: 0, twin: None },
            Verdict::Drop { reason: 7, twin: Some(3 << 40 | 5) },
        ] {
            assert_eq!(MarkRecord::new(1, verdict).verdict(), verdict);
        }
    }
}
