//! A small trained tokenizer for the tests of steps.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use gristmill_core::{Batch, Finishing, ID_COLUMN};
use serde_json::{Value, json};

use super::train_bpe::DEF;

/// Options with one special token, `<|end|>` with id 0.
pub(super) fn options() -> Value {
    json!({
        "column": "text", "vocab_size": 300, "min_frequency": 2, "min_word_count": 1, "special_tokens": ["<|end|>"], "split": "gpt2",
        "digits": true, "whole_alphabet": true, "max_token_length": null, "bos_token": null, "eos_token": "<|end|>",
        "unk_token": null, "pad_token": null, "model_max_length": 8192,
    })
}

/// Room for the end of a fold.
pub(super) fn finishing() -> Finishing {
    Finishing::new(1 << 30, 2)
}

/// Rows of texts.
pub(super) fn batch(texts: &[&str]) -> Batch {
    let ids: ArrayRef = Arc::new((0..texts.len()).map(|n| Some(n.to_string())).collect::<StringArray>());
    let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
    Batch::new(RecordBatch::try_from_iter([(ID_COLUMN, ids), ("text", texts)]).unwrap()).unwrap()
}

/// What the fold gives.
pub(super) fn trained() -> Value {
    let fold = (DEF.build)(&options()).unwrap();
    let mut state = fold.empty();
    state.observe(&batch(&["low low low lower lower", "newest newest 123 123"])).unwrap();
    fold.finish(state, &finishing()).unwrap()
}
