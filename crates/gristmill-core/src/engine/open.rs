//! Opens readers and chains from their specifications and joins them with a sink to a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::{Schema, SchemaRef};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::chain::{Chain, ChainStep};
use super::failure::EngineFailure;
use super::feed::{Feed, FeedCutter, FeedParser};
use super::landing::Landing;
use super::limit::limit;
use super::marks::MarkCursor;
use super::merge::{GroupParser, open_partition};
use super::open_sink::open_sink;
use super::outlet::Outlet;
use super::parts::{Marks, Part, PartsCutter, PartsParser, part_schema};
use super::pool::Pool;
use super::process::Process;
use super::pump::Pump;
use super::registry::Registry;
use super::spec::{ChainSpec, NativeStep, ReaderSpec};
use super::summary::Scratch;
use super::trace_sink::TraceSink;
use crate::failure::Failure;
use crate::step::{SideInputs, Source};
use crate::trace::Counts;

/// A reader that is open, with the names of the steps it counts for.
pub struct OpenedReader {
    source: Source,
    steps: Vec<String>,
    /// Set when the sink wants to know where rows stand in their parts.
    addresses: Option<Arc<AtomicBool>>,
    /// The caller's end, for a feed.
    pub feed: Option<Feed>,
}

impl OpenedReader {
    /// The columns that come out of the reader.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.source.schema.clone()
    }
}

/// Parses a specification.
pub(super) fn parse<T: DeserializeOwned>(what: &'static str, value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|source| EngineFailure::BadSpec { what, source }.into())
}

/// Opens a reader.
///
/// # Errors
/// `GM_PLAN_BAD_SPEC`, `GM_PLAN_UNKNOWN_KIND`, `GM_RUN_IO`, `GM_RUN_DAMAGED_FILE`, and those of input readers.
pub fn open_reader(registry: &Registry, pool: &Pool, spec: Value) -> Result<OpenedReader, Failure> {
    if spec.get("kind").and_then(Value::as_str) == Some("input") {
        return open_input(registry, spec);
    }
    let shelf = pool.shelf();
    match parse("reader", spec)? {
        ReaderSpec::Parts { parts, marks, columns, rows, step } => {
            let parts: Vec<Part> = parts.into_iter().map(Part::from).collect();
            // Marks that are counted elsewhere count here under no name.
            let mut steps: Vec<String> =
                marks.iter().map(|m| if m.count { m.step.clone() } else { String::new() }).collect();
            if steps.is_empty() {
                steps.push(step.unwrap_or_default());
            }
            let cursors = marks
                .iter()
                .map(|m| Ok(MarkCursor::open(shelf, &m.files, m.notes.as_deref())?.of_many(m.many)))
                .collect::<Result<Vec<_>, Failure>>()?;
            let marks: Vec<Marks> = marks
                .into_iter()
                .map(|m| Marks { reasons: m.reasons, count: m.count, label: m.label, many: m.many })
                .collect();
            let Some(first) = parts.first() else {
                let why = "a stage without parts has no columns".to_owned();
                return Err(EngineFailure::Damaged { path: PathBuf::new(), why }.into());
            };
            let found = part_schema(shelf, first, columns.as_deref())?;
            let addresses = Arc::new(AtomicBool::new(false));
            let parser = PartsParser::new(marks, Arc::clone(&addresses));
            let schema = parser.schema(&found);
            let cutter = PartsCutter::new(shelf, parts, columns, rows, cursors)?;
            let source = Source { cutter: Box::new(cutter), parser: Arc::new(parser), schema };
            Ok(OpenedReader { source, steps, addresses: Some(addresses), feed: None })
        }
        ReaderSpec::Partition { segments, partition, group, step } => {
            let paths: Vec<PathBuf> = segments.into_iter().map(|s| s.path).collect();
            let group =
                group.map(|g| registry.build_group(&g.kind, &g.options, &load_side(&g)?)).transpose()?;
            let opened = open_partition(shelf, &paths, partition, group.is_some())?;
            let schema = match &group {
                Some(group) => group.schema(&opened.schema)?,
                None => without(&opened.schema, &[crate::batch::LABEL_COLUMN]),
            };
            let parser = GroupParser { group };
            let source = Source { cutter: Box::new(opened.cutter), parser: Arc::new(parser), schema };
            Ok(OpenedReader { source, steps: vec![step], addresses: None, feed: None })
        }
        ReaderSpec::Feed { schema, numbered } => {
            let feed = Feed::new(numbered);
            let schema = feed.schema(feed_schema(&schema)?);
            let source =
                Source { cutter: Box::new(FeedCutter(feed.clone())), parser: Arc::new(FeedParser), schema };
            Ok(OpenedReader { source, steps: vec![String::new()], addresses: None, feed: Some(feed) })
        }
    }
}

fn open_input(registry: &Registry, mut spec: Value) -> Result<OpenedReader, Failure> {
    let mut rows = None;
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("kind");
        rows = fields.remove("limit").and_then(|n| n.as_u64());
    }
    let Some(open) = registry.open_input else {
        return Err(EngineFailure::UnknownKind { shape: "reader", kind: "input".to_owned() }.into());
    };
    let source = open(&spec)?;
    let source = match rows {
        Some(rows) => limit(source, rows),
        None => source,
    };
    Ok(OpenedReader { source, steps: vec!["read".to_owned()], addresses: None, feed: None })
}

/// Opens a chain.
///
/// # Errors
/// `GM_PLAN_BAD_SPEC`, `GM_PLAN_UNKNOWN_KIND`, `GM_STEP_BAD_OPTIONS`.
pub fn open_chain(registry: &Registry, spec: Value) -> Result<Chain, Failure> {
    let spec: ChainSpec = parse("chain", spec)?;
    let steps = spec
        .steps
        .into_iter()
        .map(|s| {
            let map = registry.build_map(&s.kind, &s.options, &load_side(&s)?)?;
            Ok(ChainStep { step: s.step, map })
        })
        .collect::<Result<_, Failure>>()?;
    Ok(Chain::new(steps))
}

/// Joins reader, chain and sink and gives the run to the pool. The outlet is set for an outlet sink.
///
/// # Errors
/// Those of the sink, and of any step that refuses the columns that reach it.
pub fn open_run(
    registry: &Registry,
    pool: &Pool,
    reader: OpenedReader,
    chain: Arc<Chain>,
    sink: Value,
) -> Result<(Arc<Pump>, Option<Outlet>), Failure> {
    let schema = chain.schema(&reader.source.schema)?;
    let counted = reader.steps.iter().map(String::as_str).chain(chain.names());
    let counts: Vec<(String, Counts)> = counted.map(|name| (name.to_owned(), Counts::default())).collect();
    let opened = open_sink(registry, parse("sink", sink)?, &schema, pool.shelf())?;
    if opened.scan
        && let Some(addresses) = &reader.addresses
    {
        addresses.store(true, Ordering::Relaxed);
    }
    let process = Process {
        parser: reader.source.parser,
        parser_steps: reader.steps.len(),
        steps: counts.len() - reader.steps.len(),
        chain,
        keys: opened.key_step,
        folds: opened.folds.iter().map(|f| Arc::clone(&f.step)).collect(),
        scan: opened.scan,
        columns: opened.columns,
    };
    let landing = Landing {
        rows: opened.rows,
        keys: opened.keys,
        folds: opened.folds,
        scratch: Scratch::new(opened.place.clone(), pool.memory()),
        trace: TraceSink::new(opened.place.clone()),
        counts,
        place: opened.place,
        task: opened.task,
        landed: 0,
    };
    let pump = Arc::new(Pump::new(reader.source.cutter, process, landing, pool));
    pool.add(pump.clone());
    Ok((pump, opened.outlet))
}

fn load_side(step: &NativeStep) -> Result<SideInputs, Failure> {
    let mut side = BTreeMap::new();
    for (name, path) in &step.side {
        side.insert(name.clone(), Arc::new(load_json(path)?));
    }
    Ok(side)
}

/// Reads a committed JSON file.
pub(super) fn load_json(path: &Path) -> Result<Value, Failure> {
    let bytes = std::fs::read(path).map_err(EngineFailure::file("read", path))?;
    serde_json::from_slice(&bytes)
        .map_err(|e| EngineFailure::Damaged { path: path.to_path_buf(), why: e.to_string() }.into())
}

fn without(schema: &SchemaRef, names: &[&str]) -> SchemaRef {
    let fields: Vec<_> =
        schema.fields().iter().filter(|f| !names.contains(&f.name().as_str())).cloned().collect();
    Arc::new(Schema::new(fields))
}

/// The schema in an Arrow IPC stream, base64.
fn feed_schema(text: &str) -> Result<SchemaRef, Failure> {
    use base64::Engine as _;
    let doing = "read the columns of a feed";
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|e| arrow_schema::ArrowError::IpcError(e.to_string()))
        .map_err(EngineFailure::arrow(doing))?;
    let reader = arrow_ipc::reader::StreamReader::try_new(bytes.as_slice(), None)
        .map_err(EngineFailure::arrow(doing))?;
    Ok(reader.schema())
}
