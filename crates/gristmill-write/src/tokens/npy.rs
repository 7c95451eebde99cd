//! `NumPy` arrays: `.npy` format 1.0 (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>), all ids
//! of a file in one array, and beside it the places where rows begin.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use gristmill_core::{Companion, Encoded, Failure, Format, FormatDef, FormatFile, Head, options_from};
use serde::Deserialize;
use serde_json::Value;

use super::ids::{IdColumn, Width, opened, put_numbers};
use crate::failure::WriteFailure;
use crate::stream::GROUP_BYTES;

const KIND: &str = "npy";

/// The format.
pub(crate) const DEF: FormatDef = FormatDef { kind: KIND, build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Column of token ids.
    column: String,
    /// Type of the numbers.
    width: Width,
    /// Tokens of every row, for an array of two dimensions; else rows may differ and there is one dimension.
    row_tokens: Option<u32>,
}

struct Npy {
    ids: IdColumn,
    row_tokens: Option<u32>,
}

fn build(options: &Value, schema: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let Options { column, width, row_tokens } = options_from(KIND, options)?;
    let ids = IdColumn { format: KIND, column, sequences: None, width };
    ids.check(schema)?;
    Ok(Box::new(Npy { ids, row_tokens }))
}

impl Format for Npy {
    fn extension(&self) -> String {
        "npy".to_owned()
    }

    fn companions(&self) -> &'static [&'static str] {
        &["offsets.npy"]
    }

    fn group_bytes(&self) -> usize {
        GROUP_BYTES
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        self.ids.encode(blocks)
    }

    fn open(&self, mut out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        // The shape is known at the end; a head of the same length is put over this one then.
        out.write_all(&head(self.ids.width.descr(), &[u64::MAX, u64::MAX])).map_err(WriteFailure::from)?;
        let width = self.ids.width;
        Ok(Box::new(NpyFile { out, width, row_tokens: self.row_tokens, rows: Vec::new(), tokens: 0 }))
    }
}

struct NpyFile {
    out: Box<dyn Write + Send>,
    width: Width,
    row_tokens: Option<u32>,
    /// Tokens of each row.
    rows: Vec<u32>,
    tokens: u64,
}

impl FormatFile for NpyFile {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let group = opened(KIND, group)?;
        let mut lengths = group.lengths.iter();
        for &sequences in &group.rows {
            let tokens = lengths.by_ref().take(sequences as usize).sum();
            if let Some(wanted) = self.row_tokens
                && tokens != wanted
            {
                return Err(WriteFailure::OtherLength { row: self.rows.len(), wanted, found: tokens }.into());
            }
            self.rows.push(tokens);
            self.tokens += u64::from(tokens);
        }
        Ok(self.out.write_all(&group.bytes).map_err(WriteFailure::from)?)
    }

    fn finish(mut self: Box<Self>, companions: &mut [Companion]) -> Result<Head, Failure> {
        self.out.flush().map_err(WriteFailure::from)?;
        let rows = self.rows.len() as u64;
        if let [offsets] = companions {
            offsets.write_all(&head("<u8", &[rows + 1])).map_err(WriteFailure::from)?;
            let starts = self.rows.iter().scan(0_u64, |end, &tokens| {
                *end += u64::from(tokens);
                Some(end.to_le_bytes())
            });
            put_numbers(offsets, std::iter::once([0; 8]).chain(starts)).map_err(WriteFailure::from)?;
        }
        let head = match self.row_tokens {
            Some(tokens) => head(self.width.descr(), &[rows, u64::from(tokens)]),
            None => head(self.width.descr(), &[self.tokens]),
        };
        Ok(Head::Replaced(head))
    }
}

/// Bytes of a head; all of ours have the same length, a multiple of 64.
const HEAD: usize = 128;

fn head(descr: &str, shape: &[u64]) -> Vec<u8> {
    let shape = match shape {
        [one] => format!("({one},)"),
        more => format!("({})", more.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    };
    let dict = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut head = b"\x93NUMPY\x01\x00".to_vec();
    head.extend_from_slice(&((HEAD - 10) as u16).to_le_bytes());
    head.extend_from_slice(dict.as_bytes());
    head.resize(HEAD - 1, b' ');
    head.push(b'\n');
    head
}
