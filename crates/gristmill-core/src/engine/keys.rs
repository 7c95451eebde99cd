//! Keys of rows on disk, as a decider wants them: by key, or by rank.

use std::cmp::Ordering;

use super::attempt::Place;
use super::attempt::{FileRef, Role};
use super::bands::BandRecord;
use super::run_file::{Record, RunWriter};
use super::spec::KeySort;
use crate::failure::Failure;
use crate::step::{BandRow, KeyRow};

/// Task in the upper 16 bits, row of the task in the lower 40: where a row stands among the rows a stage committed.
pub const ROW_BITS: u32 = 40;

/// Address of a row of a task.
pub const fn address(task: u64, row: u64) -> u64 {
    task << ROW_BITS | row
}

/// Task and row of an address.
pub const fn task_and_row(address: u64) -> (usize, u64) {
    ((address >> ROW_BITS) as usize, address & ((1 << ROW_BITS) - 1))
}

/// A key with the address of its row; sorts by key, rank, address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyRecord {
    pub key: u128,
    pub rank: u64,
    pub address: u64,
    pub payload: u64,
}

impl Record for KeyRecord {
    const WIDTH: usize = 40;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key.to_le_bytes());
        for number in [self.rank, self.address, self.payload] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }

    fn get(bytes: &[u8]) -> Self {
        Self {
            key: u128::from_le_bytes(bytes[..16].try_into().unwrap_or_default()),
            rank: u64_at(bytes, 16),
            address: u64_at(bytes, 24),
            payload: u64_at(bytes, 32),
        }
    }
}

/// The same record, sorted by rank, address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankRecord(pub KeyRecord);

impl Ord for RankRecord {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.rank, self.0.address).cmp(&(other.0.rank, other.0.address))
    }
}

impl PartialOrd for RankRecord {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Record for RankRecord {
    const WIDTH: usize = KeyRecord::WIDTH;

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn get(bytes: &[u8]) -> Self {
        Self(KeyRecord::get(bytes))
    }
}

pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap_or_default())
}

/// Partition of a hash among a power of two.
pub const fn partition_of(key: u128, partitions: usize) -> usize {
    if partitions <= 1 { 0 } else { (key >> (128 - partitions.trailing_zeros())) as usize }
}

/// Keys sorted in memory at once: 1 M records are 40 MB.
const RUN_RECORDS: usize = 1 << 19;

/// Writes the keys a task emits.
pub enum KeyWriter {
    ByKey(RunWriter<KeyRecord>),
    ByRank(RunWriter<RankRecord>),
    /// Keys, and bands in a file of their own.
    Alike(Box<(RunWriter<KeyRecord>, RunWriter<BandRecord>)>),
}

/// Bands sorted in memory at once: 16 MB, and as much to sort in.
const RUN_BANDS: usize = 1 << 20;

impl KeyWriter {
    /// Starts the key files of a task.
    pub fn create(place: &Place, partitions: usize, sort: KeySort) -> Result<Self, Failure> {
        let of = |r: &KeyRecord, n| partition_of(r.key, n);
        Ok(match sort {
            KeySort::Rank => Self::ByRank(RunWriter::create(place, "keys", 1, |_, _| 0, RUN_RECORDS)?),
            KeySort::Key => Self::ByKey(RunWriter::create(place, "keys", partitions, of, RUN_RECORDS)?),
            KeySort::Alike => Self::Alike(Box::new((
                RunWriter::create(place, "keys", 1, |_, _| 0, RUN_RECORDS)?,
                RunWriter::create(place, "bands", 1, |_, _| 0, RUN_BANDS)?,
            ))),
        })
    }

    /// Adds the keys of a batch whose first row has this address.
    pub fn push(&mut self, keys: &[KeyRow], bands: &[BandRow], first: u64) -> Result<(), Failure> {
        self.push_each(keys, bands, |row| first + u64::from(row))
    }

    /// Adds the keys of a batch whose rows have these addresses.
    pub fn push_addressed(
        &mut self,
        keys: &[KeyRow],
        bands: &[BandRow],
        addresses: &[u64],
    ) -> Result<(), Failure> {
        self.push_each(keys, bands, |row| addresses[row as usize])
    }

    fn push_each(
        &mut self,
        keys: &[KeyRow],
        bands: &[BandRow],
        address_of: impl Fn(u32) -> u64,
    ) -> Result<(), Failure> {
        for key in keys {
            let address = address_of(key.row);
            let record = KeyRecord { key: key.key, rank: key.rank, address, payload: key.payload };
            match self {
                Self::ByKey(writer) => writer.push(record)?,
                Self::Alike(writers) => writers.0.push(record)?,
                Self::ByRank(writer) => writer.push(RankRecord(record))?,
            }
        }
        if let Self::Alike(writers) = self {
            for band in bands {
                writers.1.push(BandRecord { hash: band.hash, address: address_of(band.row) })?;
            }
        }
        Ok(())
    }

    /// Ends and commits the files.
    pub fn commit(self) -> Result<Vec<FileRef>, Failure> {
        Ok(match self {
            Self::ByKey(writer) => vec![writer.commit("keys", "bin", Role::Keys)?],
            Self::ByRank(writer) => vec![writer.commit("keys", "bin", Role::Keys)?],
            Self::Alike(writers) => {
                let (keys, bands) = *writers;
                vec![keys.commit("keys", "bin", Role::Keys)?, bands.commit("bands", "bin", Role::Keys)?]
            }
        })
    }
}
