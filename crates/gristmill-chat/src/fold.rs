//! The common frame of the folds of this crate: a state that is plain data, saved and read back through serde.

use std::any::Any;

use gristmill_core::{Batch, Failure, FoldState, Saved, SavedWriter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::ChatFailure;

/// What a fold of this crate gathers.
pub(crate) trait Summary: Clone + Send + Serialize + DeserializeOwned + 'static {
    /// What the fold is asked to look at.
    type Options: Clone + Send + Sync + 'static;

    /// Takes in a batch.
    fn observe(&mut self, options: &Self::Options, batch: &Batch) -> Result<(), Failure>;

    /// Takes in another summary.
    fn merge(&mut self, other: Self);
}

/// A summary together with the options it is gathered by.
pub(crate) struct Running<S: Summary> {
    pub(crate) options: S::Options,
    pub(crate) summary: S,
}

impl<S: Summary> FoldState for Running<S> {
    fn observe(&mut self, batch: &Batch) -> Result<(), Failure> {
        self.summary.observe(&self.options, batch)
    }

    fn merge(&mut self, other: Box<dyn FoldState>) {
        if let Ok(other) = (other as Box<dyn Any>).downcast::<Self>() {
            self.summary.merge(other.summary);
        }
    }

    fn save(&mut self, out: &mut SavedWriter<'_>) -> Result<(), Failure> {
        // Through a value, since its keys are sorted.
        let value = serde_json::to_value(&self.summary).unwrap_or(Value::Null);
        out.put(value.to_string().as_bytes())
    }
}

/// Reads a saved summary.
pub(crate) fn load<S: Summary>(
    kind: &'static str,
    options: &S::Options,
    saved: &Saved,
) -> Result<Box<dyn FoldState>, Failure> {
    let summary = S::deserialize(saved.json()?).map_err(|source| ChatFailure::BadState { kind, source })?;
    Ok(Box::new(Running::<S> { options: options.clone(), summary }))
}

/// Takes the summary out of a state.
pub(crate) fn summary_of<S: Summary>(kind: &'static str, state: Box<dyn FoldState>) -> Result<S, Failure> {
    match (state as Box<dyn Any>).downcast::<Running<S>>() {
        Ok(running) => Ok(running.summary),
        Err(_) => Err(ChatFailure::ForeignState { kind }.into()),
    }
}

/// Writes a result as JSON.
pub(crate) fn result(kind: &'static str, value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|source| ChatFailure::BadResult { kind, source }.into())
}
