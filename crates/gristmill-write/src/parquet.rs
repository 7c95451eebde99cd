//! Parquet as the Hugging Face Hub wants it: zstd, row groups of about 100 MB, a page index, and pages cut by
//! content, so that uploading a changed dataset again sends only the chunks that changed
//! (<https://huggingface.co/docs/hub/datasets-libraries>, `datasets` 5.2 writes the same settings).
//!
//! A group is encoded as a file of its own in memory, since only the high-level writer of the `parquet` crate can
//! cut pages by content; its column chunks are then spliced into the real file without being touched again.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, SchemaRef};
use bytes::Bytes;
use gristmill_core::{Companion, Encoded, Failure, Format, FormatDef, FormatFile, Head, options_from};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, Type, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::properties::{CdcOptions, EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;
use serde::Deserialize;
use serde_json::Value;

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
}

/// The column chunks of one row group, as they lie in `file`.
struct RowGroup {
    file: Bytes,
    chunks: Vec<ColumnCloseResult>,
}

struct ParquetFile {
    out: SerializedFileWriter<Box<dyn Write + Send>>,
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
    Ok(Box::new(Parquet { columns, descriptor, properties, group_bytes: options.row_group_bytes }))
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
            min_chunk_size: 256 << 10,
            max_chunk_size: 1 << 20,
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

impl Parquet {
    fn row_group(&self, blocks: &[RecordBatch]) -> Result<Option<RowGroup>, WriteFailure> {
        let options =
            ArrowWriterOptions::new().with_properties(self.properties.clone()).with_skip_arrow_metadata(true);
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new_with_options(&mut file, Arc::clone(&self.columns), options)?;
        for block in blocks {
            writer.write(block)?;
        }
        let footer = writer.close()?;
        let Some(group) = footer.row_groups().first() else { return Ok(None) };
        let pages = footer.page_index_for_row_group(0);
        let chunks = group.columns().iter().enumerate().map(|(at, chunk)| ColumnCloseResult {
            bytes_written: chunk.compressed_size() as u64,
            rows_written: group.num_rows() as u64,
            metadata: chunk.clone(),
            bloom_filter: None,
            column_index: pages.column_index(at).cloned(),
            offset_index: pages.offset_index(at).cloned(),
        });
        let chunks = chunks.collect();
        Ok(Some(RowGroup { file: Bytes::from(file), chunks }))
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
        Ok(Encoded(Box::new(self.row_group(blocks)?)))
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        let mut properties = self.properties.clone();
        add_encoded_arrow_schema_to_metadata(&self.columns, &mut properties);
        let root = self.descriptor.root_schema_ptr();
        let out = SerializedFileWriter::new(out, root, Arc::new(properties)).map_err(WriteFailure::from)?;
        Ok(Box::new(ParquetFile { out }))
    }
}

impl ParquetFile {
    fn splice(&mut self, group: RowGroup) -> Result<(), WriteFailure> {
        let mut row_group = self.out.next_row_group()?;
        for chunk in group.chunks {
            row_group.append_column(&group.file, chunk)?;
        }
        row_group.close()?;
        Ok(())
    }
}

impl FormatFile for ParquetFile {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let group = group
            .0
            .downcast::<Option<RowGroup>>()
            .map_err(|_| WriteFailure::ForeignGroup { format: KIND })?;
        match *group {
            Some(group) => Ok(self.splice(group)?),
            None => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>, _: &mut [Companion]) -> Result<Head, Failure> {
        self.out.finish().map_err(WriteFailure::from)?;
        Ok(Head::AsWritten)
    }
}
