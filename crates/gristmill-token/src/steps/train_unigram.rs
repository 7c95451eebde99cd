//! Trains a unigram tokenizer on a text column: words are counted in parts, estimation comes at the end.

use std::any::Any;
use std::io::Read;
use std::sync::Arc;

use gristmill_core::{
    Batch, Failure, Finishing, FoldDef, FoldState, FoldStep, Saved, SavedWriter, options_from,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::failure::TokenFailure;
use crate::files::to_json;
use crate::spm::SpmTokenizer;
use crate::spm::train::{TrainOptions, WordCounts, on_each, train};
use crate::varint::{put, take};

/// The fold.
pub const DEF: FoldDef = FoldDef { kind: "train_unigram", build };

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
struct Options {
    /// Text column.
    column: String,
    /// Pieces of the model, special ones included.
    vocab_size: usize,
    /// Marks that never match text.
    special_tokens: Vec<String>,
    /// Whether it is a failure when the text does not yield so many pieces.
    hard_vocab_limit: bool,
    /// Strings that are always one piece.
    symbols: Vec<String>,
    /// Share of the text's characters that get a piece of their own.
    character_coverage: f64,
    /// Whether characters without a piece become bytes.
    byte_fallback: bool,
    /// Whether every digit is a piece of its own.
    digits: bool,
    /// Characters of the longest piece.
    max_piece_length: usize,
    /// Whether a piece keeps to one word, one script, and keeps numbers and letters apart.
    split_by_whitespace: bool,
    split_by_unicode_script: bool,
    split_by_number: bool,
    /// Whether characters are normalised by NFKC and the rules for white space and controls.
    normalise: bool,
    /// Whether a space is put in front of the text.
    add_dummy_prefix: bool,
    /// Whether runs of spaces become one and outer ones go.
    remove_extra_whitespaces: bool,
}

fn build(options: &Value) -> Result<Box<dyn FoldStep>, Failure> {
    let options: Options = options_from(DEF.kind, options)?;
    let training = TrainOptions {
        vocab_size: options.vocab_size,
        hard_vocab_limit: options.hard_vocab_limit,
        character_coverage: options.character_coverage,
        byte_fallback: options.byte_fallback,
        user_defined_symbols: options.symbols.clone(),
        control_symbols: options.special_tokens.clone(),
        split_by_unicode_script: options.split_by_unicode_script,
        split_by_number: options.split_by_number,
        split_by_whitespace: options.split_by_whitespace,
        split_digits: options.digits,
        max_piece_length: options.max_piece_length,
        add_dummy_prefix: options.add_dummy_prefix,
        remove_extra_whitespaces: options.remove_extra_whitespaces,
        nmt_nfkc: options.normalise,
        ..TrainOptions::default()
    };
    // Options that contradict each other fail here, before a row is read.
    let empty = WordCounts::new(&training)?;
    Ok(Box::new(TrainUnigram { column: options.column.into(), empty: Arc::new(empty), training }))
}

struct TrainUnigram {
    column: Arc<str>,
    empty: Arc<WordCounts>,
    training: TrainOptions,
}

struct State {
    column: Arc<str>,
    words: WordCounts,
    texts: u64,
    bytes: u64,
}

impl FoldStep for TrainUnigram {
    fn empty(&self) -> Box<dyn FoldState> {
        Box::new(self.state())
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure> {
        let mut bytes = Vec::new();
        saved.open()?.read_to_end(&mut bytes).map_err(|error| saved.unreadable(error))?;
        let mut loaded = self.state();
        let mut rest = bytes.as_slice();
        let mut number = || take(&mut rest).ok_or(TokenFailure::BadState { kind: DEF.kind });
        (loaded.texts, loaded.bytes) = (number()?, number()?);
        loaded.words.restore(rest).ok_or(TokenFailure::BadState { kind: DEF.kind })?;
        Ok(Box::new(loaded))
    }

    fn finish(&self, state: Box<dyn FoldState>, finishing: &Finishing) -> Result<Value, Failure> {
        let state = (state as Box<dyn Any>).downcast::<State>();
        let state = state.map_err(|_| TokenFailure::BadState { kind: DEF.kind })?;
        // The model does not depend on the threads.
        let training = TrainOptions { threads: finishing.threads(), ..self.training.clone() };
        let model = train(&state.words, &training, finishing)?;
        let mut files = model.to_sentence_piece();
        // What Hugging Face's files cannot say is no reason to lose the model.
        let notes = match model.to_hugging_face() {
            Ok(exchanged) => {
                files.files.extend(exchanged.files);
                exchanged.notes
            }
            Err(failure) => vec![failure.to_string()],
        };
        let pieces = model.pieces.len();
        let tokenizer = SpmTokenizer::new(model, crate::spm::Arithmetic::default())?;
        let words = state.words.sorted(finishing.threads());
        let (tokens, used) = usage(&tokenizer, &words, finishing.threads());
        let files: Map<String, Value> =
            files.files.iter().map(|(name, bytes)| ((*name).to_owned(), to_json(bytes))).collect();
        Ok(json!({
            "files": files,
            "notes": notes,
            "report": {
                "texts": state.texts,
                "bytes": state.bytes,
                "words": state.words.total(),
                "distinct_words": words.len(),
                "vocabulary": pieces,
                "merges": 0,
                "tokens": tokens,
                "unused_tokens": pieces - used,
            },
        }))
    }
}

/// Tokens of all words, and how many pieces occur in them.
fn usage(tokenizer: &SpmTokenizer, words: &[(&str, u64)], threads: usize) -> (u64, usize) {
    let share = words.len().div_ceil(threads.max(1)).max(1);
    let parts = on_each(threads, |thread| {
        let mut encoder = tokenizer.encoder();
        let mut used = vec![false; tokenizer.model().pieces.len()];
        let (mut tokens, mut ids) = (0, Vec::new());
        for (word, count) in words.chunks(share).nth(thread).unwrap_or_default() {
            ids.clear();
            encoder.encode_normalized(word, &mut ids);
            tokens += count * ids.len() as u64;
            for id in &ids {
                used[*id as usize] = true;
            }
        }
        (tokens, used)
    });
    let tokens = parts.iter().map(|(tokens, _)| tokens).sum();
    let pieces = 0..tokenizer.model().pieces.len();
    (tokens, pieces.filter(|&piece| parts.iter().any(|(_, used)| used[piece])).count())
}

impl TrainUnigram {
    fn state(&self) -> State {
        State { column: Arc::clone(&self.column), words: self.empty.fresh(), texts: 0, bytes: 0 }
    }
}

impl FoldState for State {
    fn observe(&mut self, batch: &Batch) -> Result<(), Failure> {
        for text in batch.text(&self.column)?.iter().flatten() {
            self.words.add(text);
            self.texts += 1;
            self.bytes += text.len() as u64;
        }
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn FoldState>) {
        if let Ok(other) = (other as Box<dyn Any>).downcast::<Self>() {
            self.words.merge(other.words);
            self.texts += other.texts;
            self.bytes += other.bytes;
        }
    }

    fn save(&mut self, out: &mut SavedWriter<'_>) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        put(&mut bytes, self.texts);
        put(&mut bytes, self.bytes);
        self.words.save(bytes, out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{batch, finishing};
    use super::{DEF, Saved};

    fn options() -> Value {
        json!({
            "column": "text", "vocab_size": 30, "hard_vocab_limit": true, "special_tokens": ["<pad>"], "symbols": [], "character_coverage": 1.0,
            "byte_fallback": false, "digits": false, "max_piece_length": 16, "split_by_whitespace": true,
            "split_by_unicode_script": true, "split_by_number": true, "normalise": true, "add_dummy_prefix": true,
            "remove_extra_whitespaces": true,
        })
    }

    #[test]
    fn parts_in_any_order_give_the_same_files() {
        let texts = [
            "the lowest of the low are lower than the newest and the widest",
            "newer, lower, wider: the newest, the lowest, the widest of them all",
        ];
        let fold = (DEF.build)(&options()).unwrap();
        let part = |text: &str| {
            let mut state = fold.empty();
            state.observe(&batch(&[text])).unwrap();
            Saved::of(&mut *state).unwrap()
        };
        let run = |order: [usize; 2]| {
            let mut state = fold.empty();
            for at in order {
                state.merge(fold.load(part(texts[at])).unwrap());
            }
            fold.finish(state, &finishing()).unwrap()
        };
        let result = run([0, 1]);
        assert_eq!(result, run([1, 0]));
        assert_eq!(result["report"]["vocabulary"], 30);
        assert!(result["files"]["tokenizer.model"]["base64"].is_string());
        assert!(result["files"]["tokenizer.json"].as_str().unwrap().contains("Unigram"));
        assert_eq!(fold.load(Saved::Bytes(vec![0, 0, 255])).err().unwrap().code(), "GM_TOKEN_BAD_STATE");
        let mut large = options();
        large["vocab_size"] = json!(5000);
        let train = |options: &Value| {
            let fold = (DEF.build)(options).unwrap();
            let mut state = fold.empty();
            state.observe(&batch(&texts)).unwrap();
            fold.finish(state, &finishing())
        };
        assert_eq!(train(&large).unwrap_err().code(), "GM_SPM_VOCAB_TOO_LARGE");
        large["hard_vocab_limit"] = json!(false);
        let smaller = train(&large).unwrap();
        let lines = smaller["files"]["tokenizer.vocab"].as_str().unwrap().lines().count();
        assert!(lines < 1000 && smaller["report"]["vocabulary"] == lines, "{lines}");
        let mut wrong = options();
        wrong["character_coverage"] = json!(2.0);
        assert_eq!((DEF.build)(&wrong).err().unwrap().code(), "GM_SPM_OPTION");
    }
}
