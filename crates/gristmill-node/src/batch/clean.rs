//! The cleaning chain over texts.

use std::ops::Range;
use std::sync::Arc;

use gristmill_core::{Failure, options_from};
use gristmill_text::{CleanOptions, Cleaner as CoreCleaner, Scratch, Verdict};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array, Uint32Array};
use napi_derive::napi;

use super::packed::{PackedTexts, Texts, TextsOut};
use super::slices::over_texts;
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
        outcome(self.share().and_then(|cleaner| {
            let texts = Texts::check(data, offsets)?;
            join(vec![clean(&cleaner, texts, texts.all())])
        }))
    }

    /// Cleans texts on the pool; they are copied before the call returns.
    #[napi(catch_unwind)]
    pub fn clean<'env>(
        &self,
        env: &'env Env,
        data: &[u8],
        offsets: &[u32],
    ) -> napi::Result<PromiseRaw<'env, Outcome<PackedCleaned>>> {
        let ready = self.share().and_then(|cleaner| Ok((cleaner, Texts::check(data, offsets)?.to_own())));
        env.spawn_future(async move {
            let work = async {
                let (cleaner, texts) = ready?;
                join(over_texts(texts, move |texts, rows| Ok(clean(&cleaner, texts, rows))).await?)
            };
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

struct Slice {
    texts: TextsOut,
    verdicts: Vec<u8>,
    reason_of: Vec<u32>,
    rule_of: Vec<u32>,
    reasons: Words,
    rules: Words,
}

fn clean(cleaner: &CoreCleaner, texts: Texts<'_>, rows: Range<usize>) -> Slice {
    let mut out = Slice {
        texts: TextsOut::with_capacity(rows.len(), texts.bytes(&rows)),
        verdicts: Vec::with_capacity(rows.len()),
        reason_of: Vec::with_capacity(rows.len()),
        rule_of: Vec::with_capacity(rows.len()),
        reasons: Words::default(),
        rules: Words::default(),
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

fn join(slices: Vec<Slice>) -> Result<PackedCleaned, Failure> {
    let (mut reasons, mut rules) = (Words::default(), Words::default());
    let (mut verdicts, mut reason_of, mut rule_of, mut texts) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for slice in slices {
        verdicts.extend(slice.verdicts);
        reason_of.extend(reasons.renumber(&slice.reasons, &slice.reason_of));
        rule_of.extend(rules.renumber(&slice.rules, &slice.rule_of));
        texts.push(slice.texts);
    }
    Ok(PackedCleaned {
        texts: TextsOut::join(texts).finish()?,
        verdicts: verdicts.into(),
        reason_of: reason_of.into(),
        rule_of: rule_of.into(),
        reasons: reasons.into_list(),
        rules: rules.into_list(),
    })
}
