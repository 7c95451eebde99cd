//! A file written through a format as the engine does it.
#![expect(clippy::unwrap_used, reason = "a failure here is a failure of the test that called")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use gristmill_core::{Failure, Format};
use serde_json::Value;

pub fn try_format(kind: &str, options: &Value, columns: &SchemaRef) -> Result<Box<dyn Format>, Failure> {
    let def = gristmill_write::FORMATS.iter().find(|def| def.kind == kind).unwrap();
    (def.build)(options, columns)
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The bytes of a file of these groups.
pub fn file(format: &dyn Format, groups: &[Vec<RecordBatch>]) -> Vec<u8> {
    let out = Shared::default();
    let mut file = format.open(Box::new(out.clone())).unwrap();
    for group in groups {
        file.append(format.encode(group).unwrap()).unwrap();
    }
    file.finish().unwrap();
    let bytes = out.0.lock().unwrap();
    bytes.clone()
}
