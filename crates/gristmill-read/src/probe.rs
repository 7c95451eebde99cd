//! Looks at a file before anything is read: format, compression, columns, splits. What comes out depends on the
//! file and the request alone.

use gristmill_core::Failure;
use serde::{Deserialize, Serialize};

use crate::bytes_in::{BytesIn, open_file};
use crate::codec;
use crate::columnar::{about_arrow, about_parquet};
use crate::cut_marks;
use crate::discord;
use crate::document;
use crate::failure::ReadFailure;
use crate::guess::{self, extension, format_by_content, format_by_name};
use crate::item::Item;
use crate::kinds::{Codec, ColumnSpec, ColumnType, FormatKind, ReadOptions};
use crate::mds::about_mds;
use crate::schema_scan;
use crate::split::{CsvHead, Split};
use crate::tokens::{INDEX_MAGIC, NPY_MAGIC, TokensAbout, about_megatron, about_npy};

/// Bytes of a split unless asked otherwise.
const SPLIT_BYTES: u64 = 256 << 20;
/// Decoded bytes that are looked at to know a file.
const SAMPLE: usize = 1 << 20;
/// Longest CSV header.
const LONGEST_HEADER: usize = 64 << 20;

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    /// Where the file lies.
    pub path: String,
    /// Its name below the source's root.
    pub name: String,
    /// Its format; else by extension, then by content.
    #[serde(default)]
    pub format: Option<FormatKind>,
    /// How it will be read.
    #[serde(default)]
    pub options: ReadOptions,
    /// Size of a split.
    #[serde(default = "default_split_bytes")]
    pub split_bytes: u64,
}

const fn default_split_bytes() -> u64 {
    SPLIT_BYTES
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Its format.
    pub format: FormatKind,
    /// Its compression.
    pub codec: Codec,
    /// Its size on the disk.
    pub bytes: u64,
    /// Its splits, in order; together they cover it once.
    pub splits: Vec<Split>,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
    /// Its rows, where a footer says so.
    pub rows: Option<u64>,
    /// Its size without compression, estimated from a sample.
    pub estimated_text_bytes: u64,
    /// Files beside it that belong to it, such as an index.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
}

/// Looks at a file, on one thread.
///
/// # Errors
/// When the file is missing, unreadable, of unknown format, or not what its format says.
pub fn probe(request: &ProbeRequest) -> Result<Probe, Failure> {
    probe_on(request, 1)
}

/// Looks at a file on so many threads.
///
/// # Errors
/// As [`probe`].
pub fn probe_on(request: &ProbeRequest, threads: usize) -> Result<Probe, Failure> {
    Ok(look(request, threads)?)
}

/// The first decoded bytes of a file.
struct Sample {
    bytes: Vec<u8>,
    mark: usize,
    text_bytes: u64,
}

fn sample(path: &str, codec: Codec, size: u64, want: usize) -> Result<Sample, ReadFailure> {
    let mut input = BytesIn::open(path, codec, 0, u64::MAX)?;
    let mut bytes = vec![0; want];
    let (n, failure) = input.read_sound(&mut bytes);
    // Whether damage is forgiven is decided when rows are read.
    if let Some(failure) = failure.filter(|failure| !failure.is_damage()) {
        return Err(failure);
    }
    let consumed = input.consumed().max(1);
    bytes.truncate(n);
    let text_bytes = if codec == Codec::Plain {
        size
    } else if consumed >= size && n < want {
        n as u64
    } else {
        (u128::from(size) * n as u128 / u128::from(consumed)).max(n as u128) as u64
    };
    let mark = document::byte_order_mark(&bytes, path)?;
    Ok(Sample { bytes, mark, text_bytes })
}

fn look(request: &ProbeRequest, threads: usize) -> Result<Probe, ReadFailure> {
    let ProbeRequest { path, name, options, .. } = request;
    options.check()?;
    let split_bytes = request.split_bytes.max(1);
    let (file, size) = open_file(path)?;
    let mut magic = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, codec::MAGIC_BYTES as u64), &mut magic)
        .map_err(|source| ReadFailure::Io { path: path.clone(), source })?;
    let codec = codec::recognise(&magic);
    let known = request.format.or_else(|| format_by_name(name)).or_else(|| format_by_name(path));
    if known == Some(FormatKind::Parquet) || (known.is_none() && magic.starts_with(b"PAR1")) {
        return parquet(path, codec, size, split_bytes);
    }
    if known == Some(FormatKind::Arrow) || (known.is_none() && magic.starts_with(b"ARROW1")) {
        let about = about_arrow(path, codec, split_bytes)?;
        let (columns, rows, splits) = (about.columns, about.rows, about.splits);
        let format = FormatKind::Arrow;
        return Ok(Probe {
            format,
            codec,
            bytes: size,
            splits,
            columns,
            rows,
            estimated_text_bytes: size,
            beside: Vec::new(),
        });
    }
    if let Some(format) = tokens_format(known, &magic) {
        return tokens(request, format, codec, size);
    }
    let sample = sample(path, codec, size, SAMPLE)?;
    let text = &sample.bytes[sample.mark..];
    let format = match known {
        Some(format) => format,
        None => format_by_content(text, extension(name).or_else(|| extension(path)))
            .ok_or_else(|| ReadFailure::UnknownFormat { path: path.clone() })?,
    };
    let lines = matches!(format, FormatKind::Csv | FormatKind::Jsonl | FormatKind::Text);
    let cr = lines && text.contains(&b'\r') && !text.contains(&b'\n');
    let head = Split { start: 0, end: size, bytes: size, cr, last: !lines, ..Split::default() };
    let item = |split| Item { path: path.clone(), name: name.clone(), format, codec, split };
    let (splits, columns) = match format {
        FormatKind::Csv => csv(request, codec, &sample, head)?,
        FormatKind::Text => {
            let columns = vec![ColumnSpec { name: "text".into(), kind: ColumnType::Text }];
            (cut_marks::ranges(&head, codec, split_bytes), columns)
        }
        FormatKind::Jsonl => {
            let columns = schema_scan::lines(&item(head.clone()), options, threads)?;
            (cut_marks::ranges(&head, codec, split_bytes), columns)
        }
        FormatKind::Json | FormatKind::Discord => {
            let mut head = head;
            let mut input = BytesIn::open(path, codec, 0, u64::MAX)?;
            let entry = document::enter(&mut input, format)?;
            drop(input);
            let address = entry.as_ref().map(|entry| entry.address);
            head.discord = entry.and_then(|entry| entry.discord);
            let splits = match address {
                Some(address) if codec == Codec::Plain => {
                    cut_marks::elements(path, &head, address, split_bytes)?
                }
                _ => vec![head],
            };
            let columns = if format == FormatKind::Discord {
                discord::columns()
            } else {
                let items: Vec<Item> = splits.iter().cloned().map(item).collect();
                schema_scan::elements(&items, options)?
            };
            (splits, columns)
        }
        FormatKind::Parquet
        | FormatKind::Arrow
        | FormatKind::Numpy
        | FormatKind::Megatron
        | FormatKind::Mds => {
            return Err(ReadFailure::UnknownFormat { path: path.clone() });
        }
    };
    let estimated_text_bytes = sample.text_bytes;
    let beside = Vec::new();
    Ok(Probe { format, codec, bytes: size, splits, columns, rows: None, estimated_text_bytes, beside })
}

/// The format of token ids that a file has, by what was asked for, by name or by its first bytes.
fn tokens_format(known: Option<FormatKind>, magic: &[u8]) -> Option<FormatKind> {
    let found = match known {
        None if magic.starts_with(NPY_MAGIC) => FormatKind::Numpy,
        None if magic.starts_with(INDEX_MAGIC) => FormatKind::Megatron,
        known => known?,
    };
    matches!(found, FormatKind::Numpy | FormatKind::Megatron | FormatKind::Mds).then_some(found)
}

fn tokens(request: &ProbeRequest, format: FormatKind, codec: Codec, size: u64) -> Result<Probe, ReadFailure> {
    let ProbeRequest { path, name, options, split_bytes, .. } = request;
    // Numbers may look like the first bytes of a compression.
    let packed = [name, path].into_iter().any(|name| guess::compressed(name));
    let codec = if packed { codec } else { Codec::Plain };
    if format != FormatKind::Mds && codec != Codec::Plain {
        let (format, codec) = (format.word(), codec.word());
        return Err(ReadFailure::Packed { path: path.clone(), format, codec });
    }
    let split_bytes = (*split_bytes).max(1);
    let TokensAbout { columns, rows, splits, beside, text_bytes } = match format {
        FormatKind::Numpy => about_npy(path, options, split_bytes)?,
        FormatKind::Megatron => about_megatron(path, options, split_bytes)?,
        _ => about_mds(path, codec, split_bytes)?,
    };
    Ok(Probe {
        format,
        codec,
        bytes: size,
        splits,
        columns,
        rows: Some(rows),
        estimated_text_bytes: text_bytes,
        beside,
    })
}

fn parquet(path: &str, codec: Codec, size: u64, split_bytes: u64) -> Result<Probe, ReadFailure> {
    let format = FormatKind::Parquet;
    if codec != Codec::Plain {
        return Err(ReadFailure::Packed {
            path: path.to_owned(),
            format: format.word(),
            codec: codec.word(),
        });
    }
    if size == 0 {
        let (splits, columns) = (Vec::new(), Vec::new());
        return Ok(Probe {
            format,
            codec,
            bytes: 0,
            splits,
            columns,
            rows: Some(0),
            estimated_text_bytes: 0,
            beside: Vec::new(),
        });
    }
    let about = about_parquet(path, split_bytes)?;
    let (columns, splits, rows) = (about.columns, about.splits, Some(about.rows));
    let estimated_text_bytes = about.text_bytes;
    let beside = Vec::new();
    Ok(Probe { format, codec, bytes: size, splits, columns, rows, estimated_text_bytes, beside })
}

type Found = (Vec<Split>, Vec<ColumnSpec>);

fn csv(request: &ProbeRequest, codec: Codec, first: &Sample, mut head: Split) -> Result<Found, ReadFailure> {
    let ProbeRequest { path, name, options, .. } = request;
    let tab = extension(name).or_else(|| extension(path)).is_some_and(|e| e == "tsv");
    let delimiter = options.delimiter.unwrap_or(if tab { '\t' } else { ',' });
    let line_end = if head.cr { b'\r' } else { b'\n' };
    let more;
    let mut seen = first;
    if codec != Codec::Plain || head.bytes > SAMPLE as u64 {
        let at_end = seen.bytes.len() < SAMPLE;
        let names = crate::csv::header::header(path, &seen.bytes[seen.mark..], delimiter as u8, line_end);
        let whole = names.is_ok_and(|(_, data)| seen.mark + data < seen.bytes.len());
        if !whole && !at_end {
            more = sample(path, codec, head.bytes, LONGEST_HEADER)?;
            seen = &more;
        }
    }
    let (names, data) =
        crate::csv::header::header(path, &seen.bytes[seen.mark..], delimiter as u8, line_end)?;
    let data = (seen.mark + data) as u64;
    let columns =
        names.iter().map(|name| ColumnSpec { name: name.clone(), kind: ColumnType::Text }).collect();
    head.csv = Some(CsvHead { columns: names, delimiter, data });
    if codec == Codec::Plain {
        head.start = data;
        head.bytes = head.end - data;
        return Ok((cut_marks::records(path, &head, request.split_bytes.max(1))?, columns));
    }
    Ok((vec![head], columns))
}
