//! A run: reader, chain and sink joined; or a job.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer as ArrowBuffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use gristmill_core::engine::{
    Feed, Figures, Job, JobEnd, Landed, Outlet, Pool, Pump, RunState, open_run as join,
};
use gristmill_core::{Failure, Progress};
use napi::bindgen_prelude::{Buffer, Uint8Array};
use napi::{Either, Env};
use napi_derive::napi;
use serde_json::{Value, json};

use crate::engine::pool;
use crate::outcome::{BorderFailure, Outcome, blocking, json as parse, outcome};
use crate::reader::{Chain, Reader};
use crate::registry::REGISTRY;

/// What a batch in flight weighs for V8's accounting: a chunk of 1 MB, its rows and its results.
const BATCH_BYTES: i64 = 3 << 20;
/// How long a blocking call waits before it looks around again.
const PATIENCE: Duration = Duration::from_millis(50);

#[derive(Clone)]
enum Work {
    Rows(Arc<Pump>),
    Job(Arc<Job>),
}

#[derive(Clone)]
struct Inner {
    work: Work,
    pool: Arc<Pool>,
    outlet: Option<Outlet>,
    feed: Option<Feed>,
}

/// A run in progress.
#[napi]
pub struct Run {
    inner: Option<Inner>,
    accounted: i64,
}

/// Joins reader, chain and sink and starts the pump. The reader is taken.
#[napi(catch_unwind)]
pub fn open_run(env: Env, reader: &mut Reader, chain: &Chain, sink: String) -> Outcome<Run> {
    outcome(start(reader, chain, &sink).map(|inner| Run::new(env, inner)))
}

fn start(reader: &mut Reader, chain: &Chain, sink: &str) -> Result<Inner, Failure> {
    let pool = pool()?;
    let reader = reader.take()?;
    let feed = reader.feed.clone();
    let (pump, outlet) = join(&REGISTRY, &pool, reader, chain.share()?, parse(sink)?)?;
    Ok(Inner { work: Work::Rows(pump), pool, outlet, feed })
}

/// Starts a job.
#[napi(catch_unwind)]
pub fn open_job(env: Env, spec: String) -> Outcome<Run> {
    outcome(start_job(&spec).map(|inner| Run::new(env, inner)))
}

fn start_job(spec: &str) -> Result<Inner, Failure> {
    let pool = pool()?;
    let job = Job::open(&REGISTRY, &pool, parse(spec)?)?;
    Ok(Inner { work: Work::Job(job), pool, outlet: None, feed: None })
}

#[napi]
impl Run {
    fn new(env: Env, inner: Inner) -> Self {
        let accounted = match inner.work {
            Work::Rows(_) => (inner.pool.threads() as i64 + 2) * BATCH_BYTES,
            Work::Job(_) => BATCH_BYTES,
        };
        let accounted = if env.adjust_external_memory(accounted).is_ok() { accounted } else { 0 };
        Self { inner: Some(inner), accounted }
    }

    fn share(&self) -> Result<Inner, Failure> {
        self.inner.clone().ok_or_else(|| BorderFailure::Closed.into())
    }

    /// Waits about so many milliseconds, or until the end; gives the run's status as JSON.
    #[napi]
    pub async fn wait(&self, milliseconds: u32) -> Outcome<String> {
        let inner = self.share();
        blocking(move || status(&inner?.work, Duration::from_millis(u64::from(milliseconds)))).await
    }

    /// The next batch of an outlet as an Arrow IPC stream; nothing at the end.
    #[napi]
    pub async fn next(&self) -> Outcome<Option<Buffer>> {
        let inner = self.share();
        match blocking(move || next_batch(&inner?)).await {
            Either::A(failure) => Either::A(failure),
            Either::B(bytes) => Either::B(bytes.map(Buffer::from)),
        }
    }

    /// Puts batches into a feed, an Arrow IPC stream; resolves when there was room.
    #[napi]
    pub async fn put(&self, stream: Uint8Array) -> Outcome<bool> {
        let inner = self.share();
        // The buffer belongs to JavaScript: copied before anything waits.
        let bytes = stream.to_vec();
        blocking(move || put_batches(&inner?, bytes)).await
    }

    /// Says that a feed will get no more batches.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        if let Some(inner) = &self.inner {
            if let Some(feed) = &inner.feed {
                feed.end();
            }
            inner.pool.waker().wake();
        }
    }

    /// Asks the run to stop.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        match self.inner.as_ref().map(|i| &i.work) {
            Some(Work::Rows(pump)) => pump.cancel(),
            Some(Work::Job(job)) => job.cancel(),
            None => {}
        }
    }

    /// Stops the run if it goes on and frees what it holds.
    #[napi(catch_unwind)]
    pub fn close(&mut self, env: Env) {
        self.cancel();
        if self.inner.take().is_some() {
            // V8 only uses the figure as a hint; a refusal changes nothing.
            let _hint = env.adjust_external_memory(-self.accounted);
        }
    }
}

fn status(work: &Work, time: Duration) -> Result<String, Failure> {
    match work {
        Work::Rows(pump) => {
            pump.wait(time);
            // Figures first: a run that ends in between is then reported by the next call.
            let figures = pump.figures();
            match pump.take_end() {
                RunState::Running => Ok(report("running", figures, Value::Null)),
                RunState::Cancelled => Ok(report("cancelled", figures, Value::Null)),
                RunState::Failed(failure) => Err(failure),
                RunState::Done(landed) => Ok(report("done", pump.figures(), landed_json(*landed))),
            }
        }
        Work::Job(job) => {
            job.wait(time);
            let (bytes_done, bytes_total) = job.told();
            let progress = Progress { bytes_done, bytes_total };
            let figures = Figures { dry: true, progress, ..Figures::default() };
            match job.take_end() {
                JobEnd::Running => Ok(report("running", figures, Value::Null)),
                JobEnd::Cancelled => Ok(report("cancelled", figures, Value::Null)),
                JobEnd::Failed(failure) => Err(failure),
                JobEnd::Files(files) => {
                    Ok(report("done", figures, json!({ "files": files, "counts": [], "rows": 0 })))
                }
                JobEnd::Hashes(hashes) => Ok(report(
                    "done",
                    figures,
                    json!({ "files": [], "counts": [], "rows": 0, "hashes": hashes }),
                )),
            }
        }
    }
}

fn landed_json(landed: Landed) -> Value {
    let counts: Vec<Value> =
        landed.counts.into_iter().map(|(step, counts)| json!({ "step": step, "counts": counts })).collect();
    json!({ "files": landed.files, "counts": counts, "rows": landed.rows })
}

fn report(state: &str, figures: Figures, result: Value) -> String {
    json!({
        "state": state,
        "bytes_done": figures.progress.bytes_done,
        "bytes_total": figures.progress.bytes_total,
        "rows_in": figures.rows_in,
        "rows_out": figures.rows_out,
        "dry": figures.dry,
        "result": result,
    })
    .to_string()
}

fn next_batch(inner: &Inner) -> Result<Option<Vec<u8>>, Failure> {
    let (Some(outlet), Work::Rows(pump)) = (&inner.outlet, &inner.work) else {
        return Err(BorderFailure::Closed.into());
    };
    loop {
        // Asked before the outlet is looked at: what landed before the end is then never missed.
        let ended = pump.ended();
        if let Some(rows) = outlet.take(if ended { Duration::ZERO } else { PATIENCE }) {
            inner.pool.waker().wake();
            return to_stream(&rows).map(Some);
        }
        if ended {
            return match pump.take_end() {
                RunState::Failed(failure) => Err(failure),
                _ => Ok(None),
            };
        }
    }
}

fn put_batches(inner: &Inner, bytes: Vec<u8>) -> Result<bool, Failure> {
    let (Some(feed), Work::Rows(pump)) = (&inner.feed, &inner.work) else {
        return Err(BorderFailure::Closed.into());
    };
    let bad = |e: ArrowError| BorderFailure::BadRows(e.to_string());
    // The rows keep lying in these bytes.
    let mut bytes = ArrowBuffer::from_vec(bytes);
    let mut decoder = StreamDecoder::new();
    while let Some(rows) = decoder.decode(&mut bytes).map_err(bad)? {
        while !feed.has_room(PATIENCE) {
            if pump.ended() {
                // The reason is told by `wait`.
                return Ok(false);
            }
        }
        feed.put(rows)?;
        inner.pool.waker().wake();
    }
    decoder.finish().map_err(bad)?;
    if decoder.schema().is_none() {
        return Err(BorderFailure::BadRows("it is empty".to_owned()).into());
    }
    Ok(true)
}

fn to_stream(rows: &RecordBatch) -> Result<Vec<u8>, Failure> {
    let bad = |e: String| -> Failure { BorderFailure::BadRows(e).into() };
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).map_err(|e| bad(e.to_string()))?;
    writer.write(rows).map_err(|e| bad(e.to_string()))?;
    writer.into_inner().map_err(|e| bad(e.to_string()))
}
