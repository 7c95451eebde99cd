//! Whether texts say anything in words.

use gristmill_chat::has_lexeme as test;
use gristmill_core::Failure;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array};
use napi_derive::napi;

use super::packed::Texts;
use super::slices::over_texts;
use crate::outcome::{Outcome, outcome};

/// Per text 1 if it has a word, else 0; on this thread, memory only borrowed.
#[napi(catch_unwind)]
pub fn has_lexeme_sync(data: &[u8], offsets: &[u32]) -> Outcome<Uint8Array> {
    outcome(Texts::check(data, offsets).map(|texts| flags(texts, texts.all()).into()))
}

/// Per text 1 if it has a word, else 0; on the pool, texts copied before the call returns.
#[napi(catch_unwind)]
pub fn has_lexeme<'env>(
    env: &'env Env,
    data: &[u8],
    offsets: &[u32],
) -> napi::Result<PromiseRaw<'env, Outcome<Uint8Array>>> {
    let ready = Texts::check(data, offsets).map(Texts::to_own);
    env.spawn_future(async move {
        let work = async {
            let slices = over_texts(ready?, |texts, rows| Ok(flags(texts, rows))).await?;
            Ok::<_, Failure>(slices.concat().into())
        };
        Ok(outcome(work.await))
    })
}

fn flags(texts: Texts<'_>, rows: std::ops::Range<usize>) -> Vec<u8> {
    texts.iter(rows).map(|text| u8::from(test(text))).collect()
}
