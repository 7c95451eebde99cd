//! Work over a known number of slices on the engine's pool: any thread takes the next, results are kept in order.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gristmill_core::Failure;
use gristmill_core::engine::{Pumped, Turn};
use napi::tokio::sync::oneshot::{Sender, channel};

use super::failure::BatchFailure;
use crate::engine::pool;
use crate::outcome::panicked;

type Work<R> = Box<dyn Fn(usize) -> Result<R, Failure> + Send + Sync>;

struct Slices<R> {
    work: Work<R>,
    count: usize,
    next: AtomicUsize,
    state: Mutex<State<R>>,
}

struct State<R> {
    results: Vec<Option<R>>,
    open: usize,
    /// Taken by whoever ends the work.
    done: Option<Sender<Result<Vec<R>, Failure>>>,
}

/// Runs `work` for every number below `count` on the pool. Starts at once; a failure or panic ends all of it.
pub fn on_pool<R: Send + 'static>(
    count: usize,
    work: impl Fn(usize) -> Result<R, Failure> + Send + Sync + 'static,
) -> impl Future<Output = Result<Vec<R>, Failure>> + Send + 'static {
    let (done, result) = channel();
    let pool = pool().inspect(|pool| {
        let slices = Arc::new(Slices {
            work: Box::new(work),
            count,
            next: AtomicUsize::new(0),
            state: Mutex::new(State {
                results: (0..count).map(|_| None).collect(),
                open: count,
                done: Some(done),
            }),
        });
        slices.end_if_all_done();
        pool.add(slices);
    });
    async move {
        // Held until the end: a pool that is replaced meanwhile must not stop under the work.
        let _pool = pool?;
        result.await.unwrap_or_else(|_| Err(BatchFailure::Lost.into()))
    }
}

impl<R> Slices<R> {
    fn end_if_all_done(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.open == 0
            && let Some(done) = state.done.take()
        {
            // Nobody waits any more when the caller's environment is gone.
            let _unheard = done.send(Ok(state.results.drain(..).flatten().collect()));
        }
    }

    fn fail(&self, failure: Failure) {
        self.next.store(self.count, Ordering::Relaxed);
        if let Some(done) = self.state.lock().unwrap_or_else(PoisonError::into_inner).done.take() {
            let _unheard = done.send(Err(failure));
        }
    }
}

impl<R: Send> Pumped for Slices<R> {
    fn turn(&self) -> Turn {
        let slice = self.next.fetch_add(1, Ordering::Relaxed);
        if slice >= self.count {
            return Turn::Ended;
        }
        match catch_unwind(AssertUnwindSafe(|| (self.work)(slice))) {
            Ok(Ok(result)) => {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.results[slice] = Some(result);
                state.open -= 1;
                drop(state);
                self.end_if_all_done();
            }
            Ok(Err(failure)) => self.fail(failure),
            Err(panic) => self.fail(panicked(&*panic)),
        }
        Turn::Worked
    }
}
