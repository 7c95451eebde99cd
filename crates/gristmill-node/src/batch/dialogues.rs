//! Dialogues out of the messages of reply trees, all trees in one call.

use gristmill_core::{Batch, Failure, GroupStep, StepTrace, no_side_inputs};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};
use napi_derive::napi;

use super::packed::{PackedTexts, TextsOut};
use super::slices::on_pool;
use super::table::{PackedColumn, batch_of, reasons_of};
use crate::outcome::{Outcome, json, outcome};
use crate::registry::REGISTRY;

/// Dialogues, by the id of the first message of their tree.
#[napi(object, object_from_js = false)]
pub struct PackedDialogues {
    /// Id of the root message, with a number behind it from the second dialogue of a tree on.
    pub ids: PackedTexts,
    /// The dialogues in `ChatML`.
    pub texts: PackedTexts,
    /// Where they were held.
    pub guild_ids: PackedTexts,
    /// Where they were held.
    pub channel_ids: PackedTexts,
    /// Turns of the assistant.
    pub assistant_turns: Uint32Array,
    /// Per message given the number of its reason in `reasons`, from 1; 0 for those that are in a dialogue.
    pub reason_of: Uint32Array,
    /// Reasons that occur.
    pub reasons: Vec<String>,
}

/// Builds dialogues on one thread of the pool; columns are copied before the call returns.
#[napi(catch_unwind)]
pub fn build_dialogues(
    env: &Env,
    columns: Vec<PackedColumn>,
    options: String,
) -> napi::Result<PromiseRaw<'_, Outcome<PackedDialogues>>> {
    let ready = ready(&columns, &options);
    env.spawn_future(async move {
        let work = async {
            let (step, batch) = ready?;
            let made = on_pool(1, move |_| {
                let mut trace = StepTrace::default();
                let rows = batch.len();
                // Trees find their messages by reference, so all of them may lie in one group.
                let made = step.run(&batch, &[0, rows], &mut trace)?;
                Ok((made, trace, rows))
            });
            let [(made, trace, rows)]: [_; 1] =
                made.await?.try_into().map_err(|_| super::failure::BatchFailure::Lost)?;
            pack(&made, &trace, rows)
        };
        Ok(outcome(work.await))
    })
}

fn ready(columns: &[PackedColumn], options: &str) -> Result<(Box<dyn GroupStep>, Batch), Failure> {
    let step = REGISTRY.build_group("build_dialogues", &json(options)?, &no_side_inputs())?;
    let batch = batch_of(columns)?;
    step.schema(&batch.schema())?;
    Ok((step, batch))
}

fn pack(made: &Batch, trace: &StepTrace, rows: usize) -> Result<PackedDialogues, Failure> {
    let texts = |column| TextsOut::of_column(made.text(column)?).finish();
    let turns = made.int64("assistant_turns")?;
    let (reason_of, reasons) = reasons_of(trace, 0, rows);
    Ok(PackedDialogues {
        ids: texts("id")?,
        texts: texts("text")?,
        guild_ids: texts("guild_id")?,
        channel_ids: texts("channel_id")?,
        assistant_turns: (0..turns.len()).map(|row| turns.value(row) as u32).collect::<Vec<_>>().into(),
        reason_of: reason_of.into(),
        reasons: reasons.into_list(),
    })
}
