//! The heart of gristmill: batches of rows, the four shapes of step, and the engine that runs them.
//!
//! * [`Batch`] is what flows: Arrow columns plus a selection of rows that are still alive.
//! * [`MapStep`], [`KeyStep`], [`GroupStep`] and [`FoldStep`] are the shapes a step can have; each step of the
//!   product implements exactly one of them per part.
//! * [`Cutter`] and [`Parser`] are the two halves of every reader: one cuts bytes at record ends under a lock, the
//!   other turns them into rows on the pool.
//! * [`Failure`] is the only error type that crosses a crate border.
//!
//! Nothing here prints, reads the clock, the environment or global state: the caller passes in what is needed.

mod batch;
pub mod chatml;
pub mod engine;
mod failure;
mod format;
mod hash;
mod number_lists;
mod numbers;
pub mod packing;
mod plain_text;
pub mod proportional;
mod row_json;
mod step;
pub mod steps;
mod timestamp;
mod trace;

pub use batch::{
    Batch, ID_COLUMN, LABEL_COLUMN, LABELS_COLUMN, SEAMS_COLUMN, id_of_original, ordinary_fields,
};
pub use engine::{Finishing, Saved, SavedWriter, Scratch, cluster_of, read_at};
pub use failure::{Failure, Fault, FaultKind};
pub use format::{BLOCK_ROWS, Begun, Companion, Encoded, Format, FormatDef, FormatFile, Head, Piece};
pub use hash::{hash128, row_hash};
pub use number_lists::NumberLists;
pub use numbers::whole_number;
pub use plain_text::KeyTexts;
pub use step::{
    Alike, BandRow, Chunk, ChunkBody, Cutter, FoldDef, FoldState, FoldStep, GroupDef, GroupStep, InputName,
    KeyDef, KeyRow, KeyStep, MapDef, MapStep, OpenTable, Parser, Progress, SideInputs, Source, Units,
    no_side_inputs, options_from, side_input,
};
pub use timestamp::{epoch_milliseconds, utc_text};
pub use trace::{Counts, Reject, RejectKind, StepTrace, excerpt};
