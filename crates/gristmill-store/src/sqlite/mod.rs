//! The store in one `SQLite` file.
//!
//! One thread writes. It takes all batches that wait into one transaction, each under a savepoint of its own, so that
//! many small batches share one sync of the disk; each caller is told after the commit. Readers have connections of
//! their own: thanks to the write-ahead log they neither wait for the writer nor hold it up.

mod apply;
mod open;
mod read;
mod schema;
mod snapshot;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use gristmill_core::Failure;
use rusqlite::Connection;

use crate::batch::Batch;
use crate::failure::StoreFailure;
use crate::outcome::{Applied, Counts, Page};

pub use snapshot::Snapshot;
use writer::Writer;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Make it if it is not there.
    pub create: bool,
    /// Refuse writes.
    pub read_only: bool,
    /// How long a lock is waited for, in ms.
    pub busy_timeout: u32,
    /// Random name for a new store.
    pub store_id: String,
}

/// How to apply a batch.
#[derive(Clone, Debug, Default)]
pub struct ApplyOptions {
    /// Idempotency key.
    pub key: Option<String>,
    /// Time now, ms since 1970.
    pub now: i64,
    /// When the key may be forgotten, ms since 1970.
    pub expires: i64,
}

/// An open store. Calls block; several threads may call at once.
pub struct Store {
    place: Arc<str>,
    path: PathBuf,
    busy_timeout: u32,
    reader: Mutex<Option<Connection>>,
    writer: Option<Writer>,
}

impl Store {
    /// Opens a store, makes it if wanted, brings its tables up to date.
    ///
    /// # Errors
    /// `GM_STORE_MISSING`, `GM_STORE_UNAVAILABLE`, `GM_STORE_DAMAGED`, `GM_STORE_NEWER`, `GM_STORE_BUSY`,
    /// `GM_STORE_READ_ONLY`.
    pub fn open(path: PathBuf, options: &OpenOptions) -> Result<Self, Failure> {
        let place: Arc<str> = path.display().to_string().into();
        let writer = if options.read_only {
            None
        } else {
            let connection = open::for_writing(&path, &place, options)?;
            Some(Writer::start(connection, Arc::clone(&place))?)
        };
        let reader = open::for_reading(&path, &place, options.busy_timeout)?;
        let reader = Mutex::new(Some(reader));
        Ok(Self { place, path, busy_timeout: options.busy_timeout, reader, writer })
    }

    /// Takes a batch and comes back when it is on the disk.
    ///
    /// # Errors
    /// See `MessageStore.apply` in `ts/store/store.ts`.
    pub fn apply(&self, batch: Batch, options: ApplyOptions) -> Result<Applied, Failure> {
        match &self.writer {
            Some(writer) => Ok(writer.apply(batch, options)?),
            None => {
                Err(StoreFailure::ReadOnly { place: self.place.to_string(), why: "it was opened so".into() }
                    .into())
            }
        }
    }

    /// The greatest id of a channel.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_message_id(&self, channel: &str) -> Result<Option<String>, Failure> {
        let Some(channel) = crate::id::parse(channel) else { return Ok(None) };
        self.read(|db| read::last_message_id(db, channel))
    }

    /// The cursors whose names begin so, as a JSON list of pairs.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cursors(&self, prefix: &str) -> Result<String, Failure> {
        self.read(|db| read::cursors(db, prefix))
    }

    /// The value of a cursor.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cursor(&self, name: &str) -> Result<Option<String>, Failure> {
        self.read(|db| read::cursor(db, name))
    }

    /// The channels, as JSON.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn channels(&self) -> Result<String, Failure> {
        self.read(read::channels)
    }

    /// The opted-out authors, as JSON.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn opted_out(&self) -> Result<String, Failure> {
        self.read(read::opted_out)
    }

    /// A page of messages, as JSON.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn messages(&self, page: &Page) -> Result<String, Failure> {
        self.read(|db| read::messages(db, page))
    }

    /// Exact figures.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Counts, Failure> {
        self.read(read::counts)
    }

    /// A view of this moment, on a connection of its own.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, Failure> {
        let connection = open::for_reading(&self.path, &self.place, self.busy_timeout)?;
        Ok(Snapshot::begin(connection, Arc::clone(&self.place))?)
    }

    /// Waits for batches in progress and lets go of the file. Later calls fail.
    ///
    /// # Errors
    /// When the last checkpoint fails; what was confirmed is safe all the same.
    pub fn close(&self) -> Result<(), Failure> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(reader);
        if let Some(writer) = &self.writer {
            writer.stop()?;
        }
        Ok(())
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Failure> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(connection) = &*reader else {
            return Err(StoreFailure::Closed { place: self.place.to_string() }.into());
        };
        work(connection).map_err(|error| StoreFailure::of(&self.place, &error).into())
    }
}
