//! Refuses column chunks whose pages declare more than the file can hold.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use parquet::basic::Type;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::bound;
use super::page_header::{PageHeader, read_page_header};

/// Memory of a value in a list while its row is put together: levels, and the value.
const LIST_VALUE_BYTES: u64 = 8;

/// Walks over the page headers of the wanted columns of a row group. Returns the most bytes that a row of them can
/// take up, lists left out of account.
pub(crate) fn check_pages(
    file: &Arc<File>,
    size: u64,
    group: &RowGroupMetaData,
    wanted: impl Fn(usize) -> bool,
) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(1024, &**file);
    let (mut unpacked, mut longest_row) = (0, 0_u64);
    for (_, column) in group.columns().iter().enumerate().filter(|(leaf, _)| wanted(*leaf)) {
        let about = check_chunk(&mut reader, size, column, unpacked)?;
        unpacked = about.unpacked;
        let longest = match column.column_type() {
            Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(column.column_descr().type_length()).unwrap_or(0),
            Type::BYTE_ARRAY if about.dictionary => about.prefixed.max(longest_entry(file, column)?),
            Type::BYTE_ARRAY => about.prefixed,
            _ => 0,
        };
        longest_row = longest_row.saturating_add(longest);
    }
    if longest_row > bound(size) {
        return Err(invalid(format!("a row declares {longest_row} bytes")));
    }
    Ok(longest_row)
}

/// What the pages of a chunk declare.
#[derive(Default)]
struct ChunkAbout {
    /// Bytes without compression, with those of the chunks before it.
    unpacked: u64,
    values: u64,
    /// Whether there is a dictionary.
    dictionary: bool,
    /// Most bytes of a value that repeats the start of another.
    prefixed: u64,
}

/// The longest text of a chunk's dictionary: a short page of numbers can stand for many copies of it.
fn longest_entry(file: &Arc<File>, column: &ColumnChunkMetaData) -> io::Result<u64> {
    let mut pages = SerializedPageReader::new(Arc::clone(file), column, 0, None).map_err(io::Error::other)?;
    let page = pages.get_next_page().map_err(io::Error::other)?;
    let Some(Page::DictionaryPage { buf, num_values, .. }) = page else { return Ok(0) };
    let (mut rest, mut longest) = (&buf[..], 0);
    for _ in 0..num_values {
        let Some((length, texts)) = rest.split_first_chunk() else { break };
        let length = u32::from_le_bytes(*length);
        longest = longest.max(u64::from(length));
        let Some(after) = texts.get(length as usize..) else { break };
        rest = after;
    }
    Ok(longest.min(buf.len() as u64))
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// Checks one chunk, which is known to lie in the file; `unpacked` is the sum of the chunks before it.
fn check_chunk(
    reader: &mut BufReader<&File>,
    size: u64,
    column: &ColumnChunkMetaData,
    unpacked: u64,
) -> io::Result<ChunkAbout> {
    let (start, mut left) = column.byte_range();
    reader.seek(SeekFrom::Start(start))?;
    let listed = column.column_descr().max_rep_level() > 0;
    let mut about = ChunkAbout { unpacked, ..ChunkAbout::default() };
    while left > 0 {
        let mut input = Read::by_ref(reader).take(left);
        let header = match read_page_header(&mut input) {
            Ok(header) => header,
            // Some writers leave bytes behind the last page.
            Err(_) if about.values >= column.num_values() as u64 => break,
            Err(error) => return Err(error),
        };
        left = input.limit();
        let packed = u64::try_from(header.packed).ok().filter(|&bytes| bytes <= left);
        let packed = packed.ok_or_else(|| invalid(format!("a page declares {} bytes", header.packed)))?;
        about.add(header, size, listed)?;
        reader.seek_relative(packed as i64)?;
        left -= packed;
    }
    Ok(about)
}

impl ChunkAbout {
    fn add(&mut self, header: PageHeader, size: u64, listed: bool) -> io::Result<()> {
        let most = bound(size);
        let page = u64::try_from(header.unpacked).unwrap_or(u64::MAX);
        self.unpacked = self.unpacked.saturating_add(page);
        if self.unpacked > most {
            return Err(invalid(format!("a page declares {} bytes before compression", header.unpacked)));
        }
        self.values = self.values.saturating_add(u64::try_from(header.values).unwrap_or(u64::MAX));
        if self.values > most || (listed && self.values.saturating_mul(LIST_VALUE_BYTES) > most) {
            return Err(invalid(format!("a page declares {} values", header.values)));
        }
        // Each entry of a dictionary takes at least a byte.
        if u64::try_from(header.entries).map_or(true, |entries| entries > page) {
            return Err(invalid(format!("a dictionary of {page} bytes declares {} values", header.entries)));
        }
        self.dictionary |= header.entries > 0;
        if header.prefixed {
            self.prefixed = self.prefixed.max(page);
        }
        Ok(())
    }
}
