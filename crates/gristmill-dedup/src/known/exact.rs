//! Drops rows whose text is in an index, byte for byte.

use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use gristmill_core::{Batch, Failure, MapDef, MapStep, StepTrace, hash128, options_from};
use serde::Deserialize;

use super::layout::Table;
use super::read::{Known, Room};

/// The map kind `known_exact`.
pub const DEF: MapDef = MapDef {
    kind: "known_exact",
    build: |options, _| {
        let options: Options = options_from("known_exact", options)?;
        let known = Known::open(&options.against)?;
        Ok(Box::new(KnownExact { column: options.column, known }))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column with the text.
    column: String,
    /// Files of the index.
    against: Vec<String>,
}

struct KnownExact {
    column: String,
    known: Known,
}

impl MapStep for KnownExact {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        Batch::new(RecordBatch::new_empty(input.clone()))?.text(&self.column)?;
        Ok(input.clone())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.column)?.clone();
        let (mut room, mut found) = (Room::default(), Vec::new());
        for row in (0..texts.len()).filter(|&row| texts.is_valid(row)) {
            found.clear();
            self.known.find(Table::Texts, hash128(texts.value(row).as_bytes()), &mut room, &mut found)?;
            if let Some(&twin) = found.first() {
                let twin = self.known.id(twin, &mut room)?;
                batch.drop_match(row, trace, ("known_text", ""), &twin, None, texts.value(row));
            }
        }
        Ok(())
    }
}
