//! The thread that writes.

use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::ApplyOptions;
use super::apply::apply;
use crate::batch::Batch;
use crate::failure::StoreFailure;
use crate::outcome::Applied;

/// Batches that may wait; further callers wait until there is room.
const QUEUE: usize = 256;
/// Messages after which a transaction takes no further batch.
const GROUP_EVENTS: u64 = 20_000;
/// Pages of the log after which it is written back, about 16 MB.
const CHECKPOINT_PAGES: i64 = 4_000;

type Answer = Result<Applied, StoreFailure>;

struct Job {
    batch: Batch,
    options: ApplyOptions,
    answer: Sender<Answer>,
}

/// A handle on the thread.
pub(super) struct Writer {
    place: Arc<str>,
    jobs: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(mut db: Connection, place: Arc<str>) -> Result<Self, StoreFailure> {
        db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
            .map_err(|error| StoreFailure::of(&place, &error))?;
        let (jobs, waiting) = sync_channel(QUEUE);
        let at = Arc::clone(&place);
        let thread = std::thread::Builder::new()
            .name("gristmill-store".into())
            .spawn(move || serve(&mut db, &at, &waiting))
            .map_err(|error| StoreFailure::Failed { place: place.to_string(), why: error.to_string() })?;
        Ok(Self { place, jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) })
    }

    /// Hands a batch over and waits until it is on the disk.
    pub(super) fn apply(&self, batch: Batch, options: ApplyOptions) -> Answer {
        let closed = || StoreFailure::Closed { place: self.place.to_string() };
        let (answer, answered) = channel();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        jobs.send(Job { batch, options, answer }).map_err(|_| closed())?;
        drop(jobs);
        answered.recv().unwrap_or_else(|_| {
            Err(StoreFailure::Failed {
                place: self.place.to_string(),
                why: "the writing thread ended".into(),
            })
        })
    }

    /// Lets the thread finish what waits and end.
    pub(super) fn stop(&self) -> Result<(), StoreFailure> {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        match thread.map(JoinHandle::join) {
            Some(Err(_)) => Err(StoreFailure::Failed {
                place: self.place.to_string(),
                why: "the writing thread ended".into(),
            }),
            _ => Ok(()),
        }
    }
}

fn serve(db: &mut Connection, place: &str, waiting: &Receiver<Job>) {
    // After a failure of the disk nobody knows what reached it: a later sync that succeeds would prove nothing.
    let mut broken: Option<StoreFailure> = None;
    while let Ok(first) = waiting.recv() {
        let mut events = first.batch.events;
        let mut group = vec![first];
        while events < GROUP_EVENTS {
            match waiting.try_recv() {
                Ok(next) => {
                    events += next.batch.events;
                    group.push(next);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        let answers = match &broken {
            Some(failure) => Err(failure.clone()),
            None => commit(db, place, &group),
        };
        if let Err(failure @ StoreFailure::Io { .. }) = &answers {
            broken = Some(failure.clone());
        }
        match answers {
            Ok(answers) => {
                for (job, answer) in group.iter().zip(answers) {
                    // A caller that went away needs no answer.
                    let _gone = job.answer.send(answer);
                }
            }
            Err(failure) => {
                for job in &group {
                    let _gone = job.answer.send(Err(failure.clone()));
                }
            }
        }
    }
}

/// All batches of a group in one transaction. A batch that is itself to blame leaves the others alone.
fn commit(db: &mut Connection, place: &str, group: &[Job]) -> Result<Vec<Answer>, StoreFailure> {
    let at = |error: rusqlite::Error| StoreFailure::of(place, &error);
    let mut change = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(at)?;
    let mut answers = Vec::with_capacity(group.len());
    let mut erased = false;
    for job in group {
        let one = change.savepoint().map_err(at)?;
        match apply(&one, place, &job.batch, &job.options) {
            Ok(applied) => {
                one.commit().map_err(at)?;
                erased |= applied.erased > 0;
                answers.push(Ok(applied));
            }
            Err(failure) if failure.is_of_batch() => answers.push(Err(failure)),
            Err(failure) => return Err(failure),
        }
    }
    change.commit().map_err(at)?;
    if erased {
        // Erased text must not live on in the log. A reader of an older state may hold it: then the next checkpoint
        // clears it.
        let _busy = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    }
    Ok(answers)
}
