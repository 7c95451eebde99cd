//! Screening over texts: where terms and personal data stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use gristmill_core::{Failure, options_from};
use gristmill_text::{ScreenOptions, ScreenScratch, Screener as CoreScreener, TosHit};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};
use napi_derive::napi;

use super::intake::over_texts;
use super::packed::Texts;
use crate::outcome::{BorderFailure, Outcome, json, outcome};

/// A rule that found something.
#[napi(object, object_from_js = false)]
#[derive(Clone)]
pub struct ScanRule {
    /// Category of the lexicon, or `pii`.
    pub category: String,
    /// Rule id.
    pub rule: String,
    /// 1 mild to 3 severe.
    pub severity: u32,
}

/// Hits in texts, in order of text and place.
#[napi(object, object_from_js = false)]
pub struct PackedHits {
    /// Per hit the number of its text.
    pub rows: Uint32Array,
    /// Per hit its first byte in the text.
    pub starts: Uint32Array,
    /// Per hit the byte after its last.
    pub ends: Uint32Array,
    /// Per hit its place in `rules`.
    pub rule_of: Uint32Array,
    /// Rules that found something.
    pub rules: Vec<ScanRule>,
}

/// A compiled lexicon.
#[napi]
pub struct Screener {
    inner: Option<Arc<CoreScreener>>,
}

/// Compiles a lexicon from the options of `screen_tos`.
#[napi(catch_unwind)]
pub fn open_screener(options: String) -> Outcome<Screener> {
    outcome(compile(&options).map(|inner| Screener { inner: Some(Arc::new(inner)) }))
}

fn compile(options: &str) -> Result<CoreScreener, Failure> {
    let options: ScreenOptions = options_from("screen_tos", &json(options)?)?;
    CoreScreener::new(&options)
}

#[napi]
impl Screener {
    /// Scans texts on this thread; their memory is only borrowed.
    #[napi(catch_unwind)]
    pub fn scan_sync(&self, data: &[u8], offsets: &[u32]) -> Outcome<PackedHits> {
        outcome(self.share().and_then(|screener| Ok(scan(&screener, Texts::check(data, offsets)?).finish())))
    }

    /// Scans texts on the pool; they are copied before the call returns.
    #[napi(catch_unwind)]
    pub fn scan<'env>(
        &self,
        env: &'env Env,
        data: &[u8],
        offsets: &[u32],
    ) -> napi::Result<PromiseRaw<'env, Outcome<PackedHits>>> {
        let hits = self.share().map(|screener| {
            let work = move |texts: Texts<'_>| Ok(scan(&screener, texts));
            over_texts((data, offsets), Slice::default(), work, Slice::append)
        });
        env.spawn_future(async move {
            let work = async { Ok::<_, Failure>(hits?.await?.finish()) };
            Ok(outcome(work.await))
        })
    }

    /// Frees the lexicon.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.inner = None;
    }

    fn share(&self) -> Result<Arc<CoreScreener>, Failure> {
        self.inner.clone().ok_or_else(|| BorderFailure::Closed.into())
    }
}

/// Hits in some texts, with the numbers of the texts.
#[derive(Default)]
struct Slice {
    texts: u32,
    hits: Vec<(u32, TosHit)>,
}

fn scan(screener: &CoreScreener, texts: Texts<'_>) -> Slice {
    let (mut scratch, mut hits, mut found) = (ScreenScratch::default(), Vec::new(), Vec::new());
    for row in texts.all() {
        screener.scan(texts.get(row), &mut scratch, &mut hits);
        found.extend(hits.drain(..).map(|hit| (row as u32, hit)));
    }
    Slice { texts: texts.len() as u32, hits: found }
}

impl Slice {
    fn append(&mut self, next: Self) {
        self.hits.extend(next.hits.into_iter().map(|(row, hit)| (self.texts + row, hit)));
        self.texts += next.texts;
    }

    fn finish(self) -> PackedHits {
        let (mut rows, mut starts, mut ends, mut rule_of) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut numbers: BTreeMap<(String, String), u32> = BTreeMap::new();
        let mut rules = Vec::new();
        for (row, hit) in self.hits {
            let number = *numbers.entry((hit.category, hit.rule)).or_insert_with_key(|(category, rule)| {
                let severity = u32::from(hit.severity);
                rules.push(ScanRule { category: category.clone(), rule: rule.clone(), severity });
                rules.len() as u32 - 1
            });
            rows.push(row);
            starts.push(hit.start as u32);
            ends.push(hit.end as u32);
            rule_of.push(number);
        }
        PackedHits {
            rows: rows.into(),
            starts: starts.into(),
            ends: ends.into(),
            rule_of: rule_of.into(),
            rules,
        }
    }
}
