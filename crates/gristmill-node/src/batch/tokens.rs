//! Lengths of texts in tokens.

use std::sync::Arc;

use gristmill_core::Failure;
use gristmill_token::TokenCounter as CoreCounter;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};
use napi_derive::napi;

use super::counting::{count_here, count_on_pool};
use crate::outcome::{BorderFailure, Outcome, blocking};

/// A loaded tokenizer, or a plain unit.
#[napi]
pub struct TokenCounter {
    inner: Option<Arc<CoreCounter>>,
}

/// Loads a tokenizer of any format; or `words`, `chars`, `bytes`.
#[napi]
pub async fn open_token_counter(name: String) -> Outcome<TokenCounter> {
    blocking(move || Ok(TokenCounter { inner: Some(Arc::new(CoreCounter::named(&name)?)) })).await
}

#[napi]
impl TokenCounter {
    /// Tokens of each text, on this thread; memory is only borrowed.
    #[napi(catch_unwind)]
    pub fn count_sync(&self, data: &[u8], offsets: &[u32], special: bool) -> Outcome<Uint32Array> {
        count_here(self.share(), data, offsets, special)
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
        count_on_pool(env, self.share(), data, offsets, special)
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
