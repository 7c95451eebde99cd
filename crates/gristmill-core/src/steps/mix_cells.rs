//! Keys of a mix: which cell a row belongs to, its place in a seeded order, and how much it counts.

use std::borrow::Cow;
use std::collections::HashMap;

use arrow_array::{Array, StringArray};
use serde::Deserialize;
use serde_json::Value;

use crate::batch::Batch;
use crate::failure::Failure;
use crate::hash::row_hash;
use crate::step::{KeyDef, KeyRow, KeyStep, options_from};

/// The keys: the number of the cell as key, a hash of the id as rank, what the row counts as payload.
pub const DEF: KeyDef = KeyDef { kind: "mix_cells", build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Columns whose values make the cells, the first one slowest.
    columns: Vec<Column>,
    measure: Measure,
    seed: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    column: String,
    /// Values with a number of their own; all others together are the number after them.
    values: Vec<String>,
}

/// What is counted of a row.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Measure {
    /// One.
    Rows {},
    /// The bytes of a text.
    Bytes { column: String },
    /// A number of its own, such as its tokens; nothing where there is none.
    Number { column: String },
}

struct MixCells {
    columns: Vec<(String, HashMap<String, u64>)>,
    measure: Measure,
    seed: u64,
}

fn build(options: &Value) -> Result<Box<dyn KeyStep>, Failure> {
    let Options { columns, measure, seed } = options_from(DEF.kind, options)?;
    let columns =
        columns.into_iter().map(|Column { column, values }| (column, values.into_iter().zip(0..).collect()));
    Ok(Box::new(MixCells { columns: columns.collect(), measure, seed }))
}

impl KeyStep for MixCells {
    fn columns(&self) -> Vec<String> {
        let of = match &self.measure {
            Measure::Rows {} => None,
            Measure::Bytes { column } | Measure::Number { column } => Some(column),
        };
        self.columns.iter().map(|(column, _)| column).chain(of).cloned().collect()
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let texts: Vec<Cow<'_, StringArray>> =
            self.columns.iter().map(|(column, _)| batch.plain_text(column)).collect::<Result<_, _>>()?;
        let sizes = self.sizes(batch)?;
        out.extend((0..batch.len()).zip(sizes).map(|(row, payload)| {
            let mut cell = 0;
            for (texts, (_, values)) in texts.iter().zip(&self.columns) {
                let rest = values.len() as u64;
                let at = texts.is_valid(row).then(|| values.get(texts.value(row))).flatten();
                cell = cell * (rest + 1) + at.copied().unwrap_or(rest);
            }
            let rank = row_hash(self.seed, "mix", batch.ids().value(row));
            KeyRow { row: row as u32, key: u128::from(cell), rank, payload }
        }));
        Ok(())
    }
}

impl MixCells {
    fn sizes(&self, batch: &Batch) -> Result<Vec<u64>, Failure> {
        Ok(match &self.measure {
            Measure::Rows {} => vec![1; batch.len()],
            Measure::Bytes { column } => {
                let texts = batch.text(column)?;
                (0..texts.len())
                    .map(|row| if texts.is_null(row) { 0 } else { texts.value(row).len() as u64 })
                    .collect()
            }
            Measure::Number { column } => {
                let numbers = batch.whole_numbers(column)?;
                numbers.iter().map(|number| number.unwrap_or(0).max(0).cast_unsigned()).collect()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use serde_json::{Value, json};

    use super::DEF;
    use crate::batch::{Batch, ID_COLUMN};
    use crate::step::KeyRow;

    fn keys(measure: &Value) -> Vec<KeyRow> {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
        let columns: [(&str, ArrayRef, bool); 5] = [
            (ID_COLUMN, ids, false),
            ("language", Arc::new(StringArray::from(vec![Some("go"), Some("c"), Some("go"), None])), true),
            ("tier", Arc::new(Int64Array::from(vec![1, 2, 9, 2])), false),
            ("text", Arc::new(StringArray::from(vec![Some("é"), Some(""), None, Some("xyz")])), true),
            ("tokens", Arc::new(Int64Array::from(vec![Some(5), Some(-1), None, Some(9)])), true),
        ];
        let batch = Batch::new(RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
        let options = json!({
            "columns": [
                {"column": "language", "values": ["go", "c"]},
                {"column": "tier", "values": ["1", "2"]},
            ],
            "measure": measure,
            "seed": 7,
        });
        let mut out = Vec::new();
        (DEF.build)(&options).unwrap().keys(&batch, &mut out).unwrap();
        out
    }

    #[test]
    fn a_row_knows_its_cell_and_what_it_counts() {
        for (measure, sizes) in [
            (json!({"rows": {}}), [1, 1, 1, 1]),
            (json!({"bytes": {"column": "text"}}), [2, 0, 0, 3]),
            (json!({"number": {"column": "tokens"}}), [5, 0, 0, 9]),
        ] {
            let keys = keys(&measure);
            assert_eq!(keys.iter().map(|key| key.payload).collect::<Vec<_>>(), sizes);
            assert_eq!(keys.iter().map(|key| key.key).collect::<Vec<_>>(), [0, 4, 2, 7]);
        }
    }
}
