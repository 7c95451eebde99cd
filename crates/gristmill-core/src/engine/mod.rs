//! The engine: runs a reader, a chain and a sink on a pool, through committed files only; what is thrown away
//! anyhow may stay on a `shelf` in memory instead.
//!
//! * [`Pump`] moves batches from a [`crate::Source`] through a [`Chain`] to a landing; a [`Pool`] gives it turns.
//! * What lands: parts and output files (`file_sink`), exchange segments (`exchange`), keys (`keys`), fold
//!   states, trace files. All are written through `attempt`: temporary name, hash, sync, rename.
//! * What is read back: parts under marks (`parts`), partitions of an exchange (`merge`).
//! * A [`Job`] is work without rows: `decide` turns keys into `marks`, folds are finished, files hashed.

mod arrow_part;
mod attempt;
mod bands;
mod blocks;
mod chain;
mod decide;
mod early_sync;
mod exchange;
mod failure;
mod feed;
mod file_sink;
mod job;
mod keys;
mod landing;
mod limit;
mod marks;
mod merge;
mod notes;
mod open;
mod open_sink;
mod outlet;
mod pages;
mod panic;
mod parquet_part;
mod parts;
mod pool;
mod process;
mod pump;
mod registry;
mod route;
mod run_file;
mod shelf;
mod sink;
mod slice_read;
mod spec;
mod spill_file;
mod split_sink;
mod stored;
mod summary;
mod trace_sink;

pub use attempt::{FileRef, Role};
pub use chain::{Chain, ChainStep};
pub use decide::cluster_of;
pub use feed::Feed;
pub use job::{Job, JobEnd};
pub use landing::Landed;
pub use open::{OpenedReader, open_chain, open_reader, open_run};
pub use outlet::Outlet;
pub use panic::remember_panic_place;
pub use pool::{Pool, Pumped, Turn, Waker};
pub use pump::{Figures, Pump, RunState};
pub use registry::Registry;
pub(crate) use route::ordinals;
pub use shelf::Shelf;
pub use slice_read::read_at;
pub use summary::{Finishing, Saved, SavedWriter, Scratch, ScratchFile};
