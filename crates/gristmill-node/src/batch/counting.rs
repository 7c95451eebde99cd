//! Tokens of many texts, for whatever counts them.

use std::ops::Range;
use std::sync::Arc;

use gristmill_core::Failure;
use gristmill_token::{TokenCounter, Tokenizer};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};

use super::packed::Texts;
use super::slices::over_texts;
use crate::outcome::{Outcome, outcome};

/// What gives texts their length in tokens.
pub trait Counts: Send + Sync + 'static {
    /// Tokens of each text of some rows; `special`: with the special tokens around a text.
    fn counts(&self, texts: Texts<'_>, rows: Range<usize>, special: bool) -> Result<Vec<u32>, Failure>;
}

impl Counts for TokenCounter {
    fn counts(&self, texts: Texts<'_>, rows: Range<usize>, special: bool) -> Result<Vec<u32>, Failure> {
        let mut worker = self.worker();
        texts.iter(rows).map(|text| Ok(worker.count(text, special)? as u32)).collect()
    }
}

impl Counts for Tokenizer {
    fn counts(&self, texts: Texts<'_>, rows: Range<usize>, special: bool) -> Result<Vec<u32>, Failure> {
        let mut worker = self.worker();
        texts.iter(rows).map(|text| Ok(worker.count(text, special)? as u32)).collect()
    }
}

/// Counts on this thread; memory is only borrowed.
pub fn count_here<T: Counts>(
    counter: Result<Arc<T>, Failure>,
    data: &[u8],
    offsets: &[u32],
    special: bool,
) -> Outcome<Uint32Array> {
    outcome(counter.and_then(|counter| {
        let texts = Texts::check(data, offsets)?;
        counter.counts(texts, texts.all(), special).map(Into::into)
    }))
}

/// Counts on the pool; texts are copied before the call returns.
pub fn count_on_pool<'env, T: Counts>(
    env: &'env Env,
    counter: Result<Arc<T>, Failure>,
    data: &[u8],
    offsets: &[u32],
    special: bool,
) -> napi::Result<PromiseRaw<'env, Outcome<Uint32Array>>> {
    let ready = counter.and_then(|counter| Ok((counter, Texts::check(data, offsets)?.to_own())));
    env.spawn_future(async move {
        let work = async {
            let (counter, texts) = ready?;
            let slices = over_texts(texts, move |texts, rows| counter.counts(texts, rows, special)).await?;
            Ok::<_, Failure>(slices.concat().into())
        };
        Ok(outcome(work.await))
    })
}
