//! Turns away rows that are longer than a model can read, and rows the tokenizer fails on. Other than
//! `count_tokens` it adds no column, so that cleaning can end with it.

use arrow_array::Array;
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, SideInputs, StepTrace, options_from};
use serde::Deserialize;
use serde_json::Value;

use crate::counter::TokenCounter;
use crate::failure::TokenFailure;

/// Options of `token_limit`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenLimitOptions {
    /// Text column.
    column: String,
    /// Path of a `tokenizer.json`, or `words`, `chars`, `bytes`.
    tokenizer: Option<String>,
    /// Most tokens of a row that stays, special tokens around the text included.
    max_tokens: u64,
}

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "token_limit", build };

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: TokenLimitOptions = options_from(DEF.kind, options)?;
    let name = options.tokenizer.as_deref().ok_or(TokenFailure::NoTokenizer { kind: DEF.kind })?;
    Ok(Box::new(TokenLimit { counter: TokenCounter::named(name)?, options }))
}

struct TokenLimit {
    counter: TokenCounter,
    options: TokenLimitOptions,
}

impl MapStep for TokenLimit {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        Batch::new(arrow_array::RecordBatch::new_empty(input.clone()))?.text(&self.options.column)?;
        Ok(input.clone())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.options.column)?.clone();
        let max = self.options.max_tokens;
        let mut worker = self.counter.worker();
        for row in 0..texts.len() {
            if !batch.is_alive(row) || texts.is_null(row) {
                continue;
            }
            let text = texts.value(row);
            match worker.count(text, true) {
                Ok(count) if count as u64 <= max => {}
                Ok(count) => {
                    let rule = format!("token_limit: {count} tokens, at most {max}");
                    batch.drop_row(row, trace, "too_long", &rule, None, text);
                }
                Err(failure) => {
                    let rule = format!("token_limit: {}", failure.message());
                    batch.drop_row(row, trace, "token_error", &rule, None, text);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use gristmill_core::{Batch, ID_COLUMN, StepTrace, no_side_inputs};
    use serde_json::json;

    use super::DEF;

    #[test]
    fn rows_over_the_limit_go_with_their_length() {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("one two"), None, Some("one two three")]));
        let rows = RecordBatch::try_from_iter_with_nullable([(ID_COLUMN, ids, false), ("text", texts, true)]);
        let mut batch = Batch::new(rows.unwrap()).unwrap();
        let options = json!({"column": "text", "tokenizer": "words", "max_tokens": 2});
        let step = (DEF.build)(&options, &no_side_inputs()).unwrap();
        let mut trace = StepTrace::default();
        step.run(&mut batch, &mut trace).unwrap();
        assert_eq!(batch.alive_rows(), [0, 1]);
        assert_eq!(trace.rejects[0].reason, "too_long");
        assert_eq!(trace.rejects[0].rule, "token_limit: 3 tokens, at most 2");
    }

    #[test]
    fn it_needs_a_tokenizer() {
        let options = json!({"column": "text", "tokenizer": null, "max_tokens": 2});
        assert_eq!((DEF.build)(&options, &no_side_inputs()).err().unwrap().code(), "GM_TOKEN_NO_TOKENIZER");
    }
}
