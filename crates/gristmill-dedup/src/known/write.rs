//! The output format `known_rows`: an index of the rows, to be asked by other builds.

use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use gristmill_core::{Encoded, Failure, Format, FormatDef, FormatFile, Head, hash128, options_from};
use serde::Deserialize;

use super::layout::{FENCE, FILTER_BITS, Foot, MAGIC, Sketching, Table};
use crate::failure::DedupFailure;
use crate::near::bands::Bands;
use crate::near::shingles::Shingler;
use crate::near::sketch::Sketcher;
use crate::near_dedup::Unit;

const KIND: &str = "known_rows";

/// The format.
pub const DEF: FormatDef = FormatDef {
    kind: KIND,
    build: |options, schema| {
        let options: Options = options_from(KIND, options)?;
        Ok(Box::new(KnownRows::new(options, schema)?))
    },
};

/// Text that is encoded at a time.
const GROUP_BYTES: usize = 8 << 20;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column with the text.
    column: String,
    /// Column that names a row; nothing: its number.
    id: Option<String>,
    /// What shingles are made of.
    shingles: Unit,
    /// Tokens of a shingle.
    size: usize,
    /// Similarity that the bands are cut for.
    threshold: f64,
    /// Values of a sketch.
    permutations: usize,
    /// Chance to be compared for a pair at the threshold.
    recall: f64,
}

struct KnownRows {
    options: Options,
    bands: Bands,
}

/// What a group of rows becomes.
#[derive(Default)]
struct Group {
    /// Shingles and ids.
    bytes: Vec<u8>,
    /// Number of shingles and bytes of the id, for each row.
    rows: Vec<(u32, u32)>,
    /// Keys with the number of the row in the group, by table.
    tables: [Vec<(u128, u32)>; 3],
}

impl KnownRows {
    fn new(options: Options, schema: &SchemaRef) -> Result<Self, Failure> {
        let bands = Bands::for_recall(options.permutations, options.threshold, options.recall);
        let find = |column: &str| schema.field_with_name(column).ok().map(|field| field.data_type().clone());
        let columns = [Some(&options.column), options.id.as_ref()];
        for column in columns.into_iter().flatten() {
            let found = find(column);
            let whole = Some(column) == options.id.as_ref() && found == Some(DataType::Int64);
            if found != Some(DataType::Utf8) && !whole {
                let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
                return Err(DedupFailure::KnownColumn { column: column.clone(), found }.into());
            }
        }
        Ok(Self { options, bands })
    }

    fn sketching(&self) -> Sketching {
        let Options { shingles, size, permutations, .. } = self.options;
        Sketching::new(shingles, size, permutations, self.bands)
    }

    fn add(&self, block: &RecordBatch, shingler: &mut Shingler, sketcher: &mut Sketcher, group: &mut Group) {
        let column = |name: &str| block.column_by_name(name);
        let Some(texts) = column(&self.options.column).and_then(|column| column.as_string_opt::<i32>())
        else {
            return;
        };
        let ids = self.options.id.as_deref().and_then(column);
        for (at, text) in texts.iter().enumerate() {
            let row = group.rows.len() as u32;
            let (mut count, id) = (0, ids.and_then(|ids| name(ids, at)).unwrap_or_default());
            if let Some(text) = text {
                shingler.read(text);
                group.tables[Table::Texts as usize].push((hash128(text.as_bytes()), row));
                group.tables[Table::Tokens as usize].push((shingler.exact_key(text), row));
                if !shingler.shingles().is_empty() {
                    let sketch = sketcher.sketch(shingler.shingles());
                    let hashes = self.bands.hashes(sketch).map(|hash| (u128::from(hash), row));
                    group.tables[Table::Bands as usize].extend(hashes);
                }
                let set = shingler.set();
                count = set.len() as u32;
                group.bytes.extend(set.iter().flat_map(|shingle| shingle.to_le_bytes()));
            }
            group.bytes.extend_from_slice(id.as_bytes());
            group.rows.push((count, id.len() as u32));
        }
    }
}

/// The name of a row, in a column of texts or whole numbers.
fn name(ids: &ArrayRef, row: usize) -> Option<String> {
    if ids.is_null(row) {
        return None;
    }
    match ids.as_string_opt::<i32>() {
        Some(texts) => Some(texts.value(row).to_owned()),
        None => ids.as_primitive_opt::<Int64Type>().map(|numbers| numbers.value(row).to_string()),
    }
}

impl Format for KnownRows {
    fn extension(&self) -> String {
        "known".to_owned()
    }

    fn group_bytes(&self) -> usize {
        GROUP_BYTES
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        let mut shingler = Shingler::new(self.options.shingles.kind(), self.options.size);
        let mut sketcher = Sketcher::new(self.options.permutations);
        let mut group = Group::default();
        for block in blocks {
            self.add(block, &mut shingler, &mut sketcher, &mut group);
        }
        Ok(Encoded(Box::new(group)))
    }

    fn open(&self, mut out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        out.write_all(MAGIC).map_err(DedupFailure::from)?;
        let at = MAGIC.len() as u64;
        let sketching = self.sketching();
        Ok(Box::new(KnownFile {
            out: Counted { out, at },
            sketching,
            rows: Vec::new(),
            tables: Default::default(),
        }))
    }
}

/// A file that knows how long it is.
struct Counted {
    out: Box<dyn Write + Send>,
    at: u64,
}

impl Counted {
    fn put(&mut self, bytes: &[u8]) -> Result<(), DedupFailure> {
        self.at += bytes.len() as u64;
        Ok(self.out.write_all(bytes)?)
    }
}

/// A file while it is written. What is sorted at its end is held: some 30 bytes a row and 32 a band.
struct KnownFile {
    out: Counted,
    sketching: Sketching,
    rows: Vec<(u64, u32, u32)>,
    tables: [Vec<(u128, u32)>; 3],
}

impl FormatFile for KnownFile {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let group = group.0.downcast::<Group>().map_err(|_| DedupFailure::NoHits)?;
        let first = u32::try_from(self.rows.len()).map_err(|_| DedupFailure::KnownTooLarge)?;
        let mut at = self.out.at;
        for &(shingles, id) in &group.rows {
            self.rows.push((at, shingles, id));
            at += u64::from(shingles) * 8 + u64::from(id);
        }
        if u32::try_from(self.rows.len()).is_err() {
            return Err(DedupFailure::KnownTooLarge.into());
        }
        for (held, new) in self.tables.iter_mut().zip(group.tables) {
            held.extend(new.into_iter().map(|(key, row)| (key, row + first)));
        }
        Ok(self.out.put(&group.bytes)?)
    }

    fn finish(mut self: Box<Self>, _: &mut [gristmill_core::Companion]) -> Result<Head, Failure> {
        let Self { out, sketching, rows, tables } = &mut *self;
        let rows_at = out.at;
        for &(at, shingles, id) in &*rows {
            out.put(&at.to_le_bytes())?;
            out.put(&shingles.to_le_bytes())?;
            out.put(&id.to_le_bytes())?;
        }
        let (mut tables_at, mut fences_at) = ([0; 3], [0; 3]);
        for (table, at) in tables.iter_mut().zip(&mut tables_at) {
            table.sort_unstable();
            *at = out.at;
            for (key, row) in &*table {
                out.put(&key.to_le_bytes())?;
                out.put(&row.to_le_bytes())?;
            }
        }
        for (table, at) in tables.iter().zip(&mut fences_at) {
            *at = out.at;
            for (key, _) in table.iter().step_by(FENCE) {
                out.put(&key.to_le_bytes())?;
            }
        }
        let filter_at = out.at;
        let keys: u64 = tables.iter().map(|table| table.len() as u64).sum();
        let words = (keys * FILTER_BITS).div_ceil(64).max(1);
        let mut filter = vec![0_u64; usize::try_from(words).map_err(|_| DedupFailure::KnownTooLarge)?];
        for (which, table) in Table::ALL.into_iter().zip(&*tables) {
            for bit in table.iter().flat_map(|&(key, _)| which.bits(key, words)) {
                filter[(bit / 64) as usize] |= 1 << (bit % 64);
            }
        }
        for word in filter {
            out.put(&word.to_le_bytes())?;
        }
        let foot = Foot {
            sketching: sketching.clone(),
            rows: rows.len() as u64,
            records: tables.each_ref().map(|table| table.len() as u64),
            rows_at,
            tables_at,
            fences_at,
            filter_at,
            filter_words: words,
        };
        let foot = serde_json::to_vec(&foot).map_err(|_| DedupFailure::KnownTooLarge)?;
        out.put(&foot)?;
        out.put(&(foot.len() as u32).to_le_bytes())?;
        out.put(MAGIC)?;
        out.out.flush().map_err(DedupFailure::from)?;
        Ok(Head::AsWritten)
    }
}
