//! What is to be opened, as JSON. The mirror of `ts/native/specs.ts`; unknown fields are refused on both sides.
#![expect(
    dead_code,
    reason = "every field of the contract is named, so that unknown ones are refused; some serve the reader alone"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::packing::PackMethod;

/// Where a task reads from.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReaderSpec {
    /// Committed parts under marks.
    Parts {
        parts: Vec<PartSpec>,
        marks: Vec<MarksSpec>,
        columns: Option<Vec<String>>,
        rows: Option<(u64, u64)>,
        /// Name under which the reader counts when there are no marks to count.
        #[serde(default)]
        step: Option<String>,
    },
    /// One partition of an exchange.
    Partition { segments: Vec<SegmentSpec>, partition: usize, group: Option<NativeStep>, step: String },
    /// Batches put in by the caller; `schema` is an Arrow IPC stream without batches, base64.
    /// `numbered`: rows without ids get their numbers as ids.
    Feed {
        schema: String,
        #[serde(default)]
        numbered: bool,
    },
}

/// A committed part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSpec {
    pub path: PathBuf,
    pub task: u64,
    pub first_row: u64,
    pub rows: u64,
}

/// A segment of an exchange.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentSpec {
    pub path: PathBuf,
    pub task: u64,
}

/// Marks of one select.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarksSpec {
    pub step: String,
    pub files: Vec<PathBuf>,
    pub reasons: Vec<String>,
    pub count: bool,
    pub label: bool,
    /// Whether rows may have several labels.
    #[serde(default)]
    pub many: bool,
    /// What the decider said of its verdicts.
    #[serde(default)]
    pub notes: Option<PathBuf>,
}

/// A native step with its options.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NativeStep {
    pub step: String,
    pub kind: String,
    pub options: Value,
    /// Results of folds: name to path of the JSON file.
    pub side: BTreeMap<String, PathBuf>,
}

/// Map steps in a row.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSpec {
    pub steps: Vec<NativeStep>,
}

/// Keys to emit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysSpec {
    pub kind: String,
    pub options: Value,
    pub partitions: usize,
    pub sort: KeySort,
}

/// How key files are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySort {
    Key,
    Rank,
    /// By key, and the bands of likeness beside them.
    Alike,
}

/// A fold to run beside.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldSpec {
    pub name: String,
    pub kind: String,
    pub options: Value,
}

/// Where a task's rows go.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SinkSpec {
    Parts {
        folder: PathBuf,
        stem: String,
        task: u64,
        format: PartFormat,
        part_bytes: usize,
        keys: Option<KeysSpec>,
        folds: Vec<FoldSpec>,
        /// No part has rows of two values of this column.
        #[serde(default)]
        by: Option<String>,
        /// Whether the folder is thrown away at the end.
        #[serde(default)]
        passing: bool,
    },
    Scan {
        folder: PathBuf,
        stem: String,
        task: u64,
        keys: Option<KeysSpec>,
        folds: Vec<FoldSpec>,
        /// Whether the folder is thrown away at the end.
        #[serde(default)]
        passing: bool,
    },
    Exchange {
        folder: PathBuf,
        stem: String,
        task: u64,
        partitions: usize,
        route: RouteSpec,
        run_bytes: usize,
        /// Whether the folder is thrown away at the end.
        #[serde(default)]
        passing: bool,
    },
    Output {
        folder: PathBuf,
        stem: String,
        task: u64,
        format: OutputFormat,
        columns: Option<Vec<String>>,
        /// Whether the folder is thrown away at the end.
        #[serde(default)]
        passing: bool,
    },
    Outlet {},
}

/// Format of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartFormat {
    Arrow,
    Parquet,
}

/// Format of an output file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputFormat {
    pub kind: String,
    pub options: Value,
}

/// How rows find their partition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    pub by: RouteBy,
    pub order: Option<String>,
}

/// What decides the partition.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RouteBy {
    Label {},
    /// Rows of one label together, labels in the order of a seeded hash.
    ShuffledLabel {
        seed: u64,
        step: String,
    },
    Hash {
        columns: Vec<String>,
    },
    /// `cuts` is a fold result with `cuts`: ascending first keys of partitions 1, 2, …
    Range {
        column: String,
        descending: bool,
        cuts: Option<PathBuf>,
    },
    Shuffle {
        seed: u64,
        step: String,
    },
}

/// Work without rows in a chain.
#[derive(Debug, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum JobSpec {
    Decide {
        folder: PathBuf,
        stem: String,
        task: u64,
        decider: DeciderSpec,
        keys: Vec<SegmentSpec>,
        partition: usize,
        partitions: usize,
        task_rows: Vec<u64>,
        memory_bytes: u64,
        /// The rows that emitted the keys, for a decider that compares them.
        #[serde(default)]
        parts: Vec<PartSpec>,
        /// Whether the folder is thrown away at the end.
        #[serde(default)]
        passing: bool,
    },
    Finish {
        folder: PathBuf,
        stem: String,
        task: u64,
        fold: FoldSpec,
        states: Vec<PathBuf>,
        /// Whether the folder is thrown away at the end.
        #[serde(default)]
        passing: bool,
    },
    Hash {
        paths: Vec<PathBuf>,
    },
}

/// What the weights of a mix are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MixBy {
    /// Shares of the values.
    Weights,
    /// How often the rows of a value are given.
    Epochs,
    /// How much of a value is given at most.
    Quotas,
}

/// A decider.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DeciderSpec {
    ByKey {
        keep: u64,
    },
    InOrder {
        rows: Option<u64>,
        payload: Option<u64>,
        #[serde(default)]
        quotas: Option<Vec<u64>>,
    },
    Linked {},
    Pack {
        capacity: u32,
        method: PackMethod,
        window: usize,
    },
    Portions {
        /// Rows of each portion.
        rows: Vec<u64>,
    },
    Mix {
        /// As the key step numbers the cells.
        columns: Vec<MixColumn>,
        /// What is given in all; absent: as much as the weights allow.
        budget: Option<u64>,
        /// How often a row may be given.
        max_epochs: f64,
        /// What weights say.
        by: MixBy,
        /// What is counted, for the report.
        measure: String,
    },
    Alike {
        /// The key step, which compares as well.
        step: AlikeStep,
        keep: AlikeKeep,
        /// Whether a row goes only for one that stays.
        #[serde(default)]
        sequential: bool,
    },
    Repeats {
        /// The key step, which knows the units.
        step: AlikeStep,
        /// So many times a unit may come.
        max: u64,
        /// Whether the first of those that come more often are labelled too.
        all: bool,
    },
}

/// A column whose values have weights in a mix.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixColumn {
    pub column: String,
    pub values: Vec<String>,
    /// Of each value, and of all other values last.
    pub weights: Vec<f64>,
}

/// A key step that compares rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlikeStep {
    pub kind: String,
    pub options: Value,
}

/// What becomes of rows that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlikeKeep {
    /// The first stays.
    First,
    /// The one of least rank stays.
    Best,
    /// All stay, with a label.
    All,
}
