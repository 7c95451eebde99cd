//! Whether texts say anything in words.

use gristmill_chat::has_lexeme as test;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array};
use napi_derive::napi;

use super::intake::over_texts;
use super::packed::Texts;
use crate::outcome::{Outcome, outcome};

/// Per text 1 if it has a word, else 0; on this thread, memory only borrowed.
#[napi(catch_unwind)]
pub fn has_lexeme_sync(data: &[u8], offsets: &[u32]) -> Outcome<Uint8Array> {
    outcome(Texts::check(data, offsets).map(|texts| flags(texts).into()))
}

/// Per text 1 if it has a word, else 0; on the pool, texts copied before the call returns.
#[napi(catch_unwind)]
pub fn has_lexeme<'env>(
    env: &'env Env,
    data: &[u8],
    offsets: &[u32],
) -> napi::Result<PromiseRaw<'env, Outcome<Uint8Array>>> {
    let flags = over_texts((data, offsets), Vec::new(), |texts| Ok(flags(texts)), Vec::extend);
    env.spawn_future(async move { Ok(outcome(flags.await.map(Into::into))) })
}

fn flags(texts: Texts<'_>) -> Vec<u8> {
    texts.iter(texts.all()).map(|text| u8::from(test(text))).collect()
}
