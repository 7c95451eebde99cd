//! Tokens of many texts, for whatever counts them.

use std::sync::Arc;

use gristmill_core::Failure;
use gristmill_token::{TokenCounter, Tokenizer};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};
use napi_derive::napi;

use super::intake::{Intake, over_texts, put};
use super::packed::Texts;
use crate::outcome::{BorderFailure, Outcome, outcome};

/// What gives texts their length in tokens.
pub trait Counts: Send + Sync + 'static {
    /// Tokens of each text; `special`: with the special tokens around a text.
    fn counts(&self, texts: Texts<'_>, special: bool) -> Result<Vec<u32>, Failure>;
}

impl Counts for TokenCounter {
    fn counts(&self, texts: Texts<'_>, special: bool) -> Result<Vec<u32>, Failure> {
        let mut worker = self.worker();
        texts.iter(texts.all()).map(|text| Ok(worker.count(text, special)? as u32)).collect()
    }
}

impl Counts for Tokenizer {
    fn counts(&self, texts: Texts<'_>, special: bool) -> Result<Vec<u32>, Failure> {
        let mut worker = self.worker();
        texts.iter(texts.all()).map(|text| Ok(worker.count(text, special)? as u32)).collect()
    }
}

/// Counts on this thread; memory is only borrowed.
pub fn count_here<T: Counts>(
    counter: Result<Arc<T>, Failure>,
    data: &[u8],
    offsets: &[u32],
    special: bool,
) -> Outcome<Uint32Array> {
    outcome(counter.and_then(|counter| counter.counts(Texts::check(data, offsets)?, special).map(Into::into)))
}

/// Counts on the pool; texts are copied before the call returns.
pub fn count_on_pool<'env, T: Counts>(
    env: &'env Env,
    counter: Result<Arc<T>, Failure>,
    data: &[u8],
    offsets: &[u32],
    special: bool,
) -> napi::Result<PromiseRaw<'env, Outcome<Uint32Array>>> {
    let counts = counter.map(|counter| {
        let work = move |texts: Texts<'_>| counter.counts(texts, special);
        over_texts((data, offsets), Vec::new(), work, Vec::extend)
    });
    env.spawn_future(async move {
        let work = async { Ok::<_, Failure>(counts?.await?.into()) };
        Ok(outcome(work.await))
    })
}

/// Begins to count tokens of texts that come in packages.
pub fn begin_count<T: Counts>(counter: Result<Arc<T>, Failure>, special: bool) -> Outcome<CountIntake> {
    outcome(counter.and_then(|counter| {
        let work = move |texts: Texts<'_>| counter.counts(texts, special);
        let intake = Intake::open(Vec::new(), work, |all: &mut Vec<u32>, next: Vec<u32>| all.extend(next))?;
        Ok(CountIntake { inner: Some(intake) })
    }))
}

/// Numbers of tokens of texts that come in packages; earlier ones are counted on the pool meanwhile.
#[napi]
pub struct CountIntake {
    inner: Option<Intake<Vec<u32>, Vec<u32>>>,
}

#[napi]
impl CountIntake {
    /// Checks and copies more texts.
    #[napi(catch_unwind)]
    pub fn put(&self, data: &[u8], offsets: &[u32]) -> Outcome<bool> {
        put(self.inner.as_ref(), data, offsets)
    }

    /// Number of tokens of each text; it takes no more.
    #[napi(catch_unwind)]
    pub fn finish<'env>(&mut self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Outcome<Uint32Array>>> {
        let counts = self.inner.take().map(Intake::finish);
        env.spawn_future(async move {
            let work = async { Ok::<_, Failure>(counts.ok_or(BorderFailure::Closed)?.await?.into()) };
            Ok(outcome(work.await))
        })
    }
}
