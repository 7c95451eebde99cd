//! How failures cross: as plain data, so that their code survives.

use std::any::Any;

use gristmill_core::{Failure, FaultKind};
use napi::Either;
use napi_derive::napi;

/// A failure as JavaScript sees it; `ts/native` turns it into an error.
#[napi(object)]
#[expect(
    clippy::struct_field_names,
    reason = "the mark that tells a failure from a value must not clash with a value's fields"
)]
pub struct NativeFailure {
    /// Always true: tells a failure from a value.
    pub is_native_failure: bool,
    /// Stable code, `GM_<AREA>_<WHAT>`.
    pub code: String,
    /// `failed`, `usage`, `input`, `exists` or `cancelled`.
    pub kind: String,
    /// The message with its causes.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

/// A value or a failure.
pub type Outcome<T> = Either<NativeFailure, T>;

/// Turns a result into what crosses.
pub fn outcome<T>(result: Result<T, Failure>) -> Outcome<T> {
    match result {
        Ok(value) => Either::B(value),
        Err(failure) => Either::A((&failure).into()),
    }
}

impl From<&Failure> for NativeFailure {
    fn from(failure: &Failure) -> Self {
        let kind = match failure.kind() {
            FaultKind::Usage => "usage",
            FaultKind::Input => "input",
            FaultKind::Exists => "exists",
            FaultKind::Cancelled => "cancelled",
            _ => "failed",
        };
        Self {
            is_native_failure: true,
            code: failure.code().to_owned(),
            kind: kind.to_owned(),
            message: failure.message(),
            hint: failure.hint(),
        }
    }
}

/// Causes of failure at the border itself.
#[derive(Debug)]
pub enum BorderFailure {
    /// A handle was used after `close()`.
    Closed,
    /// JSON text from the caller does not parse.
    BadJson(serde_json::Error),
    /// The system refused the pool's threads.
    NoThreads(std::io::Error),
    /// Rows could not be put in Arrow IPC form, or read from it.
    BadRows(String),
    /// A panic outside the pool.
    Panic(String),
}

/// A caught panic as a failure.
pub fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let said = panic.downcast_ref::<&str>().map(ToString::to_string);
    BorderFailure::Panic(said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()).into()
}

impl std::fmt::Display for BorderFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed => f.write_str("the handle is closed"),
            Self::BadJson(error) => write!(f, "a specification is not JSON: {error}"),
            Self::NoThreads(error) => write!(f, "cannot start threads: {error}"),
            Self::BadRows(why) => write!(f, "rows are not a valid Arrow IPC stream: {why}"),
            Self::Panic(why) => write!(f, "native code panicked: {why}"),
        }
    }
}

impl std::error::Error for BorderFailure {}

impl gristmill_core::Fault for BorderFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::Closed => "GM_CLOSED",
            Self::BadJson(_) => "GM_PLAN_BAD_SPEC",
            Self::NoThreads(_) => "GM_RUN_NO_THREADS",
            Self::BadRows(_) => "GM_RUN_BAD_ROWS",
            Self::Panic(_) => "GM_INTERNAL_PANIC",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::BadJson(_) | Self::BadRows(_) | Self::Closed => FaultKind::Usage,
            Self::NoThreads(_) | Self::Panic(_) => FaultKind::Failed,
        }
    }
}

/// Parses JSON text from the caller.
pub fn json(text: &str) -> Result<serde_json::Value, Failure> {
    serde_json::from_str(text).map_err(|e| BorderFailure::BadJson(e).into())
}

/// Runs blocking work off the event loop and off libuv's threads.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Outcome<T> {
    let result = napi::tokio::task::spawn_blocking(work).await;
    outcome(result.unwrap_or_else(|panic| Err(BorderFailure::Panic(panic.to_string()).into())))
}
