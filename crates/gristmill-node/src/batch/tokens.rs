//! Lengths of texts in tokens.

use std::ops::Range;
use std::sync::Arc;

use gristmill_core::Failure;
use gristmill_token::TokenCounter as CoreCounter;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};
use napi_derive::napi;

use super::packed::Texts;
use super::slices::over_texts;
use crate::outcome::{BorderFailure, Outcome, blocking, outcome};

/// A loaded tokenizer, or a plain unit.
#[napi]
pub struct TokenCounter {
    inner: Option<Arc<CoreCounter>>,
}

/// Loads a `tokenizer.json`; or `words`, `chars`, `bytes`.
#[napi]
pub async fn open_token_counter(name: String) -> Outcome<TokenCounter> {
    blocking(move || Ok(TokenCounter { inner: Some(Arc::new(CoreCounter::named(&name)?)) })).await
}

#[napi]
impl TokenCounter {
    /// Tokens of each text, on this thread; memory is only borrowed.
    #[napi(catch_unwind)]
    pub fn count_sync(&self, data: &[u8], offsets: &[u32], special: bool) -> Outcome<Uint32Array> {
        outcome(self.share().and_then(|counter| {
            let texts = Texts::check(data, offsets)?;
            count(&counter, texts, texts.all(), special).map(Into::into)
        }))
    }

    /// Tokens of each text, on the pool; texts are copied before the call returns.
    #[napi(catch_unwind)]
    pub fn count<'env>(
        &self,
        env: &'env Env,
        data: &[u8],
        offsets: &[u32],
        special: bool,
    ) -> napi::Result<PromiseRaw<'env, Outcome<Uint32Array>>> {
        let ready = self.share().and_then(|counter| Ok((counter, Texts::check(data, offsets)?.to_own())));
        env.spawn_future(async move {
            let work = async {
                let (counter, texts) = ready?;
                let slices =
                    over_texts(texts, move |texts, rows| count(&counter, texts, rows, special)).await?;
                Ok::<_, Failure>(slices.concat().into())
            };
            Ok(outcome(work.await))
        })
    }

    /// Frees the tokenizer.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.inner = None;
    }

    fn share(&self) -> Result<Arc<CoreCounter>, Failure> {
        self.inner.clone().ok_or_else(|| BorderFailure::Closed.into())
    }
}

fn count(
    counter: &CoreCounter,
    texts: Texts<'_>,
    rows: Range<usize>,
    special: bool,
) -> Result<Vec<u32>, Failure> {
    texts.iter(rows).map(|text| Ok(counter.count(text, special)? as u32)).collect()
}
