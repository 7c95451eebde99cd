//! The message filter over columns.

use gristmill_core::{Batch, Failure, MapStep, StepTrace, no_side_inputs};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};
use napi_derive::napi;

use super::packed::{PackedTexts, TextsOut};
use super::slices::on_pool;
use super::table::{PackedColumn, batch_of, reasons_of};
use super::words::Words;
use crate::outcome::{Outcome, json, outcome};
use crate::registry::REGISTRY;

/// Rows that one thread filters at a time.
const SLICE_ROWS: usize = 8192;

/// Messages after the filter.
#[napi(object, object_from_js = false)]
pub struct PackedMessages {
    /// Numbers of the rows that stay, ascending.
    pub rows: Uint32Array,
    /// Their `content` without markup.
    pub content: PackedTexts,
    /// Per row given the number of its reason in `reasons`, from 1; 0 for those that stay.
    pub reason_of: Uint32Array,
    /// Reasons that occur; a failure's code for rows that could not be read.
    pub reasons: Vec<String>,
}

/// Filters messages row by row on the pool; columns are copied before the call returns.
#[napi(catch_unwind)]
pub fn filter_messages(
    env: &Env,
    columns: Vec<PackedColumn>,
    options: String,
) -> napi::Result<PromiseRaw<'_, Outcome<PackedMessages>>> {
    let ready = ready(&columns, &options);
    env.spawn_future(async move {
        let work = async {
            let (step, batch) = ready?;
            let rows = batch.len();
            let slices = rows.div_ceil(SLICE_ROWS);
            join(on_pool(slices, move |at| filter(&*step, &batch, at * SLICE_ROWS)).await?)
        };
        Ok(outcome(work.await))
    })
}

fn ready(columns: &[PackedColumn], options: &str) -> Result<(Box<dyn MapStep>, Batch), Failure> {
    let step = REGISTRY.build_map("filter_messages", &json(options)?, &no_side_inputs())?;
    let batch = batch_of(columns)?;
    step.schema(&batch.schema())?;
    Ok((step, batch))
}

struct Slice {
    rows: Vec<u32>,
    content: TextsOut,
    reason_of: Vec<u32>,
    reasons: Words,
}

fn filter(step: &dyn MapStep, all: &Batch, start: usize) -> Result<Slice, Failure> {
    let len = SLICE_ROWS.min(all.len() - start);
    let mut batch = Batch::new(all.columns().slice(start, len))?;
    let mut trace = StepTrace::default();
    step.run(&mut batch, &mut trace)?;
    let rows = batch.alive_rows().into_iter().map(|row| (start + row) as u32).collect();
    let (reason_of, reasons) = reasons_of(&trace, start, len);
    batch.compact()?;
    Ok(Slice { rows, content: TextsOut::of_column(batch.text("content")?), reason_of, reasons })
}

fn join(slices: Vec<Slice>) -> Result<PackedMessages, Failure> {
    let (mut rows, mut reason_of, mut contents) = (Vec::new(), Vec::new(), Vec::new());
    let mut reasons = Words::default();
    for slice in slices {
        rows.extend(slice.rows);
        reason_of.extend(reasons.renumber(&slice.reasons, &slice.reason_of));
        contents.push(slice.content);
    }
    Ok(PackedMessages {
        rows: rows.into(),
        content: TextsOut::join(contents).finish()?,
        reason_of: reason_of.into(),
        reasons: reasons.into_list(),
    })
}
