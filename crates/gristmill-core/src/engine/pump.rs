//! Moves batches from a source through a chain to a landing, in order, with a bounded number in flight.
//!
//! Every pool thread does the most downstream work there is: land what is next in order, encode a finished group or a
//! piece of one, else cut and process another chunk. Cutting and landing are serial (each is taken out of the state
//! while a thread works on it); processing and encoding go on in parallel. So one thread or seven give the same bytes.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::failure::EngineFailure;
use super::landing::{Landed, Landing};
use super::panic::panic_message;
use super::pool::{Pool, Pumped, Turn, Waker};
use super::process::{Process, Processed};
use super::sink::EncodeJob;
use crate::failure::Failure;
use crate::format::{Begun, Encoded, Piece};
use crate::step::{Cutter, Progress};

/// How a run stands.
pub enum RunState {
    /// It goes on.
    Running,
    /// It ended and committed its files.
    Done(Box<Landed>),
    /// It was stopped; nothing was committed.
    Cancelled,
    /// It failed; nothing was committed.
    Failed(Failure),
}

/// Figures of a run that goes on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// How far the reader is.
    pub progress: Progress,
    /// Rows that came out of the reader, good or bad.
    pub rows_in: u64,
    /// Rows that reached the sink.
    pub rows_out: u64,
    /// Whether the reader has handed out its last chunk.
    pub dry: bool,
}

enum Job {
    Begin(EncodeJob),
    Piece(Piece),
}

/// What has come of the pieces of a job.
struct Joining {
    left: usize,
    pieces: Vec<Option<Encoded>>,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, all of them read together under one lock"
)]
struct State {
    cutter: Option<Box<dyn Cutter>>,
    landing: Option<Landing>,
    sequence: u64,
    in_flight: usize,
    dry: bool,
    flushed: bool,
    /// Processed batches by sequence number; `next_ready` is the one that lands next.
    ready: BTreeMap<u64, Processed>,
    next_ready: u64,
    /// By number of the job and of its piece, so that the oldest job is done first.
    jobs: BTreeMap<(u64, usize), Job>,
    next_job: u64,
    encoding: usize,
    joining: BTreeMap<u64, Joining>,
    encoded: BTreeMap<u64, Encoded>,
    next_encoded: u64,
    figures: Figures,
    cancelled: bool,
    end: Option<RunState>,
    ended: bool,
}

impl State {
    fn take_begun(&mut self, number: u64, piece: usize, begun: Begun) {
        let encoded = match begun {
            Begun::Pieces(pieces) if !pieces.is_empty() => {
                let none = pieces.iter().map(|_| None).collect();
                self.joining.insert(number, Joining { left: pieces.len(), pieces: none });
                let jobs = pieces.into_iter().enumerate();
                self.jobs.extend(jobs.map(|(at, piece)| ((number, at), Job::Piece(piece))));
                return;
            }
            Begun::Pieces(_) => Encoded::of_pieces(Vec::new()),
            Begun::Whole(encoded) => encoded,
        };
        let Some(joining) = self.joining.get_mut(&number) else {
            self.encoded.insert(number, encoded);
            return;
        };
        joining.pieces[piece] = Some(encoded);
        joining.left -= 1;
        if joining.left == 0
            && let Some(whole) = self.joining.remove(&number)
        {
            let pieces = whole.pieces.into_iter().flatten().collect();
            self.encoded.insert(number, Encoded::of_pieces(pieces));
        }
    }

    /// Whether the sink may get more rows.
    fn may_land(&self, most: u64, memory: u64) -> bool {
        let Some(landing) = &self.landing else { return false };
        let allowed = (memory / landing.rows.job_bytes().max(1)).clamp(1, most);
        landing.rows.ready() && self.next_job - self.next_encoded < allowed
    }
}

/// A run in progress.
pub struct Pump {
    state: Mutex<State>,
    changed: Condvar,
    process: Process,
    /// Batches that may be in flight.
    limit: usize,
    /// Jobs of encoding that may be waiting, under way or done and not yet appended: so many at most,
    job_limit: u64,
    /// and no more than fit into so many bytes.
    job_memory: u64,
    waker: Waker,
}

impl Pump {
    /// Joins the parts of a run. At most `threads + 2` batches are in flight; encoding work is bounded by threads and
    /// by a quarter of the pool's memory, since two runs may overlap.
    #[must_use]
    pub(super) fn new(cutter: Box<dyn Cutter>, process: Process, landing: Landing, pool: &Pool) -> Self {
        let state = State {
            cutter: Some(cutter),
            landing: Some(landing),
            sequence: 0,
            in_flight: 0,
            dry: false,
            flushed: false,
            ready: BTreeMap::new(),
            next_ready: 0,
            jobs: BTreeMap::new(),
            next_job: 0,
            encoding: 0,
            joining: BTreeMap::new(),
            encoded: BTreeMap::new(),
            next_encoded: 0,
            figures: Figures::default(),
            cancelled: false,
            end: None,
            ended: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            process,
            limit: pool.threads() + 2,
            job_limit: pool.threads() as u64 + 1,
            job_memory: pool.memory() / 4,
            waker: pool.waker(),
        }
    }

    /// Asks the run to stop; what is in progress is finished, nothing is committed.
    pub fn cancel(&self) {
        self.lock().cancelled = true;
        self.changed.notify_all();
        self.waker.wake();
    }

    /// Waits until the run has ended or the time is up.
    pub fn wait(&self, time: Duration) {
        let state = self.lock();
        if !state.ended {
            drop(self.changed.wait_timeout(state, time));
        }
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.lock().ended
    }

    /// The figures so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.lock().figures
    }

    /// The end of the run, once; [`RunState::Running`] before it.
    #[must_use]
    pub fn take_end(&self) -> RunState {
        let mut state = self.lock();
        // A failed run has ended only when nobody works on it and its temporary files are gone.
        if state.ended { state.end.take().unwrap_or(RunState::Running) } else { RunState::Running }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, failure: Failure) {
        let mut state = self.lock();
        if state.end.is_none() && !state.ended {
            state.end = Some(RunState::Failed(failure));
        }
        drop(state);
        self.announce();
    }

    fn announce(&self) {
        self.waker.wake();
    }

    /// Ends the run once nobody works on it any more. Drops what was not committed.
    fn wind_up(&self, mut state: MutexGuard<'_, State>) -> Turn {
        if state.ended {
            return Turn::Ended;
        }
        // What is processed but has not landed counts as in flight; nobody works on it.
        let processing = state.in_flight - state.ready.len();
        if processing > 0 || state.encoding > 0 || state.landing.is_none() || state.cutter.is_none() {
            return Turn::Idle;
        }
        if state.end.is_none() {
            state.end = Some(RunState::Cancelled);
        }
        let left = (state.landing.take(), state.cutter.take(), std::mem::take(&mut state.ready));
        state.jobs.clear();
        state.joining.clear();
        state.encoded.clear();
        // Temporary files are removed here, before anyone is told that the run has ended.
        drop(state);
        drop(left);
        self.lock().ended = true;
        self.changed.notify_all();
        Turn::Ended
    }

    /// Runs serial work on the landing, which is out of the state meanwhile.
    fn land(
        &self,
        mut state: MutexGuard<'_, State>,
        work: impl FnOnce(&mut Landing, &mut Vec<EncodeJob>) -> Result<(), Failure>,
    ) -> Turn {
        let Some(mut landing) = state.landing.take() else { return Turn::Idle };
        drop(state);
        let mut jobs = Vec::new();
        let result = guarded("the sink", || work(&mut landing, &mut jobs));
        let mut state = self.lock();
        state.figures.rows_out = landing.landed;
        state.landing = Some(landing);
        for job in jobs {
            let number = state.next_job;
            state.next_job += 1;
            state.jobs.insert((number, 0), Job::Begin(job));
        }
        drop(state);
        match result {
            Ok(()) => self.announce(),
            Err(failure) => self.fail(failure),
        }
        Turn::Worked
    }

    fn encode(&self, mut state: MutexGuard<'_, State>) -> Turn {
        let Some(((number, piece), job)) = state.jobs.pop_first() else { return Turn::Idle };
        state.encoding += 1;
        drop(state);
        let result = match job {
            Job::Begin(job) => guarded("a writer", job),
            Job::Piece(job) => guarded("a writer", job).map(Begun::Whole),
        };
        let mut state = self.lock();
        state.encoding -= 1;
        match result {
            Ok(begun) => {
                state.take_begun(number, piece, begun);
                drop(state);
                self.announce();
            }
            Err(failure) => {
                drop(state);
                self.fail(failure);
            }
        }
        Turn::Worked
    }

    fn cut_and_process(&self, mut state: MutexGuard<'_, State>) -> Turn {
        let Some(mut cutter) = state.cutter.take() else { return Turn::Idle };
        state.in_flight += 1;
        drop(state);
        let cut = guarded("the reader", || cutter.next());
        let mut state = self.lock();
        state.figures.progress = cutter.progress();
        state.cutter = Some(cutter);
        let chunk = match cut {
            Ok(Some(chunk)) => chunk,
            Ok(None) => {
                state.dry = true;
                state.figures.dry = true;
                state.in_flight -= 1;
                drop(state);
                self.announce();
                return Turn::Worked;
            }
            Err(failure) => {
                state.in_flight -= 1;
                drop(state);
                self.fail(failure);
                return Turn::Worked;
            }
        };
        let sequence = state.sequence;
        state.sequence += 1;
        drop(state);
        // Another thread may cut the next chunk while this one is processed.
        self.announce();
        let processed = self.process.run(chunk, sequence);
        let mut state = self.lock();
        match processed {
            Ok(processed) => {
                state.figures.rows_in += processed.traces.first().map_or(0, |t| t.counts.rows_in);
                state.ready.insert(sequence, processed);
                drop(state);
            }
            Err(failure) => {
                state.in_flight -= 1;
                drop(state);
                self.fail(failure);
            }
        }
        self.announce();
        Turn::Worked
    }

    fn commit(&self, mut state: MutexGuard<'_, State>) -> Turn {
        let Some(landing) = state.landing.take() else { return Turn::Idle };
        drop(state);
        let end = match guarded("the commit", || landing.finish()) {
            Ok(landed) => RunState::Done(Box::new(landed)),
            Err(failure) => RunState::Failed(failure),
        };
        let mut state = self.lock();
        state.cutter = None;
        state.end.get_or_insert(end);
        state.ended = true;
        drop(state);
        self.changed.notify_all();
        Turn::Ended
    }
}

impl Pumped for Pump {
    fn turn(&self) -> Turn {
        let mut state = self.lock();
        if state.ended {
            return Turn::Ended;
        }
        if state.cancelled || state.end.is_some() {
            return self.wind_up(state);
        }
        if state.landing.is_some() {
            let next = state.next_encoded;
            if let Some(encoded) = state.encoded.remove(&next) {
                state.next_encoded += 1;
                return self.land(state, |landing, _| landing.rows.append(encoded));
            }
            let next = state.next_ready;
            if state.may_land(self.job_limit, self.job_memory)
                && let Some(processed) = state.ready.remove(&next)
            {
                state.next_ready += 1;
                state.in_flight -= 1;
                return self.land(state, |landing, jobs| landing.accept(processed, jobs));
            }
        }
        if !state.jobs.is_empty() {
            return self.encode(state);
        }
        let room = !state.dry && state.in_flight < self.limit;
        if room && state.cutter.as_ref().is_some_and(|c| c.ready()) {
            return self.cut_and_process(state);
        }
        let quiet = state.dry && state.in_flight == 0 && state.encoding == 0 && state.landing.is_some();
        if quiet && state.encoded.is_empty() {
            if state.flushed {
                return self.commit(state);
            }
            state.flushed = true;
            return self.land(state, |landing, jobs| landing.rows.flush(jobs));
        }
        Turn::Idle
    }
}

/// Runs work outside map steps; a panic there fails the run.
fn guarded<T>(place: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(EngineFailure::Panic { place: place.to_owned(), message: panic_message(&*panic) }.into())
    })
}
