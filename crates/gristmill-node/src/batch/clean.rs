//! The cleaning chain over texts.

use std::sync::Arc;

use gristmill_core::{Failure, options_from};
use gristmill_text::{CleanOptions, Cleaner as CoreCleaner, Scratch, Verdict};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array, Uint32Array};
use napi_derive::napi;

use super::intake::over_texts;
use super::packed::{PackedTexts, Texts, TextsOut};
use super::words::Words;
use crate::outcome::{BorderFailure, Outcome, json, outcome};

/// Cleaned texts. Rows stay where they are; a dropped one is empty.
#[napi(object, object_from_js = false)]
pub struct PackedCleaned {
    /// The texts as they are now.
    pub texts: PackedTexts,
    /// Per text 0 kept, 1 changed, 2 dropped.
    pub verdicts: Uint8Array,
    /// Per text the number of its reason in `reasons`, from 1; 0 for texts that stay.
    pub reason_of: Uint32Array,
    /// Per text the number of its rule in `rules`, from 1; 0 for texts that stay.
    pub rule_of: Uint32Array,
    /// Reasons that occur.
    pub reasons: Vec<String>,
    /// Rules that turned texts away.
    pub rules: Vec<String>,
}

/// A compiled set of cleaning rules.
#[napi]
pub struct Cleaner {
    inner: Option<Arc<CoreCleaner>>,
}

/// Compiles cleaning rules from the options of `clean_chat`.
#[napi(catch_unwind)]
pub fn open_cleaner(options: String) -> Outcome<Cleaner> {
    outcome(compile(&options).map(|inner| Cleaner { inner: Some(Arc::new(inner)) }))
}

fn compile(options: &str) -> Result<CoreCleaner, Failure> {
    let options: CleanOptions = options_from("clean_chat", &json(options)?)?;
    CoreCleaner::new(&options)
}

#[napi]
impl Cleaner {
    /// Cleans texts on this thread; their memory is only borrowed.
    #[napi(catch_unwind)]
    pub fn clean_sync(&self, data: &[u8], offsets: &[u32]) -> Outcome<PackedCleaned> {
        outcome(self.share().and_then(|cleaner| clean(&cleaner, Texts::check(data, offsets)?).finish()))
    }

    /// Cleans texts on the pool; they are copied before the call returns.
    #[napi(catch_unwind)]
    pub fn clean<'env>(
        &self,
        env: &'env Env,
        data: &[u8],
        offsets: &[u32],
    ) -> napi::Result<PromiseRaw<'env, Outcome<PackedCleaned>>> {
        let cleaned = self.share().map(|cleaner| {
            let work = move |texts: Texts<'_>| Ok(clean(&cleaner, texts));
            over_texts((data, offsets), Slice::default(), work, Slice::append)
        });
        env.spawn_future(async move {
            let work = async { cleaned?.await?.finish() };
            Ok(outcome(work.await))
        })
    }

    /// Frees the rules.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.inner = None;
    }

    fn share(&self) -> Result<Arc<CoreCleaner>, Failure> {
        self.inner.clone().ok_or_else(|| BorderFailure::Closed.into())
    }
}

#[derive(Default)]
struct Slice {
    texts: TextsOut,
    verdicts: Vec<u8>,
    reason_of: Vec<u32>,
    rule_of: Vec<u32>,
    reasons: Words,
    rules: Words,
}

fn clean(cleaner: &CoreCleaner, texts: Texts<'_>) -> Slice {
    let rows = texts.all();
    let mut out = Slice {
        texts: TextsOut::with_capacity(rows.len(), texts.bytes(&rows)),
        verdicts: Vec::with_capacity(rows.len()),
        reason_of: Vec::with_capacity(rows.len()),
        rule_of: Vec::with_capacity(rows.len()),
        ..Slice::default()
    };
    let mut scratch = Scratch::default();
    for text in texts.iter(rows) {
        let (verdict, reason, rule) = match cleaner.clean(text, &mut scratch) {
            Verdict::Kept => {
                out.texts.push(text);
                (0, 0, 0)
            }
            Verdict::Changed => {
                out.texts.push(scratch.text());
                (1, 0, 0)
            }
            Verdict::Dropped(drop) => {
                out.texts.push("");
                (2, out.reasons.number(&drop.reason), out.rules.number(&drop.rule))
            }
        };
        out.verdicts.push(verdict);
        out.reason_of.push(reason);
        out.rule_of.push(rule);
    }
    out
}

impl Slice {
    fn append(&mut self, next: Self) {
        self.verdicts.extend(&next.verdicts);
        self.reason_of.extend(self.reasons.renumber(&next.reasons, &next.reason_of));
        self.rule_of.extend(self.rules.renumber(&next.rules, &next.rule_of));
        self.texts.append(&next.texts);
    }

    fn finish(self) -> Result<PackedCleaned, Failure> {
        Ok(PackedCleaned {
            texts: self.texts.finish()?,
            verdicts: self.verdicts.into(),
            reason_of: self.reason_of.into(),
            rule_of: self.rule_of.into(),
            reasons: self.reasons.into_list(),
            rules: self.rules.into_list(),
        })
    }
}
