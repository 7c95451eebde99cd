//! Several threads for one decider: the pool's others have nothing to do while it works.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::Stop;
use crate::failure::Failure;

/// How many threads work, and what tells them to stop.
pub struct Crew<'a> {
    pub threads: usize,
    pub stop: Stop<'a>,
}

impl Crew<'_> {
    /// Does `work` for 0 to `count` and gives the results in order; nothing if it was stopped.
    pub fn each<T: Send>(
        &self,
        count: usize,
        work: impl Fn(usize) -> Result<T, Failure> + Sync,
    ) -> Result<Option<Vec<T>>, Failure> {
        let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
        let results: Mutex<Vec<(usize, Result<T, Failure>)>> = Mutex::new(Vec::with_capacity(count));
        let hand = || {
            while !ended.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    return;
                }
                if (self.stop)() {
                    ended.store(true, Ordering::Relaxed);
                    return;
                }
                let result = work(at);
                if result.is_err() {
                    ended.store(true, Ordering::Relaxed);
                }
                results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.min(count) {
                scope.spawn(hand);
            }
            hand();
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_unstable_by_key(|&(at, _)| at);
        let whole = results.len() == count;
        let results = results.into_iter().map(|(_, result)| result).collect::<Result<Vec<T>, _>>()?;
        Ok(whole.then_some(results))
    }

    /// Whether the work is to stop; asked now and then where it is not cut into pieces.
    pub fn stopped(&self) -> bool {
        (self.stop)()
    }
}
