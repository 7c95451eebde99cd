//! Parquet as the Hugging Face Hub wants it: zstd, row groups of about 100 MB, a page index, and pages cut by
//! content, so that uploading a changed dataset again sends only the chunks that changed
//! (<https://huggingface.co/docs/hub/datasets-libraries>, `datasets` 5.2 writes the same settings).
//!
//! Each column of a group is a piece of work of its own, and each page of a column of plain texts: those are cut and
//! made here ([`content`], [`page`], [`chunk`]), with the bytes that the writer of the `parquet` crate gives, only
//! sooner and on several threads. The other columns are encoded by that writer as files of one column in memory, since
//! only it can cut their pages by content. The chunks are then copied into the real file without being touched again.

mod bounds;
mod chunk;
mod content;
mod page;
mod texts;

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use gristmill_core::{
    Begun, Companion, Encoded, Failure, Format, FormatDef, FormatFile, Head, Piece, options_from,
};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, Type, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::properties::{CdcOptions, EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
use serde::Deserialize;
use serde_json::Value;

use self::content::Limits;
use self::page::{Desks, Page};
use crate::failure::WriteFailure;
use crate::schema;

const KIND: &str = "parquet";

/// The format.
pub(crate) const DEF: FormatDef = FormatDef { kind: KIND, build };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Level of zstd, 1 to 22.
    #[serde(default = "default_level")]
    zstd_level: i32,
    /// Uncompressed Arrow bytes of a row group, at most.
    #[serde(default = "default_group")]
    row_group_bytes: usize,
    /// Whether pages are cut by content.
    #[serde(default = "yes")]
    content_defined_chunking: bool,
    /// Text columns that are worth a dictionary, i.e. have few different values. Members of structs by path:
    /// `messages.role`.
    #[serde(default)]
    dictionary: Vec<String>,
}

const fn default_level() -> i32 {
    3
}

const fn default_group() -> usize {
    100_000_000
}

/// Bytes of a file's first row group.
const FIRST_GROUP: usize = 8_000_000;
/// Later groups are this part of what lies before them.
const GROWTH: usize = 8;

const fn yes() -> bool {
    true
}

struct Parquet {
    columns: SchemaRef,
    descriptor: SchemaDescriptor,
    properties: WriterProperties,
    group_bytes: usize,
    ways: Vec<Way>,
}

/// How a column is encoded.
#[derive(Clone)]
enum Way {
    Texts(Arc<TextColumn>),
    Crate(Arc<LoneColumn>),
}

/// A column that the crate encodes, in a file of its own.
struct LoneColumn {
    columns: SchemaRef,
    properties: WriterProperties,
}

/// A column that is encoded page by page.
struct TextColumn {
    column: ColumnDescPtr,
    compression: Compression,
    /// Whether offsets have 64 bits.
    large: bool,
    limits: Limits,
    desks: Arc<Desks>,
}

/// What comes of a piece of a row group.
enum Part {
    Page { column: usize, page: Page },
    Column { file: Bytes, chunks: Vec<ColumnCloseResult> },
}

struct ParquetFile {
    out: SerializedFileWriter<Box<dyn Write + Send>>,
    ways: Vec<Way>,
}

fn build(options: &Value, columns: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let options: Options = options_from(KIND, options)?;
    if options.row_group_bytes == 0 {
        return Err(WriteFailure::BadOption {
            format: KIND,
            option: "row_group_bytes",
            wanted: "at least 1",
            found: "0".to_owned(),
        }
        .into());
    }
    let columns = schema::written(KIND, columns)?;
    for field in columns.fields() {
        refuse_empty_structs(field)?;
    }
    let descriptor = ArrowSchemaConverter::new().convert(&columns).map_err(WriteFailure::from)?;
    let properties = properties(&options, &descriptor)?;
    let ways = ways(&options, &columns, &descriptor, &properties);
    Ok(Box::new(Parquet { columns, descriptor, properties, group_bytes: options.row_group_bytes, ways }))
}

fn ways(
    options: &Options,
    columns: &SchemaRef,
    descriptor: &SchemaDescriptor,
    properties: &WriterProperties,
) -> Vec<Way> {
    let desks = Arc::new(Desks::new(options.zstd_level));
    let way = |(at, field): (usize, &Arc<Field>)| {
        let text = matches!(
            field.data_type(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary
        );
        let leaf = (0..descriptor.num_columns()).find(|&leaf| descriptor.get_column_root_idx(leaf) == at);
        let leaf = leaf.map(|leaf| descriptor.column(leaf)).filter(|leaf| {
            text && leaf.physical_type() == Type::BYTE_ARRAY && !properties.dictionary_enabled(leaf.path())
        });
        match leaf {
            Some(column) => Way::Texts(Arc::new(TextColumn {
                compression: properties.compression(column.path()),
                large: matches!(field.data_type(), DataType::LargeUtf8 | DataType::LargeBinary),
                limits: Limits {
                    by_content: options.content_defined_chunking,
                    rows: properties.data_page_row_count_limit(),
                    bytes: properties.column_data_page_size_limit(column.path()),
                },
                desks: Arc::clone(&desks),
                column,
            })),
            None => Way::Crate(Arc::new(LoneColumn {
                columns: Arc::new(Schema::new(vec![Arc::clone(field)])),
                properties: properties.clone(),
            })),
        }
    };
    columns.fields().iter().enumerate().map(way).collect()
}

/// Parquet has no group without members.
fn refuse_empty_structs(field: &Field) -> Result<(), WriteFailure> {
    match field.data_type() {
        DataType::Struct(members) if members.is_empty() => Err(WriteFailure::UnsupportedType {
            format: KIND,
            column: field.name().clone(),
            found: "an empty struct".to_owned(),
        }),
        DataType::Struct(members) => members.iter().try_for_each(|member| refuse_empty_structs(member)),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            refuse_empty_structs(item)
        }
        _ => Ok(()),
    }
}

fn properties(options: &Options, columns: &SchemaDescriptor) -> Result<WriterProperties, WriteFailure> {
    let level = ZstdLevel::try_new(options.zstd_level).map_err(|_| WriteFailure::BadOption {
        format: KIND,
        option: "zstd_level",
        wanted: "1 to 22",
        found: options.zstd_level.to_string(),
    })?;
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("gristmill version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_content_defined_chunking(options.content_defined_chunking.then_some(CdcOptions {
            min_chunk_size: content::LEAST as usize,
            max_chunk_size: content::MOST as usize,
            norm_level: 0,
        }));
    let mut named = vec![false; options.dictionary.len()];
    for column in columns.columns() {
        let path = column.path();
        let short = user_path(path.parts());
        let listed = options.dictionary.iter().position(|name| *name == short);
        if let Some(at) = listed {
            named[at] = true;
        }
        // Long texts hardly repeat: a dictionary of them is built, overflows and is thrown away.
        let text = column.physical_type() == Type::BYTE_ARRAY;
        builder = builder.set_column_dictionary_enabled(path.clone(), !text || listed.is_some());
    }
    if let Some(at) = named.iter().position(|&seen| !seen) {
        let present: Vec<String> = columns.columns().iter().map(|c| user_path(c.path().parts())).collect();
        return Err(WriteFailure::MissingColumn {
            column: options.dictionary[at].clone(),
            present: present.join(", "),
        });
    }
    Ok(builder.build())
}

/// `messages.list.item.role` as users name it: `messages.role`.
fn user_path(parts: &[String]) -> String {
    let mut kept = Vec::with_capacity(parts.len());
    let mut at = 0;
    while at < parts.len() {
        kept.push(parts[at].as_str());
        at += if parts.get(at + 1).is_some_and(|part| part == "list") { 3 } else { 1 };
    }
    kept.join(".")
}

impl TextColumn {
    /// One piece for each page.
    fn pieces(self: &Arc<Self>, at: usize, blocks: Vec<ArrayRef>) -> Vec<Piece> {
        let nullable = self.column.max_def_level() > 0;
        let cut = if self.large { content::pages::<i64> } else { content::pages::<i32> };
        let spans = cut(&blocks, nullable, &self.limits);
        let blocks: Arc<[ArrayRef]> = blocks.into();
        spans
            .into_iter()
            .map(|span| {
                let (column, blocks) = (Arc::clone(self), Arc::clone(&blocks));
                let piece = move || {
                    let make = if column.large { page::page::<i64> } else { page::page::<i32> };
                    let page = make(&blocks, span, nullable, &column.desks)?;
                    Ok(Encoded(Box::new(Part::Page { column: at, page })))
                };
                Box::new(piece) as Piece
            })
            .collect()
    }
}

impl LoneColumn {
    fn encode(&self, blocks: &[ArrayRef]) -> Result<Part, WriteFailure> {
        let properties = self.properties.clone();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new_with_options(&mut file, Arc::clone(&self.columns), options)?;
        for block in blocks {
            writer.write(&RecordBatch::try_new(Arc::clone(&self.columns), vec![Arc::clone(block)])?)?;
        }
        let footer = writer.close()?;
        let mut chunks = Vec::new();
        for group in footer.row_groups() {
            let pages = footer.page_index_for_row_group(0);
            chunks.extend(group.columns().iter().enumerate().map(|(at, chunk)| ColumnCloseResult {
                bytes_written: chunk.compressed_size() as u64,
                rows_written: group.num_rows() as u64,
                metadata: chunk.clone(),
                bloom_filter: None,
                column_index: pages.column_index(at).cloned(),
                offset_index: pages.offset_index(at).cloned(),
            }));
        }
        Ok(Part::Column { file: Bytes::from(file), chunks })
    }
}

impl Format for Parquet {
    fn extension(&self) -> String {
        KIND.to_owned()
    }

    fn group_bytes(&self) -> usize {
        self.group_bytes
    }

    /// Groups are encoded side by side, so a file of one group would leave all threads but one idle; files of the usual
    /// size have nearly all rows in large groups all the same.
    fn group_bytes_behind(&self, bytes: usize) -> usize {
        (bytes / GROWTH).max(FIRST_GROUP).min(self.group_bytes)
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        self.begin(blocks)?.finish()
    }

    fn begin(&self, blocks: &[RecordBatch]) -> Result<Begun, Failure> {
        let mut pieces = Vec::new();
        if blocks.iter().all(|block| block.num_rows() == 0) {
            return Ok(Begun::Pieces(pieces));
        }
        for (at, way) in self.ways.iter().enumerate() {
            let column: Vec<ArrayRef> = blocks.iter().map(|block| Arc::clone(block.column(at))).collect();
            match way {
                Way::Texts(texts) => pieces.extend(texts.pieces(at, column)),
                Way::Crate(lone) => {
                    let lone = Arc::clone(lone);
                    let piece = move || Ok(Encoded(Box::new(lone.encode(&column)?)));
                    pieces.push(Box::new(piece) as Piece);
                }
            }
        }
        Ok(Begun::Pieces(pieces))
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        let mut properties = self.properties.clone();
        add_encoded_arrow_schema_to_metadata(&self.columns, &mut properties);
        let root = self.descriptor.root_schema_ptr();
        let out = SerializedFileWriter::new(out, root, Arc::new(properties)).map_err(WriteFailure::from)?;
        Ok(Box::new(ParquetFile { out, ways: self.ways.clone() }))
    }
}

impl ParquetFile {
    fn splice(&mut self, parts: Vec<Part>) -> Result<(), WriteFailure> {
        let mut row_group = self.out.next_row_group()?;
        let mut parts = parts.into_iter().peekable();
        while let Some(part) = parts.next() {
            match part {
                Part::Column { file, chunks } => {
                    for chunk in chunks {
                        row_group.append_column(&file, chunk)?;
                    }
                }
                Part::Page { column, page } => {
                    let mut pages = vec![page];
                    while let Some(Part::Page { page, .. }) = parts
                        .next_if(|part| matches!(part, Part::Page { column: same, .. } if *same == column))
                    {
                        pages.push(page);
                    }
                    if let Some(Way::Texts(texts)) = self.ways.get(column) {
                        let (bytes, close) = chunk::chunk(&texts.column, texts.compression, pages)?;
                        row_group.append_column(&bytes, close)?;
                    }
                }
            }
        }
        row_group.close()?;
        Ok(())
    }
}

impl FormatFile for ParquetFile {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let foreign = || WriteFailure::ForeignGroup { format: KIND };
        let pieces = group.0.downcast::<Vec<Encoded>>().map_err(|_| foreign())?;
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in *pieces {
            parts.push(*piece.0.downcast::<Part>().map_err(|_| foreign())?);
        }
        if parts.is_empty() { Ok(()) } else { Ok(self.splice(parts)?) }
    }

    fn finish(mut self: Box<Self>, _: &mut [Companion]) -> Result<Head, Failure> {
        self.out.finish().map_err(WriteFailure::from)?;
        Ok(Head::AsWritten)
    }
}
