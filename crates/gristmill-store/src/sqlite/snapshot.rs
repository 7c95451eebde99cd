//! A view of one moment.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use gristmill_core::{Failure, utc_text};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Rows};

use crate::csv;
use crate::failure::StoreFailure;
use crate::outcome::{ChannelState, Selection};

const BUFFER: usize = 1 << 20;

/// A read transaction on a connection of its own.
pub struct Snapshot {
    place: Arc<str>,
    store_id: String,
    db: Mutex<Option<Connection>>,
}

impl Snapshot {
    pub(super) fn begin(db: Connection, place: Arc<str>) -> Result<Self, StoreFailure> {
        let at = |error: rusqlite::Error| StoreFailure::of(&place, &error);
        db.execute_batch("BEGIN").map_err(at)?;
        // The first read fixes the moment.
        let store_id = db.query_row("SELECT store_id FROM store", [], |row| row.get(0)).map_err(at)?;
        Ok(Self { place, store_id, db: Mutex::new(Some(db)) })
    }

    /// Random name of the store.
    #[must_use]
    pub fn store_id(&self) -> &str {
        &self.store_id
    }

    /// The channels with live messages, and their states.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn states(&self) -> Result<Vec<ChannelState>, Failure> {
        self.with(|db, place| states(db).map_err(|error| StoreFailure::of(place, &error)))
    }

    /// Writes live messages as CSV; the file is synced.
    ///
    /// # Errors
    /// When the store cannot be read or the file not written.
    pub fn write_csv(&self, path: &Path, selection: &Selection) -> Result<(u64, u64), Failure> {
        self.with(|db, place| write_csv(db, place, path, selection))
    }

    /// Ends the transaction.
    pub fn close(&self) {
        drop(self.db.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn with<T>(&self, work: impl FnOnce(&Connection, &str) -> Result<T, StoreFailure>) -> Result<T, Failure> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(db) = &*db else {
            return Err(StoreFailure::Closed { place: self.place.to_string() }.into());
        };
        Ok(work(db, &self.place)?)
    }
}

/// Every change gives a row a greater revision and no row ever leaves, so the sum of revisions grows with each change.
fn states(db: &Connection) -> rusqlite::Result<Vec<ChannelState>> {
    let mut find = db.prepare(
        "SELECT channel_id, sum(state = 1), sum(CASE WHEN state = 1 THEN octet_length(content) ELSE 0 END),
            count(*), sum(revision), max(revision)
         FROM messages GROUP BY channel_id HAVING sum(state = 1) > 0 ORDER BY channel_id",
    )?;
    let rows = find.query_map([], |row| {
        let id: Option<i64> = row.get(0)?;
        let (rows, sum, last): (i64, i64, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
        Ok(ChannelState {
            channel_id: id.map_or_else(String::new, |id| id.to_string()),
            messages: row.get::<_, i64>(1)? as u64,
            bytes: row.get::<_, Option<i64>>(2)?.unwrap_or(0) as u64,
            state: format!("{rows}.{sum}.{last}"),
        })
    })?;
    rows.collect()
}

const COLUMNS: &str =
    "SELECT message_id, message_reference_message_id, guild_id, channel_id, author_id, author_bot,
    content, timestamp FROM messages WHERE state = 1";

fn write_csv(
    db: &Connection,
    place: &str,
    path: &Path,
    selection: &Selection,
) -> Result<(u64, u64), StoreFailure> {
    let spoken = if selection.spoken {
        "AND author_bot IS NOT 1 AND content IS NOT NULL AND content <> ''"
    } else {
        ""
    };
    let of_disk = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreFailure::Full { place: path.display().to_string() }
        }
        _ => StoreFailure::Io { place: path.display().to_string(), why: error.to_string() },
    };
    let at = |error: rusqlite::Error| StoreFailure::of(place, &error);
    let mut out = BufWriter::with_capacity(BUFFER, File::create(path).map_err(of_disk)?);
    out.write_all(csv::HEADER).map_err(of_disk)?;
    let mut rows = 0;
    let mut pass = |found: &mut Rows<'_>| -> Result<(), StoreFailure> {
        while let Some(row) = found.next().map_err(at)? {
            line(&mut out, row).map_err(|error| match error {
                Line::Store(error) => at(error),
                Line::Disk(error) => of_disk(error),
            })?;
            rows += 1;
        }
        Ok(())
    };
    match &selection.channels {
        None => {
            let mut find = db.prepare(&format!("{COLUMNS} {spoken} ORDER BY message_id")).map_err(at)?;
            pass(&mut find.query([]).map_err(at)?)?;
        }
        Some(channels) => {
            let sql = format!("{COLUMNS} AND channel_id IS ?1 {spoken} ORDER BY message_id");
            let mut find = db.prepare(&sql).map_err(at)?;
            let channels: &BTreeSet<Option<i64>> = channels;
            for channel in channels {
                pass(&mut find.query([channel]).map_err(at)?)?;
            }
        }
    }
    let file = out.into_inner().map_err(|error| of_disk(error.into_error()))?;
    file.sync_all().map_err(of_disk)?;
    let bytes = file.metadata().map_err(of_disk)?.len();
    Ok((rows, bytes))
}

enum Line {
    Store(rusqlite::Error),
    Disk(io::Error),
}

impl From<rusqlite::Error> for Line {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Line {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

fn line(out: &mut impl Write, row: &rusqlite::Row<'_>) -> Result<(), Line> {
    for at in 0..5 {
        csv::id(out, row.get(at)?)?;
        out.write_all(b",")?;
    }
    out.write_all(match row.get::<_, Option<bool>>(5)? {
        Some(true) => b"true",
        Some(false) => b"false",
        None => b"",
    })?;
    out.write_all(b",")?;
    match row.get_ref(6)? {
        ValueRef::Text(text) => csv::text(out, Some(text))?,
        _ => csv::text(out, None)?,
    }
    out.write_all(b",")?;
    if let Some(time) = row.get::<_, Option<i64>>(7)? {
        out.write_all(utc_text(time).as_bytes())?;
    }
    out.write_all(b"\n")?;
    Ok(())
}
