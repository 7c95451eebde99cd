//! A shard and its entry for the index.

use std::collections::BTreeMap;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use gristmill_core::{Companion, Encoded, Failure, Format, FormatDef, FormatFile, Head, options_from};
use serde::Deserialize;
use serde_json::Value;

use super::cells::{Encoding, Number};
use super::head::{Description, Hash, file, object};
use crate::failure::WriteFailure;
use crate::stream::GROUP_BYTES;

const KIND: &str = "mds";

/// The format.
pub(crate) const DEF: FormatDef = FormatDef { kind: KIND, build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// zstd level of whole shards; none: as they are.
    zstd_level: Option<i32>,
    /// Bytes of a shard, as its head tells them.
    size_limit: u64,
    /// Hashes of shards in the index.
    hashes: Vec<Hash>,
    /// Numbers of array columns, by column; others keep their type.
    arrays: BTreeMap<String, Number>,
}

struct Mds {
    description: std::sync::Arc<Description>,
    zstd_level: Option<i32>,
    /// Places of the columns, in the order of their names.
    places: Vec<usize>,
}

fn build(options: &Value, schema: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let Options { zstd_level, size_limit, hashes, arrays } = options_from(KIND, options)?;
    let mut places: Vec<usize> = (0..schema.fields().len()).collect();
    places.sort_by(|&a, &b| schema.field(a).name().cmp(schema.field(b).name()));
    if places.is_empty() {
        return Err(WriteFailure::NoColumns { format: KIND }.into());
    }
    let columns = places
        .iter()
        .map(|&at| {
            let field = schema.field(at);
            Ok((field.name().clone(), Encoding::of(field, &arrays)?))
        })
        .collect::<Result<Vec<_>, WriteFailure>>()?;
    let compression = zstd_level.map(|level| format!("zstd:{level}"));
    let description = std::sync::Arc::new(Description { columns, compression, hashes, size_limit });
    Ok(Box::new(Mds { description, zstd_level, places }))
}

/// Samples of a group.
struct Samples {
    bytes: Vec<u8>,
    /// Bytes of each sample.
    sizes: Vec<u32>,
}

impl Format for Mds {
    fn extension(&self) -> String {
        if self.zstd_level.is_some() { "mds.zstd" } else { "mds" }.to_owned()
    }

    fn companions(&self) -> &'static [&'static str] {
        &["entry.json"]
    }

    fn group_bytes(&self) -> usize {
        GROUP_BYTES
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        let mut samples = Samples { bytes: Vec::new(), sizes: Vec::new() };
        let (mut numbers, mut values) = (Vec::new(), Vec::new());
        for block in blocks {
            for row in 0..block.num_rows() {
                values.clear();
                let begin = samples.bytes.len();
                for (&place, (name, encoding)) in self.places.iter().zip(&self.description.columns) {
                    let before = values.len();
                    encoding.push(block.column(place), name, row, &mut numbers, &mut values)?;
                    if encoding.size().is_none() {
                        let size = u32::try_from(values.len() - before).map_err(|_| too_large())?;
                        samples.bytes.extend_from_slice(&size.to_le_bytes());
                    }
                }
                samples.bytes.extend_from_slice(&values);
                let size = u32::try_from(samples.bytes.len() - begin).map_err(|_| too_large())?;
                samples.sizes.push(size);
            }
        }
        Ok(Encoded(Box::new(samples)))
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        Ok(Box::new(Shard {
            out,
            description: std::sync::Arc::clone(&self.description),
            zstd_level: self.zstd_level,
            samples: Samples { bytes: Vec::new(), sizes: Vec::new() },
        }))
    }
}

fn too_large() -> WriteFailure {
    WriteFailure::ShardTooLarge { format: KIND }
}

/// A shard's samples wait in memory: what comes before them is as long as they are many.
struct Shard {
    out: Box<dyn Write + Send>,
    description: std::sync::Arc<Description>,
    zstd_level: Option<i32>,
    samples: Samples,
}

impl FormatFile for Shard {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let group = group.0.downcast::<Samples>().map_err(|_| WriteFailure::ForeignGroup { format: KIND })?;
        self.samples.bytes.extend_from_slice(&group.bytes);
        self.samples.sizes.extend_from_slice(&group.sizes);
        Ok(())
    }

    fn finish(mut self: Box<Self>, companions: &mut [Companion]) -> Result<Head, Failure> {
        let raw = self.assemble()?;
        let packed = match self.zstd_level {
            Some(level) => Some(zstd::bulk::compress(&raw, level).map_err(WriteFailure::from)?),
            None => None,
        };
        self.out.write_all(packed.as_deref().unwrap_or(&raw)).map_err(WriteFailure::from)?;
        self.out.flush().map_err(WriteFailure::from)?;
        if let [entry] = companions {
            let file = |bytes: &[u8]| file(bytes, &self.description.hashes);
            let mut fields = self.description.fields();
            fields.extend([
                ("raw_data", file(&raw)),
                ("samples", self.samples.sizes.len().to_string()),
                ("zip_data", packed.map_or("null".to_owned(), |packed| file(&packed))),
            ]);
            fields.sort_by_key(|(key, _)| *key);
            entry.write_all(object(&fields).as_bytes()).map_err(WriteFailure::from)?;
        }
        Ok(Head::AsWritten)
    }
}

impl Shard {
    /// The whole shard.
    fn assemble(&self) -> Result<Vec<u8>, WriteFailure> {
        let head = object(&self.description.fields());
        let count = u32::try_from(self.samples.sizes.len()).map_err(|_| too_large())?;
        let first = 4 + 4 * (self.samples.sizes.len() + 1) + head.len();
        let mut raw = Vec::with_capacity(first + self.samples.bytes.len());
        raw.extend_from_slice(&count.to_le_bytes());
        let mut at = u32::try_from(first).map_err(|_| too_large())?;
        raw.extend_from_slice(&at.to_le_bytes());
        for &size in &self.samples.sizes {
            at = at.checked_add(size).ok_or_else(too_large)?;
            raw.extend_from_slice(&at.to_le_bytes());
        }
        raw.extend_from_slice(head.as_bytes());
        raw.extend_from_slice(&self.samples.bytes);
        Ok(raw)
    }
}
