//! Adds the text of ids as a column: the way back from `encode`.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, NumberLists, SideInputs, StepTrace, options_from};
use serde::Deserialize;
use serde_json::Value;

use super::open::{Opening, open};
use crate::added::Specials;
use crate::failure::TokenFailure;
use crate::tokenizer::Tokenizer;

/// Options of `decode`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecodeOptions {
    /// Column with lists of ids, or with text that holds JSON lists of them.
    column: String,
    /// Path of a tokenizer; nothing for one that was trained before.
    tokenizer: Option<String>,
    /// Column that takes the text.
    into: String,
    /// Whether special tokens are left out.
    skip_special: bool,
}

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "decode", build };

fn build(options: &Value, side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: DecodeOptions = options_from(DEF.kind, options)?;
    let opening = Opening {
        kind: DEF.kind,
        path: options.tokenizer.as_deref(),
        specials: Specials::Ignore,
        // Splits play no part on the way back.
        split: Some("gpt2"),
    };
    Ok(Box::new(Decode { tokenizer: open(&opening, side)?, options }))
}

struct Decode {
    tokenizer: Tokenizer,
    options: DecodeOptions,
}

impl MapStep for Decode {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        let column = probe.column(&self.options.column)?;
        if NumberLists::of(column).is_none() {
            return Err(self.wrong(column).into());
        }
        let empty = Arc::new(StringArray::from(Vec::<Option<&str>>::new()));
        probe.set_column(&self.options.into, empty, true)?;
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let column = batch.column(&self.options.column)?.clone();
        let lists = NumberLists::of(&column).ok_or_else(|| self.wrong(&column))?;
        let (mut ids, mut texts) = (Vec::<u32>::new(), StringBuilder::new());
        for row in 0..column.len() {
            if !batch.is_alive(row) || column.is_null(row) {
                texts.append_null();
                continue;
            }
            let ids = lists.read(row, &mut ids).then_some(&ids);
            match ids.map(|ids| self.tokenizer.decode(ids, self.options.skip_special)) {
                Some(Ok(text)) => texts.append_value(text),
                Some(Err(failure)) => {
                    batch.quarantine_row(row, trace, failure.code(), &failure.message());
                    texts.append_null();
                }
                None => {
                    let message = format!("`{}` is not a list of ids", self.options.column);
                    batch.quarantine_row(row, trace, "GM_TOKEN_DECODE", &message);
                    texts.append_null();
                }
            }
        }
        batch.set_column(&self.options.into, Arc::new(texts.finish()), true)
    }
}

impl Decode {
    fn wrong(&self, column: &ArrayRef) -> TokenFailure {
        TokenFailure::NoIds { column: self.options.column.clone(), found: column.data_type().to_string() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int64Type;
    use arrow_array::{Array, ArrayRef, Int64Array, ListArray, RecordBatch, StringArray};
    use gristmill_core::{Batch, ID_COLUMN, SideInputs, StepTrace};
    use serde_json::json;

    use super::super::testing::trained;
    use super::DEF;

    fn run(column: ArrayRef) -> Result<(Vec<Option<String>>, Vec<String>), &'static str> {
        let side: SideInputs = [("tokenizer".to_owned(), Arc::new(trained()))].into();
        let options = json!({"column": "ids", "tokenizer": null, "into": "text", "skip_special": true});
        let step = (DEF.build)(&options, &side).unwrap();
        let names: ArrayRef =
            Arc::new((0..column.len()).map(|n| Some(n.to_string())).collect::<StringArray>());
        let rows =
            RecordBatch::try_from_iter_with_nullable([(ID_COLUMN, names, false), ("ids", column, true)]);
        let mut batch = Batch::new(rows.unwrap()).unwrap();
        step.schema(&batch.schema()).map_err(|failure| failure.code())?;
        let mut trace = StepTrace::default();
        step.run(&mut batch, &mut trace).unwrap();
        let texts = batch.text("text").unwrap().iter().map(|text| text.map(str::to_owned)).collect();
        Ok((texts, trace.rejects.iter().map(|reject| reject.reason.clone()).collect()))
    }

    #[test]
    fn lists_of_any_integers_and_lists_in_json_become_text() {
        // 1 to 94 are the printable bytes from `!` on, after the special token 0.
        let lists = [Some(vec![Some(1_i64), Some(0), Some(2)]), None, Some(vec![]), Some(vec![Some(-1)])];
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(lists);
        let (texts, reasons) = run(Arc::new(lists)).unwrap();
        assert_eq!(texts, [Some("!\"".to_owned()), None, Some(String::new()), None]);
        assert_eq!(reasons, ["GM_TOKEN_DECODE"]);
        let json = StringArray::from(vec!["[1, 2]", "[99999]", "1 2"]);
        let (texts, reasons) = run(Arc::new(json)).unwrap();
        assert_eq!(texts[0].as_deref(), Some("!\""));
        assert_eq!(reasons, ["GM_TOKEN_UNKNOWN_ID", "GM_TOKEN_DECODE"]);
        assert_eq!(run(Arc::new(Int64Array::from(vec![1]))).unwrap_err(), "GM_TOKEN_NO_IDS");
    }
}
