//! Trains a byte-level byte-pair tokenizer on a text column: words are counted in parts, merging comes at the end.

use std::any::Any;
use std::io::Read;
use std::sync::Arc;

use gristmill_core::{
    Batch, Failure, Finishing, FoldDef, FoldState, FoldStep, Saved, SavedWriter, Scratch, options_from,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::TokenFailure;
use crate::train::{FileOptions, TrainOptions, TrainSplit, WordCounts, train_and_use};

/// The fold.
pub const DEF: FoldDef = FoldDef { kind: "train_bpe", build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Text column.
    column: String,
    /// Size of the vocabulary, special tokens included.
    vocab_size: usize,
    /// Pairs that stand together less often are not merged.
    min_frequency: u64,
    /// Words that occur less often are left out.
    min_word_count: u64,
    /// Special tokens in the order of their ids, from zero.
    special_tokens: Vec<String>,
    /// Name of a split, or a pattern.
    split: String,
    /// Whether every digit is a word of its own.
    digits: bool,
    /// Whether bytes that do not occur have tokens too.
    whole_alphabet: bool,
    /// No token is as long as this or longer, in bytes.
    max_token_length: Option<usize>,
    /// Special tokens with a task, as `tokenizer_config.json` names them.
    bos_token: Option<String>,
    eos_token: Option<String>,
    unk_token: Option<String>,
    pad_token: Option<String>,
    /// Longest input of the model, as `tokenizer_config.json` names it.
    model_max_length: u64,
}

fn build(options: &Value) -> Result<Box<dyn FoldStep>, Failure> {
    let options: Options = options_from(DEF.kind, options)?;
    let split = Arc::new(TrainSplit::new(&options.split, options.digits)?);
    let least = options.special_tokens.len() + if options.whole_alphabet { 256 } else { 0 };
    if options.vocab_size < least {
        return Err(TokenFailure::SmallVocabulary { size: options.vocab_size, least }.into());
    }
    for named in [&options.bos_token, &options.eos_token, &options.unk_token, &options.pad_token] {
        if let Some(token) = named.as_ref().filter(|token| !options.special_tokens.contains(token)) {
            return Err(TokenFailure::NotSpecial { token: token.clone() }.into());
        }
    }
    Ok(Box::new(TrainBpe { split, column: options.column.clone().into(), options }))
}

struct TrainBpe {
    split: Arc<TrainSplit>,
    column: Arc<str>,
    options: Options,
}

struct State {
    split: Arc<TrainSplit>,
    column: Arc<str>,
    words: WordCounts,
    texts: u64,
    bytes: u64,
}

/// Texts and bytes at the start of a saved state.
const FIGURES: usize = 16;

impl FoldStep for TrainBpe {
    fn empty(&self) -> Box<dyn FoldState> {
        Box::new(self.state(WordCounts::new()))
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FoldState>, Failure> {
        let mut figures = [0; FIGURES];
        let read = saved.open()?.read_exact(&mut figures);
        read.map_err(|_| TokenFailure::BadState { kind: DEF.kind })?;
        let number =
            |at: usize| figures[at..at + 8].iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte));
        let words = WordCounts::saved(saved, FIGURES as u64);
        Ok(Box::new(State { texts: number(0), bytes: number(8), ..self.state(words) }))
    }

    fn finish(&self, state: Box<dyn FoldState>, finishing: &Finishing) -> Result<Value, Failure> {
        let state = (state as Box<dyn Any>).downcast::<State>();
        let state = state.map_err(|_| TokenFailure::BadState { kind: DEF.kind })?;
        let Options { special_tokens, whole_alphabet, .. } = &self.options;
        let options = TrainOptions {
            vocab_size: self.options.vocab_size,
            min_frequency: self.options.min_frequency,
            min_word_count: self.options.min_word_count,
            special_tokens: special_tokens.clone(),
            whole_alphabet: *whole_alphabet,
            max_token_length: self.options.max_token_length,
        };
        let words = state.words.sorted();
        let (trained, usage) = train_and_use(&words, self.split.pre_tokenizer(), &options, finishing)?;
        let named = FileOptions {
            bos_token: self.options.bos_token.clone(),
            eos_token: self.options.eos_token.clone(),
            unk_token: self.options.unk_token.clone(),
            pad_token: self.options.pad_token.clone(),
            model_max_length: self.options.model_max_length,
        };
        let files = trained.files(self.split.pre_tokenizer(), &named)?;
        Ok(json!({
            "files": files,
            "report": {
                "texts": state.texts,
                "bytes": state.bytes,
                "words": usage.words,
                "distinct_words": usage.distinct,
                "vocabulary": trained.vocab.len(),
                "merges": trained.merges.len(),
                "tokens": usage.tokens,
                "unused_tokens": usage.unused,
            },
        }))
    }
}

impl TrainBpe {
    fn state(&self, words: WordCounts) -> State {
        State { split: Arc::clone(&self.split), column: Arc::clone(&self.column), words, texts: 0, bytes: 0 }
    }
}

impl FoldState for State {
    fn observe(&mut self, batch: &Batch) -> Result<(), Failure> {
        for text in batch.text(&self.column)?.iter().flatten() {
            self.words.add(&self.split, text)?;
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

    fn spill(&mut self, scratch: &Scratch) -> Result<(), Failure> {
        self.words.spill(scratch)
    }

    fn save(&mut self, out: &mut SavedWriter<'_>) -> Result<(), Failure> {
        out.put(&self.texts.to_le_bytes())?;
        out.put(&self.bytes.to_le_bytes())?;
        self.words.save(out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{batch, finishing, options, trained};
    use super::{DEF, Saved};

    #[test]
    fn parts_in_any_order_give_the_same_files() {
        let fold = (DEF.build)(&options()).unwrap();
        let part = |text: &str| {
            let mut state = fold.empty();
            state.observe(&batch(&[text])).unwrap();
            Saved::of(&mut *state).unwrap()
        };
        let [first, second] = [part("newest newest 123 123"), part("low low low lower lower")];
        let mut state = fold.empty();
        state.merge(fold.load(first).unwrap());
        state.merge(fold.load(second).unwrap());
        let whole = trained();
        assert_eq!(fold.finish(state, &finishing()).unwrap()["files"], whole["files"]);
        let merges = whole["files"]["merges.txt"].as_str().unwrap();
        assert!(merges.starts_with("#version: 0.2\nl o\nlo w\n"), "{merges}");
        assert!(!merges.contains("1 2"), "digits stand alone");
        assert_eq!(whole["report"]["texts"], 2);
        let config = whole["files"]["tokenizer_config.json"].as_str().unwrap();
        assert!(config.contains("\"eos_token\": \"<|end|>\""), "{config}");
    }

    #[test]
    fn options_that_cannot_be_met_are_refused() {
        for (name, value, code) in [
            ("vocab_size", json!(200), "GM_TOKEN_SMALL_VOCABULARY"),
            ("pad_token", json!("<|pad|>"), "GM_TOKEN_NOT_SPECIAL"),
            ("split", json!("("), "GM_TOKEN_BAD_SPLIT"),
            ("column", json!(3), "GM_STEP_BAD_OPTIONS"),
        ] {
            let mut options = options();
            options[name] = value;
            assert_eq!((DEF.build)(&options).err().unwrap().code(), code, "{name}");
        }
        let fold = (DEF.build)(&options()).unwrap();
        assert_eq!(fold.load(Saved::Bytes(vec![0; 15])).err().unwrap().code(), "GM_TOKEN_BAD_STATE");
    }
}
