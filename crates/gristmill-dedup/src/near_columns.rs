//! Turns the labels of near duplicates into columns, where nothing is dropped.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Float64Array, Int64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use gristmill_core::{Batch, Failure, LABEL_COLUMN, MapDef, MapStep, StepTrace, cluster_of, options_from};
use serde::Deserialize;

/// The map kind `near_columns`: the number of the cluster and the similarity to its first row; null for rows that
/// are like no other.
pub const DEF: MapDef = MapDef {
    kind: "near_columns",
    build: |options, _| Ok(Box::new(options_from::<NearColumns>("near_columns", options)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NearColumns {}

const CLUSTER: &str = "near_cluster";
const SIMILARITY: &str = "near_similarity";

impl MapStep for NearColumns {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut fields: Vec<_> = input
            .fields()
            .iter()
            .filter(|f| ![LABEL_COLUMN, CLUSTER, SIMILARITY].contains(&f.name().as_str()))
            .cloned()
            .collect();
        fields.push(Arc::new(Field::new(CLUSTER, DataType::Int64, true)));
        fields.push(Arc::new(Field::new(SIMILARITY, DataType::Float64, true)));
        Ok(Arc::new(Schema::new(fields)))
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        let labels = batch.column(LABEL_COLUMN)?.as_primitive::<UInt64Type>().clone();
        let clusters: Int64Array =
            labels.iter().map(|label| label.map(|label| i64::from(cluster_of(label).0))).collect();
        let similar: Float64Array =
            labels.iter().map(|label| label.map(|label| cluster_of(label).1)).collect();
        for name in [LABEL_COLUMN, CLUSTER, SIMILARITY] {
            batch.drop_column(name)?;
        }
        batch.set_column(CLUSTER, Arc::new(clusters), true)?;
        batch.set_column(SIMILARITY, Arc::new(similar), true)
    }
}
