//! The trait behind every output format.
//!
//! The engine re-cuts rows into blocks of [`BLOCK_ROWS`], gathers blocks into groups of about
//! [`Format::group_bytes`], encodes groups (or the pieces that a format cuts them into) on the pool and appends them in
//! order. So files do not depend on batch size or threads, and a format only says how to encode a group and how to
//! frame a file.

use std::any::Any;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use serde_json::Value;

use crate::failure::Failure;

/// Rows of a block; the last block of a file may be shorter.
pub const BLOCK_ROWS: usize = 1024;

/// A file format with its options settled for one schema.
pub trait Format: Send + Sync {
    /// Extension of its files, without the dot, e.g. `parquet` or `jsonl.gz`.
    fn extension(&self) -> String;

    /// Extensions of the files that lie beside each of its files, such as an index; none for most formats.
    fn companions(&self) -> &'static [&'static str] {
        &[]
    }

    /// Uncompressed Arrow bytes after which a group of blocks is closed.
    fn group_bytes(&self) -> usize;

    /// The same for the next group of a file that holds so many bytes already: never more than
    /// [`Format::group_bytes`], less where small files should keep several threads busy too.
    fn group_bytes_behind(&self, _bytes: usize) -> usize {
        self.group_bytes()
    }

    /// Encodes one group. Pure, called on the pool for several groups at once. Every block has exactly the schema
    /// that the format was built for.
    ///
    /// # Errors
    /// When the rows cannot be expressed in the format.
    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure>;

    /// Encodes one group, or cuts it into pieces that the pool encodes side by side, so that one group can keep all
    /// threads busy.
    ///
    /// # Errors
    /// When the rows cannot be expressed in the format.
    fn begin(&self, blocks: &[RecordBatch]) -> Result<Begun, Failure> {
        self.encode(blocks).map(Begun::Whole)
    }

    /// Starts a file.
    ///
    /// # Errors
    /// When the head cannot be written.
    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure>;
}

/// An encoded group, whatever the format makes of it (bytes, Parquet column chunks).
pub struct Encoded(pub Box<dyn Any + Send>);

/// A part of the work on a group. Pure, called on the pool.
pub type Piece = Box<dyn FnOnce() -> Result<Encoded, Failure> + Send>;

/// What became of a group at first.
pub enum Begun {
    /// It is encoded.
    Whole(Encoded),
    /// The work that is left. What comes of it belongs together as [`Encoded::of_pieces`].
    Pieces(Vec<Piece>),
}

impl Begun {
    /// Does what is left on this thread.
    ///
    /// # Errors
    /// Those of the pieces.
    pub fn finish(self) -> Result<Encoded, Failure> {
        match self {
            Self::Whole(encoded) => Ok(encoded),
            Self::Pieces(pieces) => {
                pieces.into_iter().map(|piece| piece()).collect::<Result<_, _>>().map(Encoded::of_pieces)
            }
        }
    }
}

impl Encoded {
    /// A group of pieces, in order: a `Vec<Encoded>` for [`FormatFile::append`].
    #[must_use]
    pub fn of_pieces(pieces: Vec<Self>) -> Self {
        Self(Box::new(pieces))
    }
}

/// A file being written.
pub trait FormatFile: Send {
    /// Appends the next group.
    ///
    /// # Errors
    /// When the bytes cannot be written.
    fn append(&mut self, group: Encoded) -> Result<(), Failure>;

    /// Writes the end and flushes; the engine syncs and renames the file. `companions` are as many as
    /// [`Format::companions`] names.
    ///
    /// # Errors
    /// When the bytes cannot be written.
    fn finish(self: Box<Self>, companions: &mut [Companion]) -> Result<Head, Failure>;
}

/// A file beside another one.
pub type Companion = Box<dyn Write + Send>;

/// Whether the first bytes of a file are known only at its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Head {
    /// The file is as it was written.
    AsWritten,
    /// These bytes take the place of as many at the beginning.
    Replaced(Vec<u8>),
}

/// How to build a [`Format`].
pub struct FormatDef {
    /// Stable name of the native kind.
    pub kind: &'static str,
    /// Builds the format for the columns that will be written (engine columns already removed).
    #[expect(
        clippy::type_complexity,
        reason = "one constructor signature, spelled out where it is implemented"
    )]
    pub build: fn(options: &Value, schema: &SchemaRef) -> Result<Box<dyn Format>, Failure>,
}
