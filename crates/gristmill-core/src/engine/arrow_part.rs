//! Parts as uncompressed Arrow IPC files: the cheapest form to write and to read back.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::SchemaRef;

use super::failure::EngineFailure;
use crate::failure::Failure;
use crate::format::{Companion, Encoded, Format, FormatFile, Head};

/// The format of uncompressed parts.
pub struct ArrowParts {
    schema: SchemaRef,
}

impl ArrowParts {
    /// Parts of this schema.
    pub const fn new(schema: SchemaRef) -> Self {
        Self { schema }
    }
}

impl Format for ArrowParts {
    fn extension(&self) -> String {
        "arrow".to_owned()
    }

    fn group_bytes(&self) -> usize {
        1 << 20
    }

    fn encode(&self, blocks: &[RecordBatch]) -> Result<Encoded, Failure> {
        // IPC writing is a copy: nothing to prepare on the pool.
        Ok(Encoded(Box::new(blocks.to_vec())))
    }

    fn open(&self, out: Box<dyn Write + Send>) -> Result<Box<dyn FormatFile>, Failure> {
        let writer = FileWriter::try_new(out, &self.schema).map_err(EngineFailure::arrow("start a part"))?;
        Ok(Box::new(ArrowPart { writer }))
    }
}

struct ArrowPart {
    writer: FileWriter<Box<dyn Write + Send>>,
}

impl FormatFile for ArrowPart {
    fn append(&mut self, group: Encoded) -> Result<(), Failure> {
        if let Ok(blocks) = group.0.downcast::<Vec<RecordBatch>>() {
            for block in blocks.iter() {
                self.writer.write(block).map_err(EngineFailure::arrow("write a part"))?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &mut [Companion]) -> Result<Head, Failure> {
        self.writer.finish().map_err(EngineFailure::arrow("end a part"))?;
        Ok(Head::AsWritten)
    }
}
