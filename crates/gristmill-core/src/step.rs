//! The traits behind a step and behind a reader. A new step implements one of the four shapes and adds one `*Def`
//! to its crate's list; a new input format implements [`Cutter`] and [`Parser`].

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::batch::Batch;
use crate::engine::{Finishing, Saved, SavedWriter, Scratch};
use crate::failure::{CoreFailure, Failure};
use crate::trace::StepTrace;

/// Results of folds that a step may read, by the name the plan gave them.
pub type SideInputs = BTreeMap<String, Arc<Value>>;

/// No side inputs, for steps and tests that read none.
#[must_use]
pub const fn no_side_inputs() -> SideInputs {
    SideInputs::new()
}

/// The result of a fold that the plan promised.
///
/// # Errors
/// `GM_STEP_MISSING_SIDE_INPUT`.
pub fn side_input<'a>(side: &'a SideInputs, name: &str) -> Result<&'a Value, Failure> {
    side.get(name)
        .map(AsRef::as_ref)
        .ok_or_else(|| CoreFailure::MissingSideInput { name: name.to_owned() }.into())
}

/// Reads a step's validated options; unknown keys are refused by `deny_unknown_fields` of the type.
///
/// # Errors
/// `GM_STEP_BAD_OPTIONS`.
pub fn options_from<T: DeserializeOwned>(kind: &str, options: &Value) -> Result<T, Failure> {
    T::deserialize(options).map_err(|source| CoreFailure::BadOptions { kind: kind.to_owned(), source }.into())
}

/// Row-local and pure: one row in, none (with a named reason), one or several out.
pub trait MapStep: Send + Sync {
    /// The columns that leave the step. Called once before any batch; a missing or ill-typed column fails here,
    /// so that a build stops before it has read a row.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, `GM_STEP_WRONG_TYPE`.
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure>;

    /// Works on one batch in place. Called from several threads at once, so scratch space is local to the call.
    /// A row on which the step fails is quarantined, never an error: an error ends the build.
    ///
    /// # Errors
    /// Only for faults that no row is to blame for.
    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure>;
}

/// How to build a [`MapStep`]: its stable kind and its constructor from validated options.
pub struct MapDef {
    /// Stable name of the native kind.
    pub kind: &'static str,
    /// Builds the step; `side` has the results of folds the plan promised to it.
    #[expect(
        clippy::type_complexity,
        reason = "one constructor signature, spelled out where it is implemented"
    )]
    pub build: fn(options: &Value, side: &SideInputs) -> Result<Box<dyn MapStep>, Failure>,
}

/// What a row tells a decider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Number of the row in its batch.
    pub row: u32,
    /// Rows of equal key are decided together.
    pub key: u128,
    /// Lower is better (by key), earlier (in order), or the role of the key (linked: 0 = I am, 1 = I refer to).
    pub rank: u64,
    /// A word for the decider, e.g. a token count or flags.
    pub payload: u64,
}

/// Emits the keys of a `select`. A row may emit none, one or several.
pub trait KeyStep: Send + Sync {
    /// Columns it reads, so that a committed part can be read without the others. The id is always there.
    fn columns(&self) -> Vec<String>;

    /// Appends the keys of all rows. The batch is compact: every row is alive.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, `GM_STEP_WRONG_TYPE`.
    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure>;

    /// What the decider of likeness asks, for the kinds it works with.
    fn alike(&self) -> Option<&dyn Alike> {
        None
    }

    /// What the decider of repeats asks, for the kinds it works with.
    fn units(&self) -> Option<&dyn Units> {
        None
    }
}

/// Keys are those of pieces of rows. The payload has the number of a unit in its row in the upper half, its characters
/// in the lower.
pub trait Units: Send + Sync {
    /// The word for many of them.
    fn word(&self) -> &'static str;

    /// The text of a unit, for the report.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, `GM_STEP_WRONG_TYPE`.
    fn text<'a>(&self, batch: &'a Batch, row: usize, unit: u32) -> Result<&'a str, Failure>;
}

/// A hint that a row may be like others: those with an equal hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BandRow {
    /// Number of the row in its batch.
    pub row: u32,
    /// Rows of equal hash are compared.
    pub hash: u64,
}

/// Finds rows that are alike and compares them. Rows of equal key ([`KeyStep::keys`]) are copies of each other; of
/// those that share a band, only similar ones count as alike.
pub trait Alike: Send + Sync {
    /// Appends the keys of all rows that can be compared, as [`KeyStep::keys`] does, and their bands. Of rank and
    /// payload the least makes the row that stays.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, `GM_STEP_WRONG_TYPE`.
    fn sketch(&self, batch: &Batch, keys: &mut Vec<KeyRow>, bands: &mut Vec<BandRow>) -> Result<(), Failure>;

    /// Gives `each` the features of some rows, in the order asked for.
    ///
    /// # Errors
    /// As [`Alike::sketch`].
    fn features(&self, batch: &Batch, rows: &[u32], each: &mut dyn FnMut(&[u64])) -> Result<(), Failure>;

    /// How similar two rows are by their features, from 0 to 1.
    fn similarity(&self, a: &[u64], b: &[u64]) -> f64;

    /// No pair of rows with so many features each can be similar enough.
    fn hopeless(&self, a: usize, b: usize) -> bool;

    /// Pairs at least so similar are alike.
    fn threshold(&self) -> f64;

    /// How rows are sketched, for the report.
    fn describe(&self) -> Value;
}

/// How to build a [`KeyStep`].
pub struct KeyDef {
    /// Stable name of the native kind.
    pub kind: &'static str,
    /// Builds the step.
    pub build: fn(options: &Value) -> Result<Box<dyn KeyStep>, Failure>,
}

/// Sees rows of one partition, whole groups at a time, totally ordered by (key, declared order, row order).
pub trait GroupStep: Send + Sync {
    /// The columns that leave the step, the id first.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, `GM_STEP_WRONG_TYPE`.
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure>;

    /// Works on consecutive whole groups; `groups[i]..groups[i + 1]` are the rows of group i, so there is one more
    /// number than groups. Called from several threads at once, on different groups.
    /// The step counts `made`, `merged` and drops itself: every row that does not go on as itself is told to
    /// `trace` through [`StepTrace::reject`], every new row counts as `trace.counts.made += 1`.
    ///
    /// # Errors
    /// Only for faults that no row is to blame for.
    fn run(&self, rows: &Batch, groups: &[usize], trace: &mut StepTrace) -> Result<Batch, Failure>;
}

/// How to build a [`GroupStep`].
pub struct GroupDef {
    /// Stable name of the native kind.
    pub kind: &'static str,
    /// Builds the step.
    #[expect(
        clippy::type_complexity,
        reason = "one constructor signature, spelled out where it is implemented"
    )]
    pub build: fn(options: &Value, side: &SideInputs) -> Result<Box<dyn GroupStep>, Failure>,
}

/// A mergeable summary. Merging is associative and commutative and uses integers or fixed point, so that the result
/// does not depend on how rows were cut into batches and tasks.
pub trait FoldStep: Send + Sync {
    /// An empty summary.
    fn empty(&self) -> Box<dyn FoldState>;

    /// Takes up a summary that [`FoldState::save`] wrote.
    ///
    /// # Errors
    /// `GM_STEP_BAD_OPTIONS` when it is none.
    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure>;

    /// Turns the final summary into the result that later steps and reports read.
    ///
    /// # Errors
    /// When the summary cannot be finished, e.g. a fit that does not converge.
    fn finish(&self, state: Box<dyn FoldState>, finishing: &Finishing) -> Result<Value, Failure>;
}

/// A running summary.
pub trait FoldState: Send + std::any::Any {
    /// Takes in a batch. The batch is compact: every row is alive.
    ///
    /// # Errors
    /// `GM_STEP_MISSING_COLUMN`, `GM_STEP_WRONG_TYPE`.
    fn observe(&mut self, batch: &Batch) -> Result<(), Failure>;

    /// Takes in another summary of the same fold. Implementations downcast with
    /// `(other as Box<dyn std::any::Any>).downcast::<Self>()`, which cannot fail for states of one fold.
    fn merge(&mut self, other: Box<dyn FoldState>);

    /// Called after each merge: a summary that may outgrow [`Scratch::bytes`] moves what it holds to files.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    fn spill(&mut self, _scratch: &Scratch) -> Result<(), Failure> {
        Ok(())
    }

    /// Writes the summary, the same bytes for equal summaries: JSON with sorted keys, where it is small. It is not used
    /// afterwards.
    ///
    /// # Errors
    /// `GM_RUN_IO`, `GM_RUN_DISK_FULL`.
    fn save(&mut self, out: &mut SavedWriter<'_>) -> Result<(), Failure>;
}

/// How to build a [`FoldStep`].
pub struct FoldDef {
    /// Stable name of the native kind.
    pub kind: &'static str,
    /// Builds the fold.
    pub build: fn(options: &Value) -> Result<Box<dyn FoldStep>, Failure>,
}

/// A readable name of an input: below the source's root, never an absolute path. Part of row ids.
pub type InputName = Arc<str>;

/// A piece of input that ends at a record's end.
pub struct Chunk {
    /// Which input it comes from.
    pub input: InputName,
    /// Address of its first byte (or number of its first row, for Parquet and Arrow) in that input.
    pub address: u64,
    /// What is in it.
    pub body: ChunkBody,
}

/// The content of a [`Chunk`].
pub enum ChunkBody {
    /// Raw bytes, whole records.
    Bytes(Bytes),
    /// Decoded columns (Parquet, Arrow, parts).
    Columns(arrow_array::RecordBatch),
    /// A record that is longer than `max_record_bytes`: skipped, to be quarantined by reference.
    TooLong {
        /// Length in bytes of what was skipped.
        bytes: u64,
    },
}

/// How far a cutter has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Bytes of the input files consumed so far.
    pub bytes_done: u64,
    /// Bytes of the input files in all.
    pub bytes_total: u64,
}

/// The serial half of a reader: cuts bytes at record ends. Called under a lock that also hands out the sequence
/// number, so it does as little as it can.
pub trait Cutter: Send {
    /// The next piece: about 1 MB or 8,192 rows, or one longer record. `None` at the end.
    ///
    /// # Errors
    /// When the input cannot be read on (`FaultKind::Input`): truncated or damaged files, I/O errors.
    fn next(&mut self) -> Result<Option<Chunk>, Failure>;

    /// Whether `next` can answer at once. Only a reader that is fed from outside ever says no.
    fn ready(&self) -> bool {
        true
    }

    /// How far it has come.
    fn progress(&self) -> Progress;
}

/// The parallel half of a reader: turns a chunk into rows on the pool. Rows that cannot be parsed are counted and
/// traced as quarantined in `trace` (`rows_in` counts every record met, good or bad).
pub trait Parser: Send + Sync {
    /// Parses a chunk.
    ///
    /// # Errors
    /// Only for faults that no row is to blame for.
    fn parse(&self, chunk: Chunk, trace: &mut StepTrace) -> Result<Batch, Failure>;

    /// As [`Parser::parse`] for readers that speak for several steps at once (marks of several selects).
    /// `traces` has as many entries as the reader was opened for, at least one.
    ///
    /// # Errors
    /// As [`Parser::parse`].
    fn parse_steps(&self, chunk: Chunk, traces: &mut [StepTrace]) -> Result<Batch, Failure> {
        let batch = self.parse(chunk, &mut traces[0])?;
        traces[0].counts.rows_out += batch.alive() as u64;
        Ok(batch)
    }
}

/// An opened input: both halves and the schema of the rows that come out.
pub struct Source {
    /// The serial half.
    pub cutter: Box<dyn Cutter>,
    /// The parallel half.
    pub parser: Arc<dyn Parser>,
    /// Columns of every batch, [`crate::ID_COLUMN`] first.
    pub schema: SchemaRef,
}

/// Opens a whole file as rows, for steps that work with a second data set. Only the binding knows all readers, so it
/// brings this along.
pub trait OpenTable: Send + Sync + 'static {
    /// Opens the file at a path, whatever its format; rows are named after the file.
    ///
    /// # Errors
    /// When the file is missing, of unknown format or unreadable.
    fn open(path: &str) -> Result<Source, Failure>;
}
