//! Adds the ids of a text as a column, by a tokenizer on disk or one that a step before has trained.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{Float32Builder, Int32Builder, ListBuilder};
use arrow_array::{Array, ListArray, RecordBatch};
use arrow_schema::{DataType, Field, SchemaRef};
use gristmill_core::{
    Batch, Failure, MapDef, MapStep, NumberLists, SEAMS_COLUMN, SideInputs, StepTrace, options_from,
};
use serde::Deserialize;
use serde_json::Value;

use super::loss::{Learnt, Loss, RoleWeights};
use super::open::{Opening, open};
use crate::added::Specials;
use crate::failure::TokenFailure;
use crate::tokenizer::Tokenizer;
use crate::worker::Worker;

/// Options of `encode`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EncodeOptions {
    /// Text column.
    column: String,
    /// Path of a tokenizer; nothing for one that was trained before.
    tokenizer: Option<String>,
    /// Column that takes the ids.
    into: String,
    /// Whether special tokens are put around the text, such as a begin token.
    special: bool,
    /// What the text of special tokens inside documents is.
    specials: Specials,
    /// How text is split, for files that do not say.
    split: Option<String>,
    /// Which tokens are learnt; nothing: no labels are written.
    #[serde(default)]
    loss: Option<Loss>,
    /// Column that takes the labels.
    #[serde(default)]
    labels: String,
    /// How much the words of each role count; nothing: no weights are written.
    #[serde(default)]
    loss_weights: Option<RoleWeights>,
    /// Column that takes the weights.
    #[serde(default)]
    weights: String,
}

impl EncodeOptions {
    /// Which tokens are learnt, if that is asked for.
    fn learns(&self) -> Option<Loss> {
        self.loss.or_else(|| self.loss_weights.map(|_| Loss::All))
    }
}

/// The native kind.
pub const DEF: MapDef = MapDef { kind: "encode", build };

fn build(options: &Value, side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let options: EncodeOptions = options_from(DEF.kind, options)?;
    if options.loss_weights.is_some_and(|weights| !weights.are_sound()) {
        return Err(TokenFailure::BadWeights.into());
    }
    let opening = Opening {
        kind: DEF.kind,
        path: options.tokenizer.as_deref(),
        specials: options.specials,
        split: options.split.as_deref(),
    };
    Ok(Box::new(Encode { tokenizer: open(&opening, side)?, options }))
}

struct Encode {
    tokenizer: Tokenizer,
    options: EncodeOptions,
}

impl Encode {
    /// Encodes the pieces of a text apart; for labels with the places of the tokens.
    fn encode(
        &self,
        worker: &mut Worker<'_>,
        text: &str,
        cuts: &[u32],
        ids: &mut Vec<u32>,
        places: &mut Vec<Range<usize>>,
    ) -> Result<(), Failure> {
        // Special tokens around a text belong to the whole, which the first and last piece are not.
        let special = self.options.special && cuts.is_empty();
        let mut from = 0;
        for to in cuts.iter().map(|&at| at as usize).chain([text.len()]) {
            let piece = text.get(from..to).ok_or_else(|| TokenFailure::Encode {
                message: format!("`{SEAMS_COLUMN}` names byte {to}, where the text cannot be cut"),
            })?;
            if self.options.learns().is_some() {
                let first = places.len();
                worker.locate_into(piece, special, ids, places)?;
                for place in &mut places[first..] {
                    *place = place.start + from..place.end + from;
                }
            } else {
                worker.encode_into(piece, special, ids)?;
            }
            from = to;
        }
        Ok(())
    }
}

/// Lists of 32-bit ids, as training programs read them. Items may be null for readers that expect so; none is.
fn builder(rows: usize) -> ListBuilder<Int32Builder> {
    let item = Field::new_list_field(DataType::Int32, true);
    ListBuilder::with_capacity(Int32Builder::new(), rows).with_field(item)
}

/// Lists of weights.
fn weight_builder(rows: usize) -> ListBuilder<Float32Builder> {
    let item = Field::new_list_field(DataType::Float32, true);
    ListBuilder::with_capacity(Float32Builder::new(), rows).with_field(item)
}

impl MapStep for Encode {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut probe = Batch::new(RecordBatch::new_empty(input.clone()))?;
        probe.text(&self.options.column)?;
        probe.set_column(&self.options.into, Arc::new(builder(0).finish()), true)?;
        if self.options.learns().is_some() {
            probe.set_column(&self.options.labels, Arc::new(builder(0).finish()), true)?;
        }
        if self.options.loss_weights.is_some() {
            probe.set_column(&self.options.weights, Arc::new(weight_builder(0).finish()), true)?;
        }
        Ok(probe.schema())
    }

    fn run(&self, batch: &mut Batch, trace: &mut StepTrace) -> Result<(), Failure> {
        let texts = batch.text(&self.options.column)?.clone();
        let mut worker = self.tokenizer.worker();
        let mut lists = builder(texts.len());
        let (loss, role_weights) = (self.options.learns(), self.options.loss_weights);
        let mut labels = builder(if loss.is_some() { texts.len() } else { 0 });
        let mut weights = weight_builder(if role_weights.is_some() { texts.len() } else { 0 });
        let mut learnt = Learnt::default();
        let (mut ids, mut places) = (Vec::<u32>::new(), Vec::new());
        let seams = batch.find(SEAMS_COLUMN).map(|at| batch.columns().column(at).clone());
        let mut cuts: Vec<u32> = Vec::new();
        for row in 0..texts.len() {
            if !batch.is_alive(row) || texts.is_null(row) {
                lists.append_null();
                labels.append_null();
                weights.append_null();
                continue;
            }
            let text = texts.value(row);
            ids.clear();
            places.clear();
            if !seams.as_ref().and_then(NumberLists::of).is_some_and(|lists| lists.read(row, &mut cuts)) {
                cuts.clear();
            }
            match self.encode(&mut worker, text, &cuts, &mut ids, &mut places) {
                Ok(()) => {
                    // Ids stay below 2^28, so the sign is never touched.
                    lists.append_value(ids.iter().map(|id| Some(*id as i32)));
                    if let Some(loss) = loss {
                        loss.learn(role_weights, text, &ids, &places, &mut learnt);
                        labels.values().append_slice(&learnt.labels);
                        weights.values().append_slice(&learnt.weights);
                    }
                    labels.append(true);
                    weights.append(true);
                }
                Err(failure) if failure.code() == "GM_TOKEN_SPECIAL_IN_TEXT" => {
                    batch.drop_row(row, trace, "special_token", &failure.message(), None, text);
                    lists.append_null();
                    labels.append_null();
                    weights.append_null();
                }
                Err(failure) => {
                    batch.quarantine_row(row, trace, failure.code(), &failure.message());
                    lists.append_null();
                    labels.append_null();
                    weights.append_null();
                }
            }
        }
        let lists: ListArray = lists.finish();
        batch.set_column(&self.options.into, Arc::new(lists), true)?;
        if loss.is_some() {
            batch.set_column(&self.options.labels, Arc::new(labels.finish()), true)?;
        }
        if role_weights.is_some() {
            batch.set_column(&self.options.weights, Arc::new(weights.finish()), true)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::Int32Type;
    use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
    use gristmill_core::{Batch, ID_COLUMN, SideInputs, StepTrace, no_side_inputs};
    use serde_json::json;

    use super::super::testing::trained;
    use super::DEF;

    fn batch(texts: Vec<Option<&str>>) -> Batch {
        let ids: ArrayRef = Arc::new((0..texts.len()).map(|n| Some(n.to_string())).collect::<StringArray>());
        let texts: ArrayRef = Arc::new(StringArray::from(texts));
        Batch::new(
            RecordBatch::try_from_iter_with_nullable([(ID_COLUMN, ids, false), ("text", texts, true)])
                .unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn ids_of_a_tokenizer_trained_before_stand_beside_the_text() {
        let side: SideInputs = [("tokenizer".to_owned(), Arc::new(trained()))].into();
        let options = |specials: &str| json!({"column": "text", "tokenizer": null, "into": "ids", "special": false, "specials": specials, "split": null});
        let step = (DEF.build)(&options("ignore"), &side).unwrap();
        let mut batch = batch(vec![Some("low lower"), None, Some(""), Some("a<|end|>")]);
        assert_eq!(step.schema(&batch.schema()).unwrap().field(2).name(), "ids");
        step.run(&mut batch, &mut StepTrace::default()).unwrap();
        let lists = batch.column("ids").unwrap().as_list::<i32>().clone();
        assert!(lists.is_null(1) && lists.value(2).is_empty());
        let first = lists.value(0);
        assert!((1..9).contains(&first.len()), "{first:?}");
        assert!(lists.value(3).as_primitive::<Int32Type>().values().iter().all(|id| *id != 0));

        let step = (DEF.build)(&options("refuse"), &side).unwrap();
        let mut trace = StepTrace::default();
        step.run(&mut batch, &mut trace).unwrap();
        assert_eq!(batch.alive_rows(), [0, 1, 2]);
        assert_eq!(trace.rejects[0].reason, "special_token");

        let failure = (DEF.build)(&options("ignore"), &no_side_inputs()).err().unwrap();
        assert_eq!(failure.code(), "GM_TOKEN_NO_TOKENIZER");
    }
}
