//! Megatron-LM's indexed data sets (<https://github.com/NVIDIA/Megatron-LM>,
//! `megatron/core/datasets/indexed_dataset.py`): ids in `.bin`; in `.idx` lengths and places of sequences, and which
//! sequences make a document. A row is a document.

use super::cursor::{Places, Table};
use super::number::Number;
use super::source::{IdSource, Row, Rows, Span};
use super::{TokensAbout, check_split, id_column, ranges, renamed};
use crate::cut::PieceSource;
use crate::failure::ReadFailure;
use crate::item::Item;
use crate::kinds::{ColumnSpec, ColumnType, ReadOptions};

/// First bytes of an index.
pub(crate) const MAGIC: &[u8] = b"MMIDIDX\0\0";
/// Bytes before the tables.
const HEAD: u64 = 34;

/// What an index tells.
struct Index {
    path: String,
    size: u64,
    number: Number,
    sequences: u64,
    documents: u64,
}

impl Index {
    fn open(path: &str) -> Result<Self, ReadFailure> {
        let mut places = Places::open(path)?;
        let mut head = [0; HEAD as usize];
        let known = head.len().min(usize::try_from(places.size).unwrap_or(usize::MAX));
        places.read(0, &mut head[..known])?;
        if !head.starts_with(MAGIC) {
            return Err(places.damaged(0, "it does not begin as an index of Megatron-LM"));
        }
        if known < head.len() {
            return Err(places.truncated("its head is not complete"));
        }
        let long = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&head[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        if long(9) != 1 {
            return Err(places.damaged(9, format!("version {} of the format is unknown", long(9))));
        }
        let number = match head[17] {
            1 => Number::U8,
            2 => Number::I8,
            3 => Number::I16,
            4 => Number::I32,
            5 => Number::I64,
            8 => Number::U16,
            code @ (6 | 7) => {
                let detail = format!("its numbers are no whole ones (type {code})");
                return Err(ReadFailure::NotIds { path: path.to_owned(), detail });
            }
            other => return Err(places.damaged(17, format!("type {other} of numbers is unknown"))),
        };
        let (sequences, bounds) = (long(18), long(26));
        if bounds == 0 {
            return Err(places.damaged(26, "it tells of no bounds of documents"));
        }
        let wanted = u128::from(HEAD) + 12 * u128::from(sequences) + 8 * u128::from(bounds);
        if wanted > u128::from(places.size) {
            let detail = format!("it tells of {sequences} sequences and {bounds} bounds of documents");
            return Err(places.truncated(&detail));
        }
        // Sets with images have a mode behind for each sequence.
        let behind = u128::from(places.size) - wanted;
        if behind != 0 && behind != u128::from(sequences) {
            return Err(places.damaged(wanted as u64, format!("{behind} bytes stand behind the tables")));
        }
        let size = places.size;
        let index = Self { path: path.to_owned(), size, number, sequences, documents: bounds - 1 };
        let mut table = index.bounds(0)?;
        let (first, last) = (table.at(0)?, table.at(bounds - 1)?);
        if first != 0 || last != sequences {
            let detail = format!("documents go from sequence {first} to {last} of {sequences}");
            return Err(places.damaged(HEAD + 12 * sequences, detail));
        }
        Ok(index)
    }

    fn table(&self, number: Number, begin: u64, next: u64) -> Result<Table, ReadFailure> {
        Ok(Table::new(Places::open(&self.path)?, number, begin, next))
    }

    /// Tokens of each sequence.
    fn lengths(&self, next: u64) -> Result<Table, ReadFailure> {
        self.table(Number::I32, HEAD, next)
    }

    /// Where each sequence begins in `.bin`.
    fn pointers(&self, next: u64) -> Result<Table, ReadFailure> {
        self.table(Number::I64, HEAD + 4 * self.sequences, next)
    }

    /// The sequence that each document begins with, and the number of sequences.
    fn bounds(&self, next: u64) -> Result<Table, ReadFailure> {
        self.table(Number::I64, HEAD + 12 * self.sequences, next)
    }
}

/// Paths of ids and index, of which either may be named.
fn both(path: &str) -> (String, String) {
    let named = |extension| path.to_ascii_lowercase().ends_with(extension);
    let ids = if named(".idx") { renamed(path, "bin") } else { path.to_owned() };
    let index = if named(".idx") { path.to_owned() } else { renamed(path, "idx") };
    (ids, index)
}

/// Reads the index.
pub(crate) fn about_megatron(
    path: &str,
    options: &ReadOptions,
    split_bytes: u64,
) -> Result<TokensAbout, ReadFailure> {
    let (ids, index_path) = both(path);
    let index = Index::open(&index_path)?;
    let data = Places::open(&ids)?;
    let (mut bounds, mut pointers) = (index.bounds(0)?, index.pointers(0)?);
    let splits = ranges(index.documents, data.size, split_bytes, |document| {
        let sequence = bounds.at(document)?;
        if sequence < index.sequences { pointers.at(sequence) } else { Ok(data.size) }
    })?;
    let short = ColumnType::Arrow(Number::I32.list_type());
    let columns = vec![
        id_column(&options.column, index.number),
        ColumnSpec { name: options.sequences.clone(), kind: short },
    ];
    let beside = vec![if path == ids { index_path } else { ids }];
    Ok(TokensAbout { columns, rows: index.documents, splits, beside, text_bytes: data.size })
}

/// Opens a range of documents.
pub(crate) fn open_megatron(item: &Item, options: &ReadOptions) -> Result<Box<dyn PieceSource>, ReadFailure> {
    let (ids, index_path) = both(&item.path);
    let index = Index::open(&index_path)?;
    check_split(&item.path, &item.split, index.documents)?;
    let mut bounds = index.bounds(0)?;
    let first = bounds.at(item.split.start)?;
    let documents = Documents {
        lengths: index.lengths(first)?,
        pointers: index.pointers(first)?,
        bounds,
        sequence: first,
        width: index.number.bytes() as u64,
        index_size: index.size,
        sequences: index.sequences,
    };
    let places = Places::open(&ids)?;
    Ok(Box::new(IdSource::new(places, index.number, documents, item, options)))
}

struct Documents {
    lengths: Table,
    pointers: Table,
    bounds: Table,
    /// First sequence of the next document.
    sequence: u64,
    width: u64,
    index_size: u64,
    /// All sequences.
    sequences: u64,
}

impl Rows for Documents {
    const SEQUENCES: bool = true;

    fn next(&mut self, longest: u64, spans: &mut Vec<Span>) -> Result<Row, ReadFailure> {
        let end = self.bounds.next()?;
        if end < self.sequence || end > self.sequences {
            let detail = format!("a document from sequence {} to {end} of {}", self.sequence, self.sequences);
            return Err(self.bounds.places().damaged(self.index_size, detail));
        }
        let mut bytes = 0_u64;
        for _ in self.sequence..end {
            let (count, at) = (self.lengths.next()?, self.pointers.next()?);
            // Its length in the column `seq_lens` takes room as well.
            bytes = bytes.saturating_add(count * self.width + 4);
            if bytes <= longest {
                spans.push(Span { at, count });
            }
        }
        self.sequence = end;
        Ok(Row { bytes })
    }
}
