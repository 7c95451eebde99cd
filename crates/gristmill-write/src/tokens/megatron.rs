//! Megatron-LM's indexed data sets: ids in `.bin`, sequences and documents in `.idx`
//! (<https://github.com/NVIDIA/Megatron-LM>, `megatron/core/datasets/indexed_dataset.py`).

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use gristmill_core::{Companion, Encoded, Failure, Format, FormatDef, FormatFile, Head, options_from};
use serde::Deserialize;
use serde_json::Value;

use super::ids::{IdColumn, Width, opened, put_numbers};
use crate::failure::WriteFailure;
use crate::stream::GROUP_BYTES;

const KIND: &str = "megatron";

/// The format.
pub(crate) const DEF: FormatDef = FormatDef { kind: KIND, build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column of token ids.
    column: String,
    /// Column with the lengths of a row's sequences; without one a row is one sequence.
    sequences: Option<String>,
    /// Type of the numbers: `uint16` or `int32`.
    width: Width,
}

struct Megatron {
    ids: IdColumn,
}

fn build(options: &Value, schema: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let Options { column, sequences, width } = options_from(KIND, options)?;
    if width == Width::Uint32 {
        return Err(WriteFailure::BadOption {
            format: KIND,
            option: "width",
            wanted: "uint16 or int32",
            found: "uint32".to_owned(),
        }
        .into());
    }
    let ids = IdColumn { format: KIND, column, sequences, width };
    ids.check(schema)?;
    Ok(Box::new(Megatron { ids }))
}

impl Format for Megatron {
    fn extension(&self) -> String {
        "bin".to_owned()
    }

    fn companions(&self) -> &'static [&'static str] {
        &["idx"]
    }

    fn group_bytes(&self) -> usize {
        GROUP_BYTES
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        self.ids.encode(blocks)
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        Ok(Box::new(Bin { out, width: self.ids.width, lengths: Vec::new(), documents: Vec::new() }))
    }
}

struct Bin {
    out: Box<dyn Write + Send>,
    width: Width,
    /// Tokens of each sequence.
    lengths: Vec<u32>,
    /// Sequences of each document.
    documents: Vec<u32>,
}

impl FormatFile for Bin {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let group = opened(KIND, group)?;
        self.lengths.extend_from_slice(&group.lengths);
        // A document without tokens has no place in the index.
        self.documents.extend(group.rows.iter().filter(|&&sequences| sequences > 0));
        Ok(self.out.write_all(&group.bytes).map_err(WriteFailure::from)?)
    }

    fn finish(mut self: Box<Self>, companions: &mut [Companion]) -> Result<Head, Failure> {
        self.out.flush().map_err(WriteFailure::from)?;
        if let [index] = companions {
            self.write_index(index).map_err(WriteFailure::from)?;
        }
        Ok(Head::AsWritten)
    }
}

impl Bin {
    fn write_index(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let kind: u8 = match self.width {
            Width::Int32 | Width::Uint32 => 4,
            Width::Uint16 => 8,
        };
        out.write_all(b"MMIDIDX\0\0")?;
        out.write_all(&1_u64.to_le_bytes())?;
        out.write_all(&[kind])?;
        out.write_all(&(self.lengths.len() as u64).to_le_bytes())?;
        out.write_all(&(self.documents.len() as u64 + 1).to_le_bytes())?;
        put_numbers(out, self.lengths.iter().map(|length| length.to_le_bytes()))?;
        let width = self.width.bytes() as u64;
        let places = self.lengths.iter().scan(0_u64, |at, &length| {
            let place = *at;
            *at += u64::from(length) * width;
            Some(place.to_le_bytes())
        });
        put_numbers(out, places)?;
        let ends = self.documents.iter().scan(0_u64, |end, &sequences| {
            *end += u64::from(sequences);
            Some(end.to_le_bytes())
        });
        put_numbers(out, std::iter::once([0; 8]).chain(ends))
    }
}
