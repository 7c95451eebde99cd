//! Texts to ids and back.

use std::path::PathBuf;
use std::sync::Arc;

use gristmill_core::{Failure, options_from};
use gristmill_token::spm::Arithmetic;
use gristmill_token::{LoadOptions, Specials, StreamDecoder, Target, Tokenizer as CoreTokenizer, convert};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};
use napi_derive::napi;
use serde::Deserialize;

use super::counting::{CountIntake, begin_count, count_here, count_on_pool};
use super::failure::BatchFailure;
use super::intake::{Intake, over_texts, put};
use super::packed::{PackedTexts, Texts, TextsOut};
use super::slices::on_pool;
use crate::outcome::{BorderFailure, Outcome, blocking, json, outcome};

/// How to load, as the caller says it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    specials: Specials,
    split: Option<String>,
    arithmetic: Option<Arithmetic>,
}

fn load_options(text: &str) -> Result<LoadOptions, Failure> {
    let Options { specials, split, arithmetic } = options_from("tokenizer", &json(text)?)?;
    Ok(LoadOptions { specials, split, arithmetic: arithmetic.unwrap_or_default() })
}

/// A loaded tokenizer.
#[napi]
pub struct Tokenizer {
    inner: Option<Arc<CoreTokenizer>>,
}

/// Ids of many texts, one after the other.
#[napi(object, object_from_js = false)]
pub struct PackedIds {
    /// All ids.
    pub ids: Uint32Array,
    /// Where each text starts, and the end of the last: one more than there are texts.
    pub offsets: Uint32Array,
}

/// Ids of one text with the bytes each stands for.
#[napi(object, object_from_js = false)]
pub struct PlacedIds {
    /// All ids.
    pub ids: Uint32Array,
    /// Per id its first byte in the text.
    pub starts: Uint32Array,
    /// Per id the byte after its last.
    pub ends: Uint32Array,
}

/// Ids being put together.
#[derive(Default)]
struct IdsOut {
    ids: Vec<u32>,
    ends: Vec<usize>,
}

impl IdsOut {
    /// With room for the ids of so many bytes of text; memory that is not used is never touched.
    fn for_bytes(bytes: usize) -> Self {
        Self { ids: Vec::with_capacity(bytes / 3), ends: Vec::new() }
    }

    fn of(tokenizer: &CoreTokenizer, texts: Texts<'_>, special: bool) -> Result<Self, Failure> {
        let mut worker = tokenizer.worker();
        let mut out = Self::for_bytes(texts.bytes(&texts.all()));
        out.ends.reserve_exact(texts.len());
        for text in texts.iter(texts.all()) {
            worker.encode_into(text, special, &mut out.ids)?;
            out.ends.push(out.ids.len());
        }
        Ok(out)
    }

    fn append(&mut self, next: Self) {
        let before = self.ids.len();
        self.ids.extend_from_slice(&next.ids);
        self.ends.extend(next.ends.iter().map(|end| before + end));
    }

    fn finish(self) -> Result<PackedIds, Failure> {
        let count = self.ids.len();
        if u32::try_from(count).is_err() {
            return Err(BatchFailure::TooLarge { bytes: count }.into());
        }
        let offsets: Vec<u32> = std::iter::once(0).chain(self.ends.iter().map(|&end| end as u32)).collect();
        Ok(PackedIds { ids: self.ids.into(), offsets: offsets.into() })
    }
}

/// Loads a tokenizer of any format; options in JSON.
#[napi]
pub async fn open_tokenizer(path: String, options: String) -> Outcome<Tokenizer> {
    blocking(move || {
        let tokenizer = CoreTokenizer::load(PathBuf::from(path), &load_options(&options)?)?;
        Ok(Tokenizer { inner: Some(Arc::new(tokenizer)) })
    })
    .await
}

/// A tokenizer in the files of another program: JSON with the files by name and what they leave out.
#[napi]
pub async fn convert_tokenizer(path: String, options: String, target: String) -> Outcome<String> {
    blocking(move || {
        let target: Target = options_from("convert", &serde_json::Value::String(target))?;
        Ok(convert(&PathBuf::from(path), &load_options(&options)?, target)?.to_json().to_string())
    })
    .await
}

#[napi]
impl Tokenizer {
    /// What it is, as JSON.
    #[napi(catch_unwind)]
    pub fn describe(&self) -> Outcome<String> {
        outcome(self.share().and_then(|tokenizer| {
            serde_json::to_string(&tokenizer.describe()).map_err(|error| BorderFailure::BadJson(error).into())
        }))
    }

    /// Ids of each text, on this thread; memory is only borrowed.
    #[napi(catch_unwind)]
    pub fn encode_sync(&self, data: &[u8], offsets: &[u32], special: bool) -> Outcome<PackedIds> {
        outcome(
            self.share().and_then(|tokenizer| {
                IdsOut::of(&tokenizer, Texts::check(data, offsets)?, special)?.finish()
            }),
        )
    }

    /// Ids of each text, on the pool; texts are copied before the call returns.
    #[napi(catch_unwind)]
    pub fn encode<'env>(
        &self,
        env: &'env Env,
        data: &[u8],
        offsets: &[u32],
        special: bool,
    ) -> napi::Result<PromiseRaw<'env, Outcome<PackedIds>>> {
        let ids = self.share().map(|tokenizer| {
            let work = move |texts: Texts<'_>| IdsOut::of(&tokenizer, texts, special);
            over_texts((data, offsets), IdsOut::for_bytes(data.len()), work, IdsOut::append)
        });
        env.spawn_future(async move {
            let work = async { ids?.await?.finish() };
            Ok(outcome(work.await))
        })
    }

    /// Begins to encode texts that come in packages, of about so many bytes together.
    #[napi(catch_unwind)]
    pub fn begin_encode(&self, special: bool, bytes: f64) -> Outcome<EncodeIntake> {
        outcome(self.share().and_then(|tokenizer| {
            let work = move |texts: Texts<'_>| IdsOut::of(&tokenizer, texts, special);
            // More ids than fit into 32-bit offsets are refused in the end.
            let room = IdsOut::for_bytes(bytes.min(f64::from(u32::MAX)) as usize);
            let intake = Intake::open(room, work, IdsOut::append)?;
            Ok(EncodeIntake { inner: Some(intake) })
        }))
    }

    /// Begins to count the ids of texts that come in packages.
    #[napi(catch_unwind)]
    pub fn begin_count(&self, special: bool) -> Outcome<CountIntake> {
        begin_count(self.share(), special)
    }

    /// Number of ids of each text, on this thread; memory is only borrowed.
    #[napi(catch_unwind)]
    pub fn count_sync(&self, data: &[u8], offsets: &[u32], special: bool) -> Outcome<Uint32Array> {
        count_here(self.share(), data, offsets, special)
    }

    /// Number of ids of each text, on the pool; texts are copied before the call returns.
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

    /// Ids of one text with their places, on this thread.
    #[napi(catch_unwind)]
    pub fn locate_sync(&self, text: String, special: bool) -> Outcome<PlacedIds> {
        outcome(self.share().and_then(|tokenizer| {
            let (mut ids, mut places) = (Vec::new(), Vec::new());
            tokenizer.locate_into(&text, special, &mut ids, &mut places)?;
            let starts: Vec<u32> = places.iter().map(|place| place.start as u32).collect();
            let ends: Vec<u32> = places.iter().map(|place| place.end as u32).collect();
            Ok(PlacedIds { ids: ids.into(), starts: starts.into(), ends: ends.into() })
        }))
    }

    /// The texts of lists of ids, on this thread.
    #[napi(catch_unwind)]
    pub fn decode_sync(&self, ids: &[u32], offsets: &[u32], skip_special: bool) -> Outcome<PackedTexts> {
        outcome(self.share().and_then(|tokenizer| {
            check(ids, offsets)?;
            decode(&tokenizer, ids, offsets, skip_special)?.finish()
        }))
    }

    /// The texts of lists of ids, on the pool; ids are copied before the call returns.
    #[napi(catch_unwind)]
    pub fn decode<'env>(
        &self,
        env: &'env Env,
        ids: &[u32],
        offsets: &[u32],
        skip_special: bool,
    ) -> napi::Result<PromiseRaw<'env, Outcome<PackedTexts>>> {
        let ready = self.share().and_then(|tokenizer| {
            check(ids, offsets)?;
            Ok((tokenizer, ids.to_vec(), offsets.to_vec()))
        });
        env.spawn_future(async move {
            let work = async {
                let (tokenizer, ids, offsets) = ready?;
                let lists = offsets.len() - 1;
                let parts = lists.div_ceil(LISTS);
                let texts = on_pool(parts, move |part| {
                    let end = ((part + 1) * LISTS).min(lists);
                    decode(&tokenizer, &ids, &offsets[part * LISTS..=end], skip_special)
                });
                TextsOut::join(texts.await?).finish()
            };
            Ok(outcome(work.await))
        })
    }

    /// Begins to decode ids that arrive one by one.
    #[napi(catch_unwind)]
    pub fn stream(&self, skip_special: bool) -> Outcome<TokenStream> {
        outcome(
            self.share()
                .map(|tokenizer| TokenStream { inner: Some(StreamDecoder::new(tokenizer, skip_special)) }),
        )
    }

    /// Frees the tokenizer.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.inner = None;
    }

    fn share(&self) -> Result<Arc<CoreTokenizer>, Failure> {
        self.inner.clone().ok_or_else(|| BorderFailure::Closed.into())
    }
}

/// Ids of texts that come in packages; earlier ones are encoded on the pool meanwhile.
#[napi]
pub struct EncodeIntake {
    inner: Option<Intake<IdsOut, IdsOut>>,
}

#[napi]
impl EncodeIntake {
    /// Checks and copies more texts.
    #[napi(catch_unwind)]
    pub fn put(&self, data: &[u8], offsets: &[u32]) -> Outcome<bool> {
        put(self.inner.as_ref(), data, offsets)
    }

    /// Ids of all texts; it takes no more.
    #[napi(catch_unwind)]
    pub fn finish<'env>(&mut self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Outcome<PackedIds>>> {
        let ids = self.inner.take().map(Intake::finish);
        env.spawn_future(async move {
            let work = async { ids.ok_or(BorderFailure::Closed)?.await?.finish() };
            Ok(outcome(work.await))
        })
    }
}

/// A text that comes about id by id.
#[napi]
pub struct TokenStream {
    inner: Option<StreamDecoder<Arc<CoreTokenizer>>>,
}

#[napi]
impl TokenStream {
    /// The text that these ids complete.
    #[napi(catch_unwind)]
    pub fn push(&mut self, ids: &[u32]) -> Outcome<String> {
        let stream = self.inner.as_mut().ok_or_else(|| Failure::from(BorderFailure::Closed));
        outcome(stream.and_then(|stream| {
            let mut text = String::new();
            for id in ids {
                text.push_str(&stream.push(*id)?);
            }
            Ok(text)
        }))
    }

    /// What is left at the end; the stream is closed by it.
    #[napi(catch_unwind)]
    pub fn end(&mut self) -> Outcome<String> {
        outcome(self.inner.take().ok_or_else(|| BorderFailure::Closed.into()).and_then(StreamDecoder::finish))
    }
}

/// Lists of a slice of decoding.
const LISTS: usize = 1024;

fn decode(
    tokenizer: &CoreTokenizer,
    ids: &[u32],
    offsets: &[u32],
    skip_special: bool,
) -> Result<TextsOut, Failure> {
    let mut texts = TextsOut::with_capacity(offsets.len() - 1, 0);
    for pair in offsets.windows(2) {
        texts.push(&tokenizer.decode(&ids[pair[0] as usize..pair[1] as usize], skip_special)?);
    }
    Ok(texts)
}

/// Offsets ascend and stay within the ids.
fn check(ids: &[u32], offsets: &[u32]) -> Result<(), Failure> {
    let bad = |index, problem| Failure::from(BatchFailure::BadOffsets { index, problem });
    let Some(&last) = offsets.last() else {
        return Err(bad(0, "is missing: there must be one more than texts"));
    };
    if let Some(at) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
        return Err(bad(at + 1, "is less than the one before"));
    }
    if last as usize > ids.len() { Err(bad(offsets.len() - 1, "lies beyond the data")) } else { Ok(()) }
}
