//! Work without rows in a chain: deciding, finishing a fold, hashing files.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::attempt::{FileRef, Place, Role, hex};
use super::decide::{
    AlikeWork, Limits, Mixing, Packing, RepeatsWork, Stop, decide_alike, decide_by_key, decide_in_order,
    decide_linked, decide_mix, decide_pack, decide_portions, decide_repeats,
};
use super::failure::EngineFailure;
use super::landing::write_json;
use super::open::parse;
use super::panic::panic_message;
use super::parts::Part;
use super::pool::{Pool, Pumped, Turn};
use super::registry::Registry;
use super::spec::{DeciderSpec, FoldSpec, JobSpec};
use super::summary::{Finishing, Saved, Scratch};
use crate::failure::Failure;

/// SHA-256 of a file.
#[derive(Debug, Serialize)]
pub struct FileHash {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its hash, hexadecimal.
    pub sha256: String,
}

/// How a job ended.
pub enum JobEnd {
    /// It goes on.
    Running,
    /// It committed these files.
    Files(Vec<FileRef>),
    /// It hashed these files.
    Hashes(Vec<FileHash>),
    /// It was stopped.
    Cancelled,
    /// It failed.
    Failed(Failure),
}

type Work = Box<dyn FnOnce(Stop<'_>) -> Result<JobEnd, Failure> + Send>;

/// A job on the pool; one thread does all of it.
pub struct Job {
    work: Mutex<Option<Work>>,
    end: Mutex<(bool, JobEnd)>,
    changed: Condvar,
    stop: AtomicBool,
    finishing: Finishing,
}

impl Job {
    /// Opens a job and gives it to the pool.
    ///
    /// # Errors
    /// `GM_PLAN_BAD_SPEC`, `GM_PLAN_UNKNOWN_KIND`, `GM_STEP_BAD_OPTIONS`.
    pub fn open(registry: &Registry, pool: &Pool, spec: Value) -> Result<Arc<Self>, Failure> {
        let finishing = Finishing::new(pool.memory(), pool.threads());
        let shelf = pool.shelf().clone();
        let work: Work = match parse("job", spec)? {
            JobSpec::Decide {
                folder,
                stem,
                decider,
                keys,
                partition,
                partitions,
                task_rows,
                memory_bytes,
                parts,
                passing,
                ..
            } => {
                let keys = keys.into_iter().map(|k| k.path).collect();
                let parts = parts.into_iter().map(Part::from).collect();
                let place = Place { folder, stem, passing, shelf };
                let case = Decide { place, keys, partition, partitions, task_rows, memory_bytes, parts };
                case.work(decider, registry, pool.threads())?
            }
            JobSpec::Finish { folder, stem, fold, states, passing, .. } => {
                let step = registry.build_fold(&fold.kind, &fold.options)?;
                let place = Place { folder, stem, passing, shelf };
                let finishing = finishing.clone();
                Box::new(move |_| finish(&*step, &fold, states, &place, &finishing))
            }
            JobSpec::Hash { paths } => Box::new(move |stop| hash(&paths, stop)),
        };
        let job = Arc::new(Self {
            work: Mutex::new(Some(work)),
            end: Mutex::new((false, JobEnd::Running)),
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
            finishing,
        });
        pool.add(job.clone());
        Ok(job)
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.finishing.stop();
    }

    /// How far it is, if it says so: so much of so much, in a measure of its own.
    #[must_use]
    pub fn told(&self) -> (u64, u64) {
        self.finishing.told()
    }

    /// Waits until the job has ended or the time is up; says whether it has ended.
    pub fn wait(&self, time: Duration) -> bool {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if end.0 {
            return true;
        }
        match self.changed.wait_timeout(end, time) {
            Ok((end, _)) => end.0,
            Err(poisoned) => poisoned.into_inner().0.0,
        }
    }

    /// The end of the job, once; [`JobEnd::Running`] before it.
    #[must_use]
    pub fn take_end(&self) -> JobEnd {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut end.1, JobEnd::Running)
    }
}

impl Pumped for Job {
    fn turn(&self) -> Turn {
        let Some(work) = self.work.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Turn::Ended;
        };
        let stop = || self.stop.load(Ordering::Relaxed);
        let end = catch_unwind(AssertUnwindSafe(|| work(&stop))).unwrap_or_else(|panic| {
            Err(EngineFailure::Panic { place: "a job".to_owned(), message: panic_message(&*panic) }.into())
        });
        let end = end.unwrap_or_else(JobEnd::Failed);
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = (true, end);
        self.changed.notify_all();
        Turn::Ended
    }
}

/// What a decider is given.
struct Decide {
    place: Place,
    keys: Vec<PathBuf>,
    partition: usize,
    partitions: usize,
    task_rows: Vec<u64>,
    memory_bytes: u64,
    parts: Vec<Part>,
}

impl Decide {
    fn work(self, decider: DeciderSpec, registry: &Registry, threads: usize) -> Result<Work, Failure> {
        let Self { place, keys, partition, partitions, task_rows, memory_bytes, parts } = self;
        let end = |marks: Option<FileRef>| marks.map_or(JobEnd::Cancelled, |file| JobEnd::Files(vec![file]));
        Ok(match decider {
            DeciderSpec::ByKey { keep } => {
                Box::new(move |stop| decide_by_key(&keys, partition, keep, &place, stop).map(end))
            }
            DeciderSpec::InOrder { rows, payload, quotas } => Box::new(move |stop| {
                let limits = Limits { rows, payload, quotas: quotas.as_deref() };
                decide_in_order(&keys, &limits, &place, stop).map(end)
            }),
            DeciderSpec::Linked {} => {
                Box::new(move |stop| decide_linked(&keys, partitions, &task_rows, &place, stop).map(end))
            }
            DeciderSpec::Pack { capacity, method, window } => Box::new(move |stop| {
                decide_pack(&keys, &Packing { capacity, method, window }, &place, stop).map(end)
            }),
            DeciderSpec::Portions { rows } => {
                Box::new(move |stop| decide_portions(&keys, &rows, &place, stop).map(end))
            }
            DeciderSpec::Mix { columns, budget, max_epochs, by, measure } => {
                let mixing = Mixing { columns, budget, max_epochs, by, measure };
                Box::new(move |stop| {
                    Ok(decide_mix(&keys, &mixing, &place, stop)?.map_or(JobEnd::Cancelled, JobEnd::Files))
                })
            }
            DeciderSpec::Alike { step, keep, sequential } => {
                let step = registry.build_key(&step.kind, &step.options)?;
                Box::new(move |stop| {
                    let (keys, task_rows, memory) = (&keys, &task_rows, memory_bytes);
                    let place = &place;
                    let work = AlikeWork { keys, parts, task_rows, keep, sequential, threads, memory, place };
                    Ok(decide_alike(&*step, work, stop)?.map_or(JobEnd::Cancelled, JobEnd::Files))
                })
            }
            DeciderSpec::Repeats { step, max, all } => {
                let step = registry.build_key(&step.kind, &step.options)?;
                Box::new(move |stop| {
                    let (keys, memory) = (&keys, memory_bytes);
                    let work = RepeatsWork { keys, parts, max, all, threads, memory, place: &place };
                    Ok(decide_repeats(&*step, work, stop)?.map_or(JobEnd::Cancelled, JobEnd::Files))
                })
            }
        })
    }
}

fn finish(
    step: &dyn crate::step::FoldStep,
    fold: &FoldSpec,
    states: Vec<PathBuf>,
    place: &Place,
    finishing: &Finishing,
) -> Result<JobEnd, Failure> {
    let mut merged = step.empty();
    let scratch = Scratch::new(Some(place.clone()), finishing.memory());
    for path in states {
        merged.merge(step.load(Saved::File(path))?);
        merged.spill(&scratch)?;
    }
    let result = step.finish(merged, finishing);
    if finishing.stopped() {
        return Ok(JobEnd::Cancelled);
    }
    let mut file = write_json(place, &result?, &fold.name, Role::Result)?;
    file.label = Some(fold.name.clone());
    Ok(JobEnd::Files(vec![file]))
}

fn hash(paths: &[PathBuf], stop: Stop<'_>) -> Result<JobEnd, Failure> {
    let mut hashes = Vec::with_capacity(paths.len());
    for path in paths {
        match hash_file(path, stop)? {
            Some(found) => hashes.push(found),
            None => return Ok(JobEnd::Cancelled),
        }
    }
    Ok(JobEnd::Hashes(hashes))
}

fn hash_file(path: &Path, stop: Stop<'_>) -> Result<Option<FileHash>, Failure> {
    let mut file = File::open(path).map_err(EngineFailure::file("open", path))?;
    let mut buffer = vec![0; 1 << 20];
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    loop {
        let n = file.read(&mut buffer).map_err(EngineFailure::file("read", path))?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        bytes += n as u64;
        if stop() {
            return Ok(None);
        }
    }
    Ok(Some(FileHash { path: path.to_path_buf(), bytes, sha256: hex(&hash.finalize()) }))
}
