//! Sorted runs, cut at hashes into ranges that fit into memory.

use super::super::super::bands::BandRecord;
use super::super::super::keys::KeyRecord;
use super::super::super::run_file::{Record, RunFile, RunMerge, RunReader};
use crate::failure::Failure;

/// A record that is found by an even hash.
pub trait Hashed: Record {
    /// Below every record of this hash.
    fn lowest(hash: u64) -> Self;
    /// Above every record.
    fn highest() -> Self;
}

impl Hashed for BandRecord {
    fn lowest(hash: u64) -> Self {
        Self { hash, address: 0 }
    }

    fn highest() -> Self {
        Self { hash: u64::MAX, address: u64::MAX }
    }
}

impl Hashed for KeyRecord {
    fn lowest(hash: u64) -> Self {
        Self { key: u128::from(hash) << 64, rank: 0, address: 0, payload: 0 }
    }

    fn highest() -> Self {
        Self { key: u128::MAX, rank: u64::MAX, address: u64::MAX, payload: u64::MAX }
    }
}

/// The records of all files in ranges of about so many bytes.
pub struct Ranges<'a> {
    files: &'a [RunFile],
    count: u64,
    most: u64,
}

/// Ranges of a small input: enough for every thread.
const FEW: u64 = 16;
/// Records below which a range is not worth its opening.
const SMALL: u64 = 1 << 13;

impl<'a> Ranges<'a> {
    pub fn cut<R: Hashed>(files: &'a [RunFile], bytes: u64) -> Self {
        let records: u64 = files.iter().map(RunFile::records).sum();
        let most = bytes / R::WIDTH as u64;
        // Hashes are even, so ranges hardly differ; those that do are merged from their runs instead.
        let count = (records * 5 / 4).div_ceil(most).max(FEW.min(records.div_ceil(SMALL)));
        Self { files, count, most }
    }

    pub const fn len(&self) -> usize {
        self.count as usize
    }

    /// Gives `each` the records of a range in order.
    pub fn read<R: Hashed>(
        &self,
        range: usize,
        each: &mut dyn FnMut(R) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let edge = |at: u64| (u128::from(at) << 64).checked_div(u128::from(self.count)).unwrap_or(0) as u64;
        let at = range as u64;
        let low = R::lowest(edge(at));
        let high = if at + 1 == self.count { R::highest() } else { R::lowest(edge(at + 1)) };
        let mut readers: Vec<RunReader<R>> = Vec::new();
        for file in self.files {
            readers.extend(file.range(&low, &high)?);
        }
        let records: u64 = readers.iter().map(RunReader::left).sum();
        if records > self.most {
            let mut merge = RunMerge::new(readers)?;
            while let Some(record) = merge.next()? {
                each(record)?;
            }
            return Ok(());
        }
        let (mut all, mut room) = (Vec::with_capacity(records as usize), Vec::new());
        for reader in &mut readers {
            while let Some(record) = reader.next()? {
                all.push(record);
            }
        }
        if readers.len() > 1 {
            R::sort(&mut all, &mut room);
        }
        all.into_iter().try_for_each(each)
    }
}
