//! Gives rows as often as their label says; rows without one stay as they are, once.

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, UInt64Array};
use arrow_schema::{Schema, SchemaRef};
use serde::Deserialize;
use serde_json::Value;

use crate::batch::{Batch, LABEL_COLUMN};
use crate::failure::Failure;
use crate::step::{MapDef, MapStep, SideInputs, options_from};
use crate::trace::StepTrace;
use std::sync::Arc;

/// The step.
pub const DEF: MapDef = MapDef { kind: "repeat_rows", build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {}

struct RepeatRows;

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let Options {} = options_from(DEF.kind, options)?;
    Ok(Box::new(RepeatRows))
}

impl MapStep for RepeatRows {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let fields = input.fields().iter().filter(|field| field.name() != LABEL_COLUMN).cloned();
        Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        batch.compact()?;
        let times: UInt64Array = batch.column(LABEL_COLUMN)?.as_primitive::<UInt64Type>().clone();
        batch.drop_column(LABEL_COLUMN)?;
        if times.null_count() == times.len() {
            return Ok(());
        }
        let before = batch.len() as u64;
        let times: Vec<u32> =
            times.iter().map(|n| n.map_or(1, |n| u32::try_from(n).unwrap_or(u32::MAX))).collect();
        batch.repeat(&times)?;
        trace.counts.made += batch.len() as u64 - before;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
    use serde_json::json;

    use super::DEF;
    use crate::batch::{Batch, ID_COLUMN, LABEL_COLUMN};
    use crate::step::no_side_inputs;
    use crate::trace::StepTrace;

    #[test]
    fn copies_follow_their_row_under_ids_of_their_own() {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        let times: ArrayRef = Arc::new(UInt64Array::from(vec![Some(3), None]));
        let rows = [(ID_COLUMN, ids.clone(), false), ("text", ids, true), (LABEL_COLUMN, times, true)];
        let mut batch = Batch::new(RecordBatch::try_from_iter_with_nullable(rows).unwrap()).unwrap();
        let step = (DEF.build)(&json!({}), &no_side_inputs()).unwrap();
        let schema = step.schema(&batch.schema()).unwrap();
        let mut trace = StepTrace::default();
        step.run(&mut batch, &mut trace).unwrap();
        assert_eq!(batch.schema(), schema);
        assert_eq!(batch.ids().iter().flatten().collect::<Vec<_>>(), ["a", "a~2", "a~3", "b"]);
        assert_eq!(batch.text("text").unwrap().value(2), "a");
        assert_eq!(trace.counts.made, 2);
    }
}
