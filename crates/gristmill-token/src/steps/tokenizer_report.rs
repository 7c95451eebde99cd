//! How tokenizers fare on a text column: tokens, bytes a token, tokens a word, tokens never used; side by side where
//! there are several.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::Array;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use gristmill_core::{
    Batch, Failure, Finishing, FoldDef, FoldState, FoldStep, Saved, SavedWriter, options_from,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::added::Specials;
use crate::failure::TokenFailure;
use crate::load::LoadOptions;
use crate::tokenizer::Tokenizer;
use crate::train::pretty;

/// The fold.
pub const DEF: FoldDef = FoldDef { kind: "tokenizer_report", build };

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Text column.
    column: String,
    /// Column whose values are reported apart, such as `source`.
    by: Option<String>,
    /// Paths of tokenizers.
    tokenizers: Vec<String>,
    /// What the text of special tokens inside documents is.
    specials: Specials,
    /// How text is split, for files that do not say.
    split: Option<String>,
}

fn build(options: &Value) -> Result<Box<dyn FoldStep>, Failure> {
    let options: Options = options_from(DEF.kind, options)?;
    let load =
        LoadOptions { specials: options.specials, split: options.split.clone(), ..LoadOptions::default() };
    let tokenizers: Result<Vec<Tokenizer>, Failure> =
        options.tokenizers.iter().map(|path| Tokenizer::load(path, &load)).collect();
    Ok(Box::new(Report { shared: Arc::new(Shared { tokenizers: tokenizers?, options }) }))
}

struct Shared {
    tokenizers: Vec<Tokenizer>,
    options: Options,
}

struct Report {
    shared: Arc<Shared>,
}

/// File and folder of a path: no place of a machine belongs in a report.
fn short(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

/// Sums over the texts of one value of `by`.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Sums {
    texts: u64,
    bytes: u64,
    characters: u64,
    words: u64,
    /// Per tokenizer.
    tokens: Vec<u64>,
    /// Per tokenizer: texts whose ids are not those of the first.
    differing: Vec<u64>,
    /// Per tokenizer: texts it refuses.
    refused: Vec<u64>,
}

impl Sums {
    fn new(tokenizers: usize) -> Self {
        let none = vec![0; tokenizers];
        Self { tokens: none.clone(), differing: none.clone(), refused: none, ..Self::default() }
    }

    fn add(&mut self, other: &Self) {
        self.texts += other.texts;
        self.bytes += other.bytes;
        self.characters += other.characters;
        self.words += other.words;
        let lists = [
            (&mut self.tokens, &other.tokens),
            (&mut self.differing, &other.differing),
            (&mut self.refused, &other.refused),
        ];
        for (mine, theirs) in lists {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
    }
}

struct State {
    shared: Arc<Shared>,
    sums: BTreeMap<String, Sums>,
    /// Per tokenizer a bit for every id that has occurred.
    used: Vec<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Gathered {
    sums: BTreeMap<String, Sums>,
    used: Vec<String>,
}

impl FoldStep for Report {
    fn empty(&self) -> Box<dyn FoldState> {
        let used = self.shared.tokenizers.iter().map(|tokenizer| vec![0; tokenizer.ids().div_ceil(8)]);
        Box::new(State { shared: Arc::clone(&self.shared), sums: BTreeMap::new(), used: used.collect() })
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure> {
        let Gathered { sums, used } = options_from(DEF.kind, &saved.json()?)?;
        let used: Result<Vec<Vec<u8>>, _> =
            used.iter().map(|bits| BASE64_STANDARD_NO_PAD.decode(bits)).collect();
        let used = used.map_err(|_| TokenFailure::BadState { kind: DEF.kind })?;
        Ok(Box::new(State { shared: Arc::clone(&self.shared), sums, used }))
    }

    fn finish(&self, state: Box<dyn FoldState>, _: &Finishing) -> Result<Value, Failure> {
        let state = (state as Box<dyn Any>).downcast::<State>();
        let state = state.map_err(|_| TokenFailure::BadState { kind: DEF.kind })?;
        let mut total = Sums::new(self.shared.tokenizers.len());
        for sums in state.sums.values() {
            total.add(sums);
        }
        let tokenizers = self.shared.tokenizers.iter().zip(&self.shared.options.tokenizers);
        let tokenizers: Vec<Value> = tokenizers
            .zip(&state.used)
            .map(|((tokenizer, path), used)| {
                let about = tokenizer.describe();
                let used: u32 = used.iter().map(|bits| bits.count_ones()).sum();
                json!({
                    "path": short(path), "engine": about.engine, "tokens": about.tokens, "used_tokens": used,
                    "unused_tokens": about.tokens.saturating_sub(used as usize),
                })
            })
            .collect();
        let by = self.shared.options.by.as_ref().map(|_| &state.sums);
        let figures = json!({"tokenizers": tokenizers, "total": total, "by": by});
        let file = pretty(&figures)?;
        let mut result = figures;
        result["files"] = json!({"tokenizer_report.json": file});
        Ok(result)
    }
}

impl FoldState for State {
    fn observe(&mut self, batch: &Batch) -> Result<(), Failure> {
        let shared = Arc::clone(&self.shared);
        let texts = batch.text(&shared.options.column)?;
        let by = shared.options.by.as_deref().map(|by| batch.text(by)).transpose()?;
        let mut workers: Vec<_> = shared.tokenizers.iter().map(Tokenizer::worker).collect();
        let (mut first, mut ids) = (Vec::new(), Vec::new());
        for row in (0..texts.len()).filter(|row| !texts.is_null(*row)) {
            let text = texts.value(row);
            let key = by.filter(|by| !by.is_null(row)).map_or("", |by| by.value(row));
            if !self.sums.contains_key(key) {
                self.sums.insert(key.to_owned(), Sums::new(workers.len()));
            }
            let Some(sums) = self.sums.get_mut(key) else { continue };
            sums.texts += 1;
            sums.bytes += text.len() as u64;
            sums.characters += text.chars().count() as u64;
            sums.words += text.split_whitespace().count() as u64;
            for (at, worker) in workers.iter_mut().enumerate() {
                ids.clear();
                match worker.encode_into(text, false, &mut ids) {
                    Ok(()) => {}
                    Err(failure) if failure.code() == "GM_TOKEN_SPECIAL_IN_TEXT" => {
                        sums.refused[at] += 1;
                        ids.clear();
                    }
                    Err(failure) => return Err(failure),
                }
                sums.tokens[at] += ids.len() as u64;
                for id in &ids {
                    if let Some(bits) = self.used[at].get_mut(*id as usize / 8) {
                        *bits |= 1 << (id % 8);
                    }
                }
                if at == 0 {
                    std::mem::swap(&mut first, &mut ids);
                } else if first != ids {
                    sums.differing[at] += 1;
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn FoldState>) {
        let Ok(other) = (other as Box<dyn Any>).downcast::<Self>() else { return };
        for (key, sums) in other.sums {
            self.sums.entry(key).and_modify(|mine| mine.add(&sums)).or_insert(sums);
        }
        for (mine, theirs) in self.used.iter_mut().zip(&other.used) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine |= theirs;
            }
        }
    }

    fn save(&mut self, out: &mut SavedWriter<'_>) -> Result<(), Failure> {
        let used: Vec<String> = self.used.iter().map(|bits| BASE64_STANDARD_NO_PAD.encode(bits)).collect();
        out.put(json!({"sums": self.sums, "used": used}).to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{batch, finishing, trained};
    use super::{DEF, Saved};

    #[test]
    fn two_tokenizers_stand_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        let file = trained()["files"]["tokenizer.json"].as_str().unwrap().to_owned();
        std::fs::write(&path, &file).unwrap();
        let mut plain: Value = serde_json::from_str(&file).unwrap();
        plain["model"]["merges"] = json!([]);
        let bytes = folder.path().join("bytes.json");
        std::fs::write(&bytes, plain.to_string()).unwrap();
        let options = json!({
            "column": "text", "by": null, "tokenizers": [path, bytes], "specials": "refuse", "split": null,
        });
        let fold = (DEF.build)(&options).unwrap();
        let part = |text: &str| {
            let mut state = fold.empty();
            state.observe(&batch(&[text])).unwrap();
            fold.load(Saved::of(&mut *state).unwrap()).unwrap()
        };
        let mut state = part("low lower");
        state.merge(part("é"));
        state.merge(part("<|end|>"));
        let report = fold.finish(state, &finishing()).unwrap();
        let total = &report["total"];
        assert_eq!((&total["texts"], &total["words"], &total["bytes"]), (&json!(3), &json!(4), &json!(18)));
        assert_eq!(total["tokens"][1], 11, "a token a byte");
        assert!(total["tokens"][0].as_u64().unwrap() < 11);
        assert_eq!((&total["differing"], &total["refused"]), (&json!([0, 1]), &json!([1, 1])));
        assert_eq!(report["tokenizers"][1]["used_tokens"], 8, "l o w space e r and two bytes");
        assert_eq!(report["by"], Value::Null);
        let file = report["files"]["tokenizer_report.json"].as_str().unwrap();
        assert!(file.contains("/bytes.json\"") && !file.contains(bytes.to_str().unwrap()), "{file}");
    }
}
