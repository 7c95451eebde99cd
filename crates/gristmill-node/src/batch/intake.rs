//! Texts that are worked on while more of them come: slices go to the engine's pool one by one, and their results are
//! joined in order by whichever thread has the next, so that nothing is left to one thread alone.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gristmill_core::Failure;
use gristmill_core::engine::{Pool, Pumped, Turn};
use napi::tokio::sync::oneshot::{Receiver, Sender, channel};

use super::failure::BatchFailure;
use super::packed::{OwnTexts, Texts, each_slice};
use crate::engine::pool;
use crate::outcome::{BorderFailure, Outcome, outcome, panicked};

type Work<R> = Box<dyn Fn(Texts<'_>) -> Result<R, Failure> + Send + Sync>;

/// The caller's end.
pub struct Intake<R: Send + 'static, A: Send + 'static> {
    shared: Arc<Shared<R, A>>,
    /// Held until the end: a pool that is replaced meanwhile must not stop under the work.
    pool: Arc<Pool>,
    result: Option<Receiver<Result<A, Failure>>>,
}

struct Shared<R, A> {
    work: Work<R>,
    join: fn(&mut A, R),
    state: Mutex<State<R, A>>,
}

struct State<R, A> {
    waiting: VecDeque<OwnTexts>,
    /// Slices given to threads so far.
    taken: usize,
    /// Results that earlier ones are missing for.
    ready: BTreeMap<usize, R>,
    joined: usize,
    /// Absent while a thread joins, and after the end.
    all: Option<A>,
    /// No more slices will come.
    complete: bool,
    /// Taken by whoever ends the work.
    done: Option<Sender<Result<A, Failure>>>,
}

/// Runs `work` over slices of texts on the pool and joins the results in order. The texts are checked and copied before
/// this returns; the first slices are worked on meanwhile.
pub fn over_texts<R: Send + 'static, A: Send + 'static>(
    (data, offsets): (&[u8], &[u32]),
    empty: A,
    work: impl Fn(Texts<'_>) -> Result<R, Failure> + Send + Sync + 'static,
    join: fn(&mut A, R),
) -> impl Future<Output = Result<A, Failure>> + Send + 'static {
    let intake = Intake::open(empty, work, join).and_then(|intake| {
        intake.put(data, offsets)?;
        Ok(intake)
    });
    async move { intake?.finish().await }
}

/// What `put` of a handle does.
pub fn put<R: Send + 'static, A: Send + 'static>(
    intake: Option<&Intake<R, A>>,
    data: &[u8],
    offsets: &[u32],
) -> Outcome<bool> {
    let intake = intake.ok_or_else(|| Failure::from(BorderFailure::Closed));
    outcome(intake.and_then(|intake| intake.put(data, offsets)).map(|()| true))
}

impl<R: Send + 'static, A: Send + 'static> Intake<R, A> {
    /// Opens it to the pool.
    pub fn open(
        empty: A,
        work: impl Fn(Texts<'_>) -> Result<R, Failure> + Send + Sync + 'static,
        join: fn(&mut A, R),
    ) -> Result<Self, Failure> {
        let pool = pool()?;
        let (done, result) = channel();
        let shared = Arc::new(Shared {
            work: Box::new(work),
            join,
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                taken: 0,
                ready: BTreeMap::new(),
                joined: 0,
                all: Some(empty),
                complete: false,
                done: Some(done),
            }),
        });
        pool.add(Arc::<Shared<R, A>>::clone(&shared));
        Ok(Self { shared, pool, result: Some(result) })
    }

    /// Checks and copies texts, and has them worked on.
    pub fn put(&self, data: &[u8], offsets: &[u32]) -> Result<(), Failure> {
        each_slice(data, offsets, |texts| {
            self.shared.lock().waiting.push_back(texts);
            self.pool.waker().wake();
        })
    }

    /// What all texts together give.
    pub fn finish(mut self) -> impl Future<Output = Result<A, Failure>> + Send + 'static {
        {
            let mut state = self.shared.lock();
            state.complete = true;
            state.end_if_all_joined();
        }
        // Threads let go of ended work when they look at it.
        self.pool.waker().wake();
        let result = self.result.take();
        async move {
            let _intake = self;
            match result {
                Some(result) => result.await.unwrap_or_else(|_| Err(BatchFailure::Lost.into())),
                None => Err(BatchFailure::Lost.into()),
            }
        }
    }
}

impl<R: Send + 'static, A: Send + 'static> Drop for Intake<R, A> {
    fn drop(&mut self) {
        // Given up half-way: nobody waits for the rest.
        self.shared.lock().done = None;
        self.pool.waker().wake();
    }
}

impl<R, A> State<R, A> {
    fn end_if_all_joined(&mut self) {
        if self.complete
            && self.waiting.is_empty()
            && self.joined == self.taken
            && let Some(all) = self.all.take()
            && let Some(done) = self.done.take()
        {
            // Nobody waits any more when the caller's environment is gone.
            let _unheard = done.send(Ok(all));
        }
    }
}

impl<R, A> Shared<R, A> {
    fn lock(&self) -> MutexGuard<'_, State<R, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, number: usize, result: R) {
        let mut state = self.lock();
        state.ready.insert(number, result);
        // Another thread is joining; it looks for this one before it stops.
        let Some(mut all) = state.all.take() else { return };
        loop {
            let next = state.joined;
            let Some(result) = state.ready.remove(&next) else { break };
            drop(state);
            (self.join)(&mut all, result);
            state = self.lock();
            state.joined += 1;
        }
        state.all = Some(all);
        state.end_if_all_joined();
    }

    fn fail(&self, failure: Failure) {
        if let Some(done) = self.lock().done.take() {
            let _unheard = done.send(Err(failure));
        }
    }
}

impl<R: Send, A: Send> Pumped for Shared<R, A> {
    fn turn(&self) -> Turn {
        let (number, texts) = {
            let mut state = self.lock();
            if state.done.is_none() {
                state.waiting.clear();
                return Turn::Ended;
            }
            let Some(texts) = state.waiting.pop_front() else { return Turn::Idle };
            state.taken += 1;
            (state.taken - 1, texts)
        };
        match catch_unwind(AssertUnwindSafe(|| {
            (self.work)(texts.borrow()).map(|result| self.keep(number, result))
        })) {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => self.fail(failure),
            Err(panic) => self.fail(panicked(&*panic)),
        }
        Turn::Worked
    }
}
