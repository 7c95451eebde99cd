//! Reads files the way a build does: probe, then open, then every chunk.

#![allow(dead_code, reason = "each test file uses its own part of this module")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "test support: a failed step is a failed test, a skipped test says so"
)]

use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use gristmill_core::{Batch, Failure, StepTrace};
use gristmill_read::{
    ColumnSpec, FormatKind, Item, OpenRequest, Probe, ProbeRequest, ReadOptions, merge_columns, open, probe,
};

pub struct Outcome {
    pub batches: Vec<Batch>,
    pub trace: StepTrace,
    pub probe: Probe,
}

#[derive(Clone)]
pub struct How {
    pub format: Option<FormatKind>,
    pub options: ReadOptions,
    pub split_bytes: u64,
    pub key: Option<String>,
    pub columns: Option<Vec<ColumnSpec>>,
}

impl Default for How {
    fn default() -> Self {
        Self {
            format: None,
            options: ReadOptions::default(),
            split_bytes: 256 << 20,
            key: None,
            columns: None,
        }
    }
}

pub fn read(path: &Path, how: &How) -> Result<Outcome, Failure> {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let about = probe(&ProbeRequest {
        path: path.to_str().unwrap().to_owned(),
        name: name.clone(),
        format: how.format,
        options: how.options.clone(),
        split_bytes: how.split_bytes,
    })?;
    // Through JSON, as the planner does.
    let about: Probe = serde_json::from_str(&serde_json::to_string(&about).unwrap()).unwrap();
    let splits = about
        .splits
        .iter()
        .map(|split| Item {
            path: path.to_str().unwrap().to_owned(),
            name: name.clone(),
            format: about.format,
            codec: about.codec,
            split: split.clone(),
        })
        .collect();
    let columns = how.columns.clone().unwrap_or_else(|| merge_columns(std::slice::from_ref(&about.columns)));
    let request =
        OpenRequest { splits, columns, options: how.options.clone(), key: how.key.clone(), source: None };
    let request: OpenRequest = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
    let mut source = open(request)?;
    let mut trace = StepTrace::default();
    let mut batches = Vec::new();
    while let Some(chunk) = source.cutter.next()? {
        let mut traces = [std::mem::take(&mut trace)];
        let batch = source.parser.parse_steps(chunk, &mut traces)?;
        [trace] = traces;
        assert_eq!(batch.schema(), source.schema);
        batches.push(batch);
    }
    assert!(trace.counts.balanced(), "{:?}", trace.counts);
    let progress = source.cutter.progress();
    assert_eq!(progress.bytes_done, progress.bytes_total);
    Ok(Outcome { batches, trace, probe: about })
}

pub fn shown(column: &dyn Array, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    if let Some(text) = column.as_string_opt::<i32>() {
        return Some(text.value(row).to_owned());
    }
    if let Some(int) = column.as_primitive_opt::<Int64Type>() {
        return Some(int.value(row).to_string());
    }
    if let Some(bool) = column.as_boolean_opt() {
        return Some(bool.value(row).to_string());
    }
    Some(format!("{:?}", column.slice(row, 1)))
}

pub fn rows_of(batch: &RecordBatch) -> Vec<Vec<Option<String>>> {
    (0..batch.num_rows())
        .map(|row| batch.columns().iter().map(|c| shown(c.as_ref(), row)).collect())
        .collect()
}

impl Outcome {
    /// Rows with their ids first.
    pub fn rows(&self) -> Vec<Vec<Option<String>>> {
        self.batches.iter().flat_map(|b| rows_of(b.columns())).collect()
    }

    /// Rows without ids.
    pub fn values(&self) -> Vec<Vec<Option<String>>> {
        self.rows().into_iter().map(|mut row| row.split_off(1)).collect()
    }

    pub fn texts(&self) -> Vec<Vec<String>> {
        self.values()
            .into_iter()
            .map(|row| row.into_iter().map(Option::unwrap_or_default).collect())
            .collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.probe.columns.iter().map(|c| c.name.clone()).collect()
    }

    pub fn codes(&self) -> Vec<String> {
        self.trace.rejects.iter().map(|r| r.reason.clone()).collect()
    }
}

/// A folder of the shared data, if it is there.
pub fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_under(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Writes a temporary file and reads it.
pub fn read_bytes(name: &str, bytes: &[u8], how: &How) -> Result<Outcome, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read(&path, how)
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}
