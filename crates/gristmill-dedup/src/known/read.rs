//! Asks index files. In memory are their filters and fences; everything else is read where it is needed.

use std::fs::File;
use std::path::{Path, PathBuf};

use gristmill_core::{Failure, read_at};

use super::layout::{FENCE, Foot, MAGIC, RECORD, ROW, Sketching, Table};
use crate::failure::DedupFailure;

/// Rows that are looked at for one key.
const ROWS_A_KEY: usize = 32;

/// A file that is open.
struct Segment {
    path: PathBuf,
    file: File,
    foot: Foot,
    fences: [Vec<u128>; 3],
    filter: Vec<u64>,
}

/// A row of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownRow {
    segment: u32,
    row: u32,
}

/// Files that are asked together.
pub struct Known {
    segments: Vec<Segment>,
}

/// Room for one question after the other.
#[derive(Default)]
pub struct Room {
    bytes: Vec<u8>,
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u128_at(bytes: &[u8], at: usize) -> u128 {
    u128::from(u64_at(bytes, at + 8)) << 64 | u128::from(u64_at(bytes, at))
}

impl Known {
    /// Opens files; folders stand for the index files in them.
    ///
    /// # Errors
    /// `GM_DEDUP_KNOWN_DAMAGED`, `GM_DEDUP_KNOWN_MIXED`.
    pub fn open(paths: &[String]) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for path in paths {
            let path = PathBuf::from(path);
            if path.is_dir() {
                let entries = std::fs::read_dir(&path).map_err(damaged(&path))?;
                let mut found = entries
                    .map(|entry| entry.map(|entry| entry.path()).map_err(damaged(&path)))
                    .collect::<Result<Vec<_>, _>>()?;
                found.retain(|path| path.extension().is_some_and(|extension| extension == "known"));
                found.sort();
                if found.is_empty() {
                    return Err(DedupFailure::NoKnown { path: path.display().to_string() }.into());
                }
                files.extend(found);
            } else {
                files.push(path);
            }
        }
        let segments = files.into_iter().map(Segment::open).collect::<Result<Vec<_>, Failure>>()?;
        if let Some(other) =
            segments.iter().find(|segment| segment.foot.sketching != segments[0].foot.sketching)
        {
            return Err(DedupFailure::KnownMixed { path: other.path.display().to_string() }.into());
        }
        Ok(Self { segments })
    }

    /// How the rows were sketched.
    #[must_use]
    pub fn sketching(&self) -> Option<&Sketching> {
        self.segments.first().map(|segment| &segment.foot.sketching)
    }

    /// Appends the rows of a key: the first [`ROWS_A_KEY`] of each file.
    ///
    /// # Errors
    /// `GM_DEDUP_KNOWN_DAMAGED`.
    pub fn find(
        &self,
        table: Table,
        key: u128,
        room: &mut Room,
        out: &mut Vec<KnownRow>,
    ) -> Result<(), Failure> {
        for (segment, number) in self.segments.iter().zip(0_u32..) {
            segment.find(table, key, room, &mut |row| out.push(KnownRow { segment: number, row }))?;
        }
        Ok(())
    }

    /// The shingles of a row.
    ///
    /// # Errors
    /// `GM_DEDUP_KNOWN_DAMAGED`.
    pub fn shingles(&self, row: KnownRow, room: &mut Room, out: &mut Vec<u64>) -> Result<(), Failure> {
        let segment = &self.segments[row.segment as usize];
        let (at, shingles, _) = segment.row(row.row, room)?;
        segment.read(at, shingles as usize * 8, room)?;
        out.clear();
        out.extend((0..shingles as usize).map(|number| u64_at(&room.bytes, number * 8)));
        Ok(())
    }

    /// The id of a row; its file and number where it has none.
    ///
    /// # Errors
    /// `GM_DEDUP_KNOWN_DAMAGED`.
    pub fn id(&self, row: KnownRow, room: &mut Room) -> Result<String, Failure> {
        let segment = &self.segments[row.segment as usize];
        let (at, shingles, id) = segment.row(row.row, room)?;
        segment.read(at + u64::from(shingles) * 8, id as usize, room)?;
        if room.bytes.is_empty() {
            let file = segment.path.file_name().unwrap_or_default().to_string_lossy();
            return Ok(format!("{file}:{}", row.row));
        }
        Ok(String::from_utf8_lossy(&room.bytes).into_owned())
    }
}

fn damaged(path: &Path) -> impl Fn(std::io::Error) -> DedupFailure {
    let path = path.display().to_string();
    move |error| DedupFailure::KnownDamaged { path: path.clone(), why: error.to_string() }
}

impl Segment {
    fn open(path: PathBuf) -> Result<Self, Failure> {
        let broken =
            |why: &str| DedupFailure::KnownDamaged { path: path.display().to_string(), why: why.to_owned() };
        let file = File::open(&path).map_err(damaged(&path))?;
        let length = file.metadata().map_err(damaged(&path))?.len();
        let tail = 4 + MAGIC.len() as u64;
        if length < tail + MAGIC.len() as u64 {
            return Err(broken("it is too short").into());
        }
        let mut end = [0; 12];
        read_at(&file, &mut end, length - tail).map_err(damaged(&path))?;
        let mut start = [0; 8];
        read_at(&file, &mut start, 0).map_err(damaged(&path))?;
        if end[4..] != MAGIC[..] || start != *MAGIC {
            return Err(broken("it is no index of rows of this version").into());
        }
        let foot_length = u64::from(u32_at(&end, 0));
        let foot_at = (length - tail).checked_sub(foot_length).ok_or_else(|| broken("its end is missing"))?;
        let mut foot = vec![0; foot_length as usize];
        read_at(&file, &mut foot, foot_at).map_err(damaged(&path))?;
        let foot: Foot = serde_json::from_slice(&foot).map_err(|error| broken(&error.to_string()))?;
        let whole = |at: u64, count: u64, width: u64| {
            count.checked_mul(width).and_then(|bytes| bytes.checked_add(at)).is_some_and(|end| end <= foot_at)
        };
        let sound = whole(foot.rows_at, foot.rows, ROW as u64)
            && whole(foot.filter_at, foot.filter_words, 8)
            && foot.filter_words > 0
            && (0..3).all(|table| {
                let fences = foot.records[table].div_ceil(FENCE as u64);
                whole(foot.tables_at[table], foot.records[table], RECORD as u64)
                    && whole(foot.fences_at[table], fences, 16)
            });
        if !sound {
            return Err(broken("its tables do not fit into it").into());
        }
        let mut segment = Self { path, file, foot, fences: Default::default(), filter: Vec::new() };
        let mut room = Room::default();
        for table in 0..3 {
            let fences = segment.foot.records[table].div_ceil(FENCE as u64) as usize;
            segment.read(segment.foot.fences_at[table], fences * 16, &mut room)?;
            segment.fences[table] = (0..fences).map(|fence| u128_at(&room.bytes, fence * 16)).collect();
        }
        let words = segment.foot.filter_words as usize;
        segment.read(segment.foot.filter_at, words * 8, &mut room)?;
        segment.filter = (0..words).map(|word| u64_at(&room.bytes, word * 8)).collect();
        Ok(segment)
    }

    /// Fills the room.
    fn read(&self, at: u64, length: usize, room: &mut Room) -> Result<(), Failure> {
        room.bytes.clear();
        room.bytes.resize(length, 0);
        Ok(read_at(&self.file, &mut room.bytes, at).map_err(damaged(&self.path))?)
    }

    /// Place and number of the shingles, and bytes of the id behind them.
    fn row(&self, row: u32, room: &mut Room) -> Result<(u64, u32, u32), Failure> {
        if u64::from(row) >= self.foot.rows {
            let why = format!("there is no row {row}");
            return Err(DedupFailure::KnownDamaged { path: self.path.display().to_string(), why }.into());
        }
        self.read(self.foot.rows_at + u64::from(row) * ROW as u64, ROW, room)?;
        let (at, shingles, id) = (u64_at(&room.bytes, 0), u32_at(&room.bytes, 8), u32_at(&room.bytes, 12));
        if at.saturating_add(u64::from(shingles) * 8 + u64::from(id)) > self.foot.rows_at {
            let why = format!("row {row} does not fit into it");
            return Err(DedupFailure::KnownDamaged { path: self.path.display().to_string(), why }.into());
        }
        Ok((at, shingles, id))
    }

    fn find(
        &self,
        table: Table,
        key: u128,
        room: &mut Room,
        each: &mut dyn FnMut(u32),
    ) -> Result<(), Failure> {
        let bits = table.bits(key, self.foot.filter_words);
        if bits.iter().any(|bit| self.filter[(bit / 64) as usize] >> (bit % 64) & 1 == 0) {
            return Ok(());
        }
        let (at, records) = (self.foot.tables_at[table as usize], self.foot.records[table as usize]);
        let fences = &self.fences[table as usize];
        // Records of the key begin between the last fence below it and the first that is not.
        let mut block = fences.partition_point(|&fence| fence < key).saturating_sub(1);
        let mut found = 0;
        while block < fences.len() && fences[block] <= key {
            let first = (block * FENCE) as u64;
            let count = (records - first).min(FENCE as u64) as usize;
            self.read(at + first * RECORD as u64, count * RECORD, room)?;
            for record in room.bytes.chunks_exact(RECORD).filter(|record| u128_at(record, 0) == key) {
                each(u32_at(record, 16));
                found += 1;
                if found == ROWS_A_KEY {
                    return Ok(());
                }
            }
            block += 1;
        }
        Ok(())
    }
}
