//! Opens sinks from their specifications.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use serde_json::Value;

use super::arrow_part::ArrowParts;
use super::attempt::{Place, Role};
use super::exchange::{ExchangeSink, Layout};
use super::file_sink::FileSink;
use super::keys::KeyWriter;
use super::landing::LandedFold;
use super::open::load_json;
use super::outlet::{NoRows, Outlet, OutletSink};
use super::parquet_part::ParquetParts;
use super::registry::Registry;
use super::route::Route;
use super::shelf::Shelf;
use super::sink::RowSink;
use super::spec::{FoldSpec, KeysSpec, PartFormat, RouteBy, SinkSpec};
use super::split_sink::SplitSink;
use crate::batch::ordinary_fields;
use crate::failure::Failure;
use crate::format::Format;

/// A sink that is open, with what it wants emitted beside the rows.
pub(super) struct OpenedSink {
    pub rows: Box<dyn RowSink>,
    pub key_step: Option<Arc<dyn crate::step::KeyStep>>,
    pub keys: Option<KeyWriter>,
    pub folds: Vec<LandedFold>,
    pub place: Option<Place>,
    pub task: u64,
    pub scan: bool,
    /// Columns written, for outputs.
    pub columns: Option<Vec<usize>>,
    pub outlet: Option<Outlet>,
}

impl OpenedSink {
    fn plain(rows: Box<dyn RowSink>, place: Place, task: u64) -> Self {
        Self {
            rows,
            key_step: None,
            keys: None,
            folds: Vec::new(),
            place: Some(place),
            task,
            scan: false,
            columns: None,
            outlet: None,
        }
    }

    fn emitting(
        mut self,
        registry: &Registry,
        keys: Option<KeysSpec>,
        folds: Vec<FoldSpec>,
    ) -> Result<Self, Failure> {
        if let (Some(keys), Some(place)) = (keys, &self.place) {
            self.key_step = Some(registry.build_key(&keys.kind, &keys.options)?.into());
            self.keys = Some(KeyWriter::create(place, keys.partitions, keys.sort)?);
        }
        for fold in folds {
            let step: Arc<dyn crate::step::FoldStep> = registry.build_fold(&fold.kind, &fold.options)?.into();
            self.folds.push(LandedFold { name: fold.name, state: step.empty(), step });
        }
        Ok(self)
    }
}

/// Opens a sink for rows of this schema.
pub(super) fn open_sink(
    registry: &Registry,
    spec: SinkSpec,
    schema: &SchemaRef,
    shelf: &Shelf,
) -> Result<OpenedSink, Failure> {
    let shelf = shelf.clone();
    match spec {
        SinkSpec::Parts { folder, stem, task, format, part_bytes, keys, folds, by, passing } => {
            let place = Place { folder, stem, passing, shelf };
            // Rows that are compressed are many: there will be no room.
            let keep = passing && format == PartFormat::Arrow;
            let format: Arc<dyn Format> = match format {
                PartFormat::Arrow => Arc::new(ArrowParts::new(schema.clone())),
                PartFormat::Parquet => Arc::new(ParquetParts::new(schema.clone())),
            };
            let (columns, at) = (schema.clone(), place.clone());
            let rows: Box<dyn RowSink> = match by {
                Some(by) => Box::new(SplitSink::new(by, format, columns, at, part_bytes).keeping(keep)),
                None => {
                    Box::new(FileSink::new(format, columns, at, Role::Part, Some(part_bytes)).keeping(keep))
                }
            };
            OpenedSink::plain(rows, place, task).emitting(registry, keys, folds)
        }
        SinkSpec::Scan { folder, stem, task, keys, folds, passing } => {
            let mut sink = OpenedSink::plain(Box::new(NoRows), Place { folder, stem, passing, shelf }, task);
            sink.scan = true;
            sink.emitting(registry, keys, folds)
        }
        SinkSpec::Exchange { folder, stem, task, partitions, route, run_bytes, passing } => {
            let place = Place { folder, stem, passing, shelf };
            let layout =
                Layout { route: open_route(route.by)?, order: route.order, partitions, run_bytes, task };
            let rows = ExchangeSink::create(schema, layout, &place)?;
            Ok(OpenedSink::plain(Box::new(rows), place, task))
        }
        SinkSpec::Output { folder, stem, task, format, columns, passing } => {
            let place = Place { folder, stem, passing, shelf };
            let positions = written(schema, columns.as_deref())?;
            let fields: Vec<_> = positions.iter().map(|&i| schema.fields()[i].clone()).collect();
            let schema = Arc::new(Schema::new(fields));
            let format: Arc<dyn Format> =
                registry.build_format(&format.kind, &format.options, &schema)?.into();
            let rows = FileSink::new(format, schema, place.clone(), Role::Output, None);
            let mut sink = OpenedSink::plain(Box::new(rows), place, task);
            sink.columns = Some(positions);
            Ok(sink)
        }
        SinkSpec::Outlet {} => {
            let outlet = Outlet::default();
            let place = Place { folder: PathBuf::new(), stem: String::new(), passing: true, shelf };
            let mut sink = OpenedSink::plain(Box::new(OutletSink(outlet.clone())), place, 0);
            sink.place = None;
            sink.outlet = Some(outlet);
            Ok(sink)
        }
    }
}

/// Positions of the columns an output writes.
fn written(schema: &SchemaRef, columns: Option<&[String]>) -> Result<Vec<usize>, Failure> {
    let Some(columns) = columns else { return Ok(ordinary_fields(schema).map(|(i, _)| i).collect()) };
    columns
        .iter()
        .map(|name| {
            schema.index_of(name).map_err(|_| {
                let present: Vec<&str> = ordinary_fields(schema).map(|(_, f)| f.name().as_str()).collect();
                crate::failure::missing_column(name, &present)
            })
        })
        .collect()
}

fn open_route(by: RouteBy) -> Result<Route, Failure> {
    Ok(match by {
        RouteBy::Label {} => Route::Label,
        RouteBy::ShuffledLabel { seed, step } => Route::ShuffledLabel { seed, step },
        RouteBy::Hash { columns } => Route::Hash(columns),
        RouteBy::Shuffle { seed, step } => Route::Shuffle { seed, step },
        RouteBy::Range { column, descending, cuts } => {
            let cuts = match cuts {
                Some(path) => load_json(&path)?["cuts"]
                    .as_array()
                    .map(|cuts| cuts.iter().filter_map(Value::as_u64).collect())
                    .unwrap_or_default(),
                None => Vec::new(),
            };
            Route::Range { column, descending, cuts }
        }
    })
}
