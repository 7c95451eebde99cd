//! The engine's own threads. They take turns at whatever runs are open and sleep when none can use one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::shelf::Shelf;

/// What a turn did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Something; there may be more.
    Worked,
    /// Nothing can be done until something changes.
    Idle,
    /// Nothing will ever have to be done again.
    Ended,
}

/// Something a pool thread can take a turn at.
pub trait Pumped: Send + Sync {
    /// Does one piece of work of a few milliseconds.
    fn turn(&self) -> Turn;
}

struct Shared {
    runs: Mutex<(u64, Vec<Arc<dyn Pumped>>)>,
    changed: Condvar,
    stopping: AtomicBool,
}

/// A fixed number of threads, shared by all runs; earlier runs come first.
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    memory: u64,
    shelf: Shelf,
}

/// What of the memory may be files that are thrown away: a quarter, for there are deciders and batches beside them.
const SHELF_SHARE: u64 = 4;

impl Pool {
    /// Starts this many threads (at least one). `memory` is what runs may hold in bytes, all together; it bounds how
    /// much is encoded at once and never shows in a result.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(threads: usize, memory: u64) -> std::io::Result<Self> {
        Self::start_with(threads, memory, Shelf::default())
    }

    /// Starts it with a shelf that outlives it, and gives that its share of the memory.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start_with(threads: usize, memory: u64, shelf: Shelf) -> std::io::Result<Self> {
        shelf.set_room(memory / SHELF_SHARE);
        let threads = threads.max(1);
        let shared = Arc::new(Shared {
            runs: Mutex::new((0, Vec::new())),
            changed: Condvar::new(),
            stopping: AtomicBool::new(false),
        });
        let handles = (0..threads)
            .map(|i| {
                let shared = Arc::clone(&shared);
                std::thread::Builder::new().name(format!("gristmill-{i}")).spawn(move || work(&shared))
            })
            .collect::<std::io::Result<_>>()?;
        Ok(Self { shared, threads: handles, memory, shelf })
    }

    /// Number of threads.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Bytes that runs may hold.
    #[must_use]
    pub const fn memory(&self) -> u64 {
        self.memory
    }

    /// Where runs keep files that are thrown away.
    #[must_use]
    pub const fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Opens a run to the threads.
    pub fn add(&self, run: Arc<dyn Pumped>) {
        let mut runs = self.shared.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.1.push(run);
        runs.0 += 1;
        self.shared.changed.notify_all();
    }

    /// Wakes threads: a run may have work again.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.shared))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        Waker(Arc::clone(&self.shared)).wake();
        for thread in self.threads.drain(..) {
            // A thread only ends by panicking outside a turn, which has no state worth saving.
            let _ended = thread.join();
        }
    }
}

/// Tells a pool that something changed.
#[derive(Clone)]
pub struct Waker(Arc<Shared>);

impl Waker {
    /// Wakes the pool's threads.
    pub fn wake(&self) {
        let mut runs = self.0.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.0 += 1;
        self.0.changed.notify_all();
    }
}

fn work(shared: &Shared) {
    let mut seen = 0;
    loop {
        let (version, runs) = {
            let mut guard = shared.runs.lock().unwrap_or_else(PoisonError::into_inner);
            while guard.0 == seen && !shared.stopping.load(Ordering::Relaxed) {
                guard = shared.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
            }
            (guard.0, guard.1.clone())
        };
        if shared.stopping.load(Ordering::Relaxed) {
            return;
        }
        seen = version;
        for run in &runs {
            loop {
                match run.turn() {
                    Turn::Worked => {}
                    Turn::Idle => break,
                    Turn::Ended => {
                        let mut guard = shared.runs.lock().unwrap_or_else(PoisonError::into_inner);
                        guard.1.retain(|other| !Arc::ptr_eq(other, run));
                        break;
                    }
                }
            }
        }
    }
}
