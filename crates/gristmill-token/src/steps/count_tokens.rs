//! Adds the length of a text in tokens as a column, for budgets, sorting and reports.

use std::sync::Arc;

use arrow_array::{Array, Int64Array};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, SideInputs, StepTrace, options_from};
use serde::Deserialize;
use serde_json::Value;

use super::open::{Opening, open};
use crate::counter::TokenCounter;

/// Options of `count_tokens`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountTokensOptions {
    /// Text column.
    #[serde(default = "default_column")]
    pub column: String,
    /// Path of a tokenizer, or `words`, `chars`, `bytes`; nothing for one that was trained before.
    #[serde(default)]
    pub tokenizer: Option<String>,
    /// Column that takes the counts.
    #[serde(default = "default_into")]
    pub into: String,
    /// Whether special tokens around the text, such as a begin token, count.
    #[serde(default)]
    pub special: bool,
}

fn default_column() -> String {
    "text".into()
}

fn default_into() -> String {
    "tokens".into()
}

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "count_tokens", build };

fn build(options: &Value, side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: CountTokensOptions = options_from(DEF.kind, options)?;
    let counter = match options.tokenizer.as_deref() {
        Some(name) => TokenCounter::named(name)?,
        None => TokenCounter::of(open(&Opening { kind: DEF.kind, ..Opening::default() }, side)?),
    };
    Ok(Box::new(CountTokens { counter, options }))
}

struct CountTokens {
    counter: TokenCounter,
    options: CountTokensOptions,
}

impl MapStep for CountTokens {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(arrow_array::RecordBatch::new_empty(input.clone()))?;
        probe.text(&self.options.column)?;
        let empty = Arc::new(Int64Array::from(Vec::<i64>::new()));
        probe.set_column(&self.options.into, empty, true)?;

        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.options.column)?.clone();
        let mut worker = self.counter.worker();
        let mut counts: Vec<Option<i64>> = Vec::with_capacity(texts.len());
        for row in 0..texts.len() {
            if !batch.is_alive(row) || texts.is_null(row) {
                counts.push(None);
                continue;
            }
            match worker.count(texts.value(row), self.options.special) {
                Ok(count) => counts.push(Some(count as i64)),
                Err(failure) => {
                    batch.quarantine_row(row, trace, failure.code(), &failure.message());
                    counts.push(None);
                }
            }
        }
        batch.set_column(&self.options.into, Arc::new(Int64Array::from(counts)), true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use gristmill_core::{Batch, ID_COLUMN, StepTrace, no_side_inputs};
    use serde_json::json;

    use super::DEF;

    fn batch() -> Batch {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("one two"), None, Some("")]));
        Batch::new(
            RecordBatch::try_from_iter_with_nullable([(ID_COLUMN, ids, false), ("text", texts, true)])
                .unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn without_a_tokenizer_it_is_refused() {
        let failure = (DEF.build)(&json!({"tokenizer": null}), &no_side_inputs()).err().unwrap();
        assert_eq!(failure.code(), "GM_TOKEN_NO_TOKENIZER");
        assert!(failure.hint().unwrap().contains("tokenizer.json"));
    }

    #[test]
    fn counts_stand_beside_the_text_and_null_stays_null() {
        let step = (DEF.build)(&json!({"tokenizer": "words", "into": "n"}), &no_side_inputs()).unwrap();
        let mut batch = batch();
        let schema = step.schema(&batch.schema()).unwrap();
        step.run(&mut batch, &mut StepTrace::default()).unwrap();
        assert_eq!(batch.schema(), schema);
        assert_eq!(batch.int64("n").unwrap().iter().collect::<Vec<_>>(), [Some(2), None, Some(0)]);
    }

    #[test]
    fn unknown_options_and_missing_columns_are_refused() {
        assert_eq!(
            (DEF.build)(&json!({"tokeniser": "words"}), &no_side_inputs()).err().unwrap().code(),
            "GM_STEP_BAD_OPTIONS"
        );
        let step = (DEF.build)(&json!({"tokenizer": "words", "column": "body"}), &no_side_inputs()).unwrap();
        assert_eq!(step.schema(&batch().schema()).err().unwrap().code(), "GM_STEP_MISSING_COLUMN");
    }
}
