//! Handles of a reader and of a chain, to be joined by a run.

use std::sync::Arc;

use gristmill_core::Failure;
use gristmill_core::engine::{
    Chain as CoreChain, OpenedReader, open_chain as build_chain, open_reader as build_reader,
};
use napi_derive::napi;

use crate::engine::pool;
use crate::outcome::{BorderFailure, Outcome, json, outcome};
use crate::registry::REGISTRY;

/// An opened reader, until a run takes it.
#[napi]
pub struct Reader {
    inner: Option<OpenedReader>,
}

/// Opens a reader from its specification.
#[napi(catch_unwind)]
pub fn open_reader(spec: String) -> Outcome<Reader> {
    outcome(
        json(&spec)
            .and_then(|spec| build_reader(&REGISTRY, &*pool()?, spec))
            .map(|inner| Reader { inner: Some(inner) }),
    )
}

#[napi]
impl Reader {
    /// Frees the reader if no run took it.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.inner = None;
    }

    /// Hands the reader to a run.
    pub(crate) fn take(&mut self) -> Result<OpenedReader, Failure> {
        self.inner.take().ok_or_else(|| BorderFailure::Closed.into())
    }
}

/// An opened chain; several runs may share it.
#[napi]
pub struct Chain {
    inner: Option<Arc<CoreChain>>,
}

/// Opens a chain from its specification.
#[napi(catch_unwind)]
pub fn open_chain(spec: String) -> Outcome<Chain> {
    let built = json(&spec).and_then(|spec| build_chain(&REGISTRY, spec));
    outcome(built.map(|chain| Chain { inner: Some(Arc::new(chain)) }))
}

#[napi]
impl Chain {
    /// Frees the chain once no run uses it.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.inner = None;
    }

    /// The chain, for a run.
    pub(crate) fn share(&self) -> Result<Arc<CoreChain>, Failure> {
        self.inner.clone().ok_or_else(|| BorderFailure::Closed.into())
    }
}
