//! Opening connections.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::OpenOptions;
use super::schema::{APPLICATION, MIGRATIONS, VERSION};
use crate::failure::StoreFailure;

/// Pages kept in memory by each connection, in KiB.
const CACHE_KIB: i64 = 16 << 10;

/// The connection of the writer: makes the file and its tables where wanted.
pub(super) fn for_writing(
    path: &Path,
    place: &str,
    options: &OpenOptions,
) -> Result<Connection, StoreFailure> {
    if path.is_dir() {
        return Err(StoreFailure::Damaged { place: place.to_owned(), why: "it is a folder".into() });
    }
    if !options.create && !path.exists() {
        return Err(StoreFailure::Missing { place: place.to_owned() });
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let at = |error: rusqlite::Error| StoreFailure::of(place, &error);
    let mut db = Connection::open_with_flags(path, flags).map_err(at)?;
    settle(&db, options.busy_timeout).map_err(at)?;
    if db.is_readonly("main").map_err(at)? {
        let why = "the file may not be written".into();
        return Err(StoreFailure::ReadOnly { place: place.to_owned(), why });
    }
    let fresh = !has_tables(&db).map_err(at)?;
    if !fresh {
        check_format(&db, place)?;
    }
    // A commit is on the disk when it returns; text that is erased is overwritten in the file.
    db.pragma_update(None, "journal_mode", "wal").map_err(at)?;
    db.pragma_update(None, "synchronous", "full").map_err(at)?;
    db.pragma_update(None, "secure_delete", "on").map_err(at)?;
    migrate(&mut db, place, &options.store_id)?;
    Ok(db)
}

/// A connection that only reads.
pub(super) fn for_reading(path: &Path, place: &str, busy_timeout: u32) -> Result<Connection, StoreFailure> {
    if !path.exists() {
        return Err(StoreFailure::Missing { place: place.to_owned() });
    }
    if path.is_dir() {
        return Err(StoreFailure::Damaged { place: place.to_owned(), why: "it is a folder".into() });
    }
    let at = |error: rusqlite::Error| StoreFailure::of(place, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(at)?;
    settle(&db, busy_timeout).map_err(at)?;
    check_format(&db, place)?;
    Ok(db)
}

fn settle(db: &Connection, busy_timeout: u32) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_millis(u64::from(busy_timeout)))?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(())
}

fn has_tables(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

/// Refuses other people's files and later formats.
fn check_format(db: &Connection, place: &str) -> Result<i64, StoreFailure> {
    let number = |pragma: &str| {
        db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(|error| StoreFailure::of(place, &error))
    };
    if number("application_id")? != APPLICATION {
        let why = "it is the file of another program".into();
        return Err(StoreFailure::Damaged { place: place.to_owned(), why });
    }
    let found = number("user_version")?;
    if found > VERSION {
        return Err(StoreFailure::Newer { place: place.to_owned(), found, known: VERSION });
    }
    Ok(found)
}

fn migrate(db: &mut Connection, place: &str, store_id: &str) -> Result<(), StoreFailure> {
    let at = |error: rusqlite::Error| StoreFailure::of(place, &error);
    // Under the write lock, so that of two processes one makes the tables and the other finds them.
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(at)?;
    let from = if has_tables(&change).map_err(at)? { check_format(&change, place)? } else { 0 };
    for migration in &MIGRATIONS[usize::try_from(from).unwrap_or_default()..] {
        change.execute_batch(migration).map_err(at)?;
    }
    if from == 0 {
        change
            .execute("INSERT INTO store (one, store_id, revision) VALUES (1, ?1, 0)", [store_id])
            .map_err(at)?;
        change.pragma_update(None, "application_id", APPLICATION).map_err(at)?;
    }
    if from < VERSION {
        change.pragma_update(None, "user_version", VERSION).map_err(at)?;
    }
    change.commit().map_err(at)
}
