//! Keeps the rows that have given values, for looking into data.

use std::borrow::Cow;

use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use serde::Deserialize;
use serde_json::Value;

use crate::batch::Batch;
use crate::failure::Failure;
use crate::step::{MapDef, MapStep, SideInputs, options_from};
use crate::trace::StepTrace;

/// The step.
pub const DEF: MapDef = MapDef { kind: "matching_rows", build };

/// All of it has to hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchingRows {
    /// Columns with the value, written as text, that rows have there.
    equal: Vec<(String, String)>,
}

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    Ok(Box::new(options_from::<MatchingRows>(DEF.kind, options)?))
}

impl MatchingRows {
    fn columns<'a>(&'a self, batch: &'a Batch) -> Result<Vec<(Cow<'a, StringArray>, &'a str)>, Failure> {
        self.equal.iter().map(|(column, value)| Ok((batch.plain_text(column)?, value.as_str()))).collect()
    }
}

impl MapStep for MatchingRows {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        self.columns(&Batch::new(RecordBatch::new_empty(input.clone()))?)?;
        Ok(input.clone())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let columns = self.columns(batch)?;
        let unlike = |row: &usize| {
            columns.iter().any(|(values, value)| values.is_null(*row) || values.value(*row) != *value)
        };
        let others: Vec<usize> = batch.alive_rows().into_iter().filter(unlike).collect();
        drop(columns);
        for row in others {
            batch.drop_row(row, trace, "no_match", "", None, "");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use serde_json::{Value, json};

    use super::DEF;
    use crate::batch::{Batch, ID_COLUMN};
    use crate::failure::Failure;
    use crate::step::no_side_inputs;
    use crate::trace::StepTrace;

    fn left(equal: &Value) -> Result<Vec<String>, Failure> {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
        let words: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), Some("y"), None, Some("x")]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(1), Some(1), Some(2)]));
        let columns = [(ID_COLUMN, ids, false), ("word", words, true), ("number", numbers, true)];
        let mut batch = Batch::new(RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
        let step = (DEF.build)(&json!({ "equal": equal }), &no_side_inputs())?;
        step.schema(&batch.schema())?;
        step.run(&mut batch, &mut StepTrace::default())?;
        batch.compact()?;
        Ok(batch.ids().iter().flatten().map(str::to_owned).collect())
    }

    #[test]
    fn rows_have_all_the_values() {
        assert_eq!(left(&json!([["word", "x"]])).unwrap(), ["a", "d"]);
        assert_eq!(left(&json!([["number", "1"]])).unwrap(), ["a", "b", "c"]);
        assert_eq!(left(&json!([["word", "x"], ["number", "1"]])).unwrap(), ["a"]);
        // What is missing is not empty.
        assert!(left(&json!([["word", ""]])).unwrap().is_empty());
        assert_eq!(left(&json!([["words", "x"]])).unwrap_err().code(), "GM_STEP_MISSING_COLUMN");
    }
}
