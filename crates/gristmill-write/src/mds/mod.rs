//! MDS, the shards of `MosaicML`'s streaming data sets, version 2 (<https://github.com/mosaicml/streaming>).
//!
//! A shard is the number of its samples, where each begins, a head in JSON, and the samples. Beside it lies its entry
//! for `index.json`, without the shard's name, which is given when all shards are there.

mod cells;
mod head;
mod shard;

pub(crate) use shard::DEF;
