//! MDS, the shards of `MosaicML`'s streaming data sets, version 2 (<https://github.com/mosaicml/streaming>).
//!
//! A shard is the number of its samples, a table of where each begins, a head in JSON, and the samples. Table and
//! samples are read along with each other from two places of the file, so that a compressed shard is read in one pass
//! and no table waits in memory.

mod cells;
mod head;
mod source;

pub(crate) use self::source::{about_mds, open_mds};
