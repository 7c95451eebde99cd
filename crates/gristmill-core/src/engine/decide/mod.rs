//! The eight deciders: by key, in order, portions, linked, pack, mix, of likeness, and of repeats. Each turns sorted keys into verdicts on rows.

mod alike;
mod by_key;
mod in_order;
mod linked;
mod mix;
mod pack;
mod portions;
mod quotas;
mod repeats;

pub use alike::{AlikeWork, cluster_of, decide_alike};
pub use by_key::decide_by_key;
pub use in_order::{Limits, decide_in_order};
pub use linked::decide_linked;
pub use mix::{Mixing, decide_mix};
pub use pack::{Packing, decide_pack};
pub use portions::decide_portions;
pub use repeats::{RepeatsWork, decide_repeats};

use std::path::PathBuf;

use super::attempt::{FileRef, Place, Role};
use super::keys::RankRecord;
use super::marks::MarkRecord;
use super::run_file::{RunFile, RunMerge, RunWriter};
use crate::failure::Failure;

/// Marks sorted in memory at once: 16 MB.
const RUN_MARKS: usize = 1 << 20;

/// Keys of all tasks in order of rank, then row.
fn by_rank(place: &Place, keys: &[PathBuf]) -> Result<RunMerge<RankRecord>, Failure> {
    let mut readers = Vec::new();
    for path in keys {
        readers.extend(RunFile::open::<RankRecord>(&place.shelf, path)?.partition::<RankRecord>(0));
    }
    RunMerge::new(readers)
}

fn mark_writer(place: &Place) -> Result<RunWriter<MarkRecord>, Failure> {
    RunWriter::create(place, "marks", 1, |_, _| 0, RUN_MARKS)
}

fn commit_marks(writer: RunWriter<MarkRecord>) -> Result<FileRef, Failure> {
    writer.commit("marks", "bin", Role::Marks)
}

/// Asked now and then: whether the user wants the decider to stop.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);
