//! `NumPy` arrays of token ids. A row is a row of an array of two dimensions, what lies between two places told by the
//! file `….offsets.npy`, or else so many ids behind each other.

use super::cursor::{Places, Table};
use super::npy_head::NpyHead;
use super::source::{IdSource, Row, Rows, Span};
use super::{TokensAbout, check_split, id_column, ranges, renamed};
use crate::columnar::bound;
use crate::cut::PieceSource;
use crate::failure::ReadFailure;
use crate::item::Item;
use crate::kinds::{OnDamage, ReadOptions};

/// An array with what tells its rows apart.
struct Array {
    places: Places,
    head: NpyHead,
    rows: u64,
    by: By,
}

/// Where rows end.
enum By {
    /// All rows are as long, but for the last.
    Length(u64),
    /// A table tells.
    Offsets(Table),
}

impl Array {
    fn open(path: &str, options: &ReadOptions) -> Result<Self, ReadFailure> {
        let mut places = Places::open(path)?;
        let head = NpyHead::read(&mut places)?;
        if let (rows, Some(tokens)) = head.shape {
            // Rows of nothing take no room, so any number of them could be told of.
            if rows > bound(places.size) {
                return Err(places.damaged(0, format!("it tells of {rows} rows")));
            }
            return Ok(Self { places, head, rows, by: By::Length(tokens) });
        }
        let beside = renamed(path, "offsets.npy");
        let (rows, by) = match Places::open(&beside) {
            Ok(mut offsets) => {
                let table = NpyHead::read(&mut offsets)?;
                let (entries, None) = table.shape else {
                    return Err(offsets.damaged(0, "a table of places has one dimension"));
                };
                if entries == 0 {
                    return Err(offsets.damaged(0, "a table of places has at least one"));
                }
                // Checked before it is believed how many rows there are.
                if table.data + entries * table.number.bytes() as u64 > offsets.size {
                    return Err(offsets.truncated("its table is not complete"));
                }
                let mut places = Table::new(offsets, table.number, table.data, 0);
                let (first, last) = (places.at(0)?, places.at(entries - 1)?);
                if first != 0 || last != head.count() {
                    let detail =
                        format!("it goes from {first} to {last}, the array from 0 to {}", head.count());
                    return Err(places.places().damaged(table.data, detail));
                }
                (entries - 1, By::Offsets(places))
            }
            Err(ReadFailure::Missing { .. }) => {
                let length = u64::from(options.row_tokens);
                (head.count().div_ceil(length), By::Length(length))
            }
            Err(failure) => return Err(failure),
        };
        Ok(Self { places, head, rows, by })
    }
}

/// Reads the head.
pub(crate) fn about_npy(
    path: &str,
    options: &ReadOptions,
    split_bytes: u64,
) -> Result<TokensAbout, ReadFailure> {
    let Array { places, head, rows, mut by } = Array::open(path, options)?;
    let width = head.number.bytes() as u64;
    // A head may tell of more than there is.
    let bytes = (head.count() * width).min(places.size.saturating_sub(head.data));
    let splits = ranges(rows, bytes, split_bytes, |row| match &mut by {
        By::Length(length) => Ok(row.saturating_mul(*length).saturating_mul(width)),
        By::Offsets(table) => Ok(table.at(row)?.saturating_mul(width)),
    })?;
    let beside = match &by {
        By::Length(_) => Vec::new(),
        By::Offsets(table) => vec![table.places().path().to_owned()],
    };
    let columns = vec![id_column(&options.column, head.number)];
    Ok(TokensAbout { columns, rows, splits, beside, text_bytes: places.size })
}

/// Opens a range of rows.
pub(crate) fn open_npy(item: &Item, options: &ReadOptions) -> Result<Box<dyn PieceSource>, ReadFailure> {
    let Array { places, head, rows, by } = Array::open(&item.path, options)?;
    check_split(&item.path, &item.split, rows)?;
    let (number, end) = (head.number, head.count());
    if head.data + end * number.bytes() as u64 > places.size && options.on_damage == OnDamage::Fail {
        return Err(places.truncated(&format!("it tells of {end} numbers")));
    }
    let (at, by) = match by {
        By::Length(length) => (item.split.start.saturating_mul(length), By::Length(length)),
        By::Offsets(mut table) => (table.at(item.split.start)?, By::Offsets(table)),
    };
    Ok(Box::new(IdSource::new(places, number, NpyRows { head, by, at, end }, item, options)))
}

struct NpyRows {
    head: NpyHead,
    by: By,
    /// Number that the next row begins with.
    at: u64,
    /// Numbers of the array.
    end: u64,
}

impl Rows for NpyRows {
    const SEQUENCES: bool = false;

    fn next(&mut self, _: u64, spans: &mut Vec<Span>) -> Result<Row, ReadFailure> {
        let end = match &mut self.by {
            By::Length(length) => self.at.saturating_add(*length).min(self.end),
            By::Offsets(table) => {
                let end = table.next()?;
                if end < self.at || end > self.end {
                    let detail = format!("a row from {} to {end}", self.at);
                    return Err(table.places().damaged(0, detail));
                }
                end
            }
        };
        let width = self.head.number.bytes() as u64;
        let count = end - self.at;
        spans.push(Span { at: self.head.data + self.at * width, count });
        self.at = end;
        Ok(Row { bytes: count * width })
    }
}
