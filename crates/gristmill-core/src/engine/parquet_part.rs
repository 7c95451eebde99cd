//! Parts as Parquet with zstd level 1: a third of the room, for builds whose parts would not fit as they are.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::failure::EngineFailure;
use crate::failure::Failure;
use crate::format::{Companion, Encoded, Format, FormatFile, Head};

/// The format of compressed parts.
pub struct ParquetParts {
    schema: SchemaRef,
    properties: Arc<WriterProperties>,
}

impl ParquetParts {
    /// Parts of this schema.
    pub fn new(schema: SchemaRef) -> Self {
        let level = ZstdLevel::try_new(1).unwrap_or_default();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_dictionary_enabled(false)
            .set_created_by(concat!("gristmill ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        Self { schema, properties: Arc::new(properties) }
    }
}

impl Format for ParquetParts {
    fn extension(&self) -> String {
        "parquet".to_owned()
    }

    fn group_bytes(&self) -> usize {
        16 << 20
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        Ok(Encoded(Box::new(blocks.to_vec())))
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        let writer = ArrowWriter::try_new(out, self.schema.clone(), Some((*self.properties).clone()))
            .map_err(|source| EngineFailure::Parquet { doing: "start a part", source })?;
        Ok(Box::new(ParquetPart { writer }))
    }
}

struct ParquetPart {
    writer: ArrowWriter<Box<dyn Write + Send>>,
}

impl FormatFile for ParquetPart {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        let doing = "write a part";
        if let Ok(blocks) = group.0.downcast::<Vec<RecordBatch>>() {
            for block in blocks.iter() {
                self.writer.write(block).map_err(|source| EngineFailure::Parquet { doing, source })?;
            }
            self.writer.flush().map_err(|source| EngineFailure::Parquet { doing, source })?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, _: &mut [Companion]) -> Result<Head, Failure> {
        self.writer.close().map_err(|source| EngineFailure::Parquet { doing: "end a part", source })?;
        Ok(Head::AsWritten)
    }
}
