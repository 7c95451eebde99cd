//! The process's pool, made on first use and remade when the caller asks for another number of threads.

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use gristmill_core::Failure;
use gristmill_core::engine::{Pool, Shelf};
use napi_derive::napi;

use crate::outcome::{BorderFailure, Outcome, outcome};

/// Bytes that runs may hold unless configured otherwise.
const DEFAULT_MEMORY: u64 = 4 << 30;

static POOL: Mutex<Option<Arc<Pool>>> = Mutex::new(None);

/// Files of builds that leave nothing but their result, whatever pool works on them.
static SHELF: LazyLock<Shelf> = LazyLock::new(Shelf::default);

/// The pool; with one thread per core unless configured otherwise.
pub fn pool() -> Result<Arc<Pool>, Failure> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pool) = &*pool {
        return Ok(Arc::clone(pool));
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let started =
        Arc::new(Pool::start_with(threads, DEFAULT_MEMORY, SHELF.clone()).map_err(BorderFailure::NoThreads)?);
    *pool = Some(Arc::clone(&started));
    Ok(started)
}

/// Sets the number of threads, and the bytes that runs may hold, for runs opened from now on; runs in progress keep
/// theirs.
#[napi(catch_unwind)]
pub fn configure(threads: u32, memory_bytes: f64) -> Outcome<bool> {
    outcome(set_pool(threads as usize, memory_bytes as u64))
}

fn set_pool(threads: usize, memory: u64) -> Result<bool, Failure> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if pool.as_ref().is_some_and(|p| p.threads() == threads && p.memory() == memory) {
        return Ok(false);
    }
    *pool =
        Some(Arc::new(Pool::start_with(threads, memory, SHELF.clone()).map_err(BorderFailure::NoThreads)?));
    Ok(true)
}

/// Frees what is kept in memory of the files below a folder. Says how many bytes are kept still, of other folders.
#[napi(catch_unwind)]
pub fn forget(folder: String) -> f64 {
    SHELF.forget(Path::new(&folder));
    SHELF.used() as f64
}
