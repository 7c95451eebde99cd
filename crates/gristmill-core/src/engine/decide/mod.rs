//! The five deciders: by key, in order, linked, pack, and of likeness. Each turns sorted keys into verdicts on rows.

mod alike;
mod by_key;
mod in_order;
mod linked;
mod pack;

pub use alike::{AlikeWork, cluster_of, decide_alike};
pub use by_key::decide_by_key;
pub use in_order::{Limits, decide_in_order};
pub use linked::decide_linked;
pub use pack::{Packing, decide_pack};

use super::attempt::{FileRef, Place, Role};
use super::marks::MarkRecord;
use super::run_file::RunWriter;
use crate::failure::Failure;

/// Marks sorted in memory at once: 16 MB.
const RUN_MARKS: usize = 1 << 20;

fn mark_writer(place: &Place) -> Result<RunWriter<MarkRecord>, Failure> {
    RunWriter::create(place, "marks", 1, |_, _| 0, RUN_MARKS)
}

fn commit_marks(writer: RunWriter<MarkRecord>) -> Result<FileRef, Failure> {
    writer.commit("marks", "bin", Role::Marks)
}

/// Asked now and then: whether the user wants the decider to stop.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);
