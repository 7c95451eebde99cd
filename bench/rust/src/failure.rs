//! The two ways this program can fail besides those of the engine.

use gristmill_core::{Fault, FaultKind};

/// The system refused the pool's threads.
#[derive(Debug, thiserror::Error)]
#[error("cannot start threads")]
pub struct NoThreads {
    pub source: std::io::Error,
}

impl Fault for NoThreads {
    fn code(&self) -> &'static str {
        "GM_RUN_NO_THREADS"
    }
}

/// Somebody stopped the run.
#[derive(Debug, thiserror::Error)]
#[error("the run was stopped")]
pub struct Stopped;

impl Fault for Stopped {
    fn code(&self) -> &'static str {
        "GM_RUN_CANCELLED"
    }

    fn kind(&self) -> FaultKind {
        FaultKind::Cancelled
    }
}
