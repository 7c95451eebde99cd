//! A file written through a format as the engine does it.
#![expect(clippy::unwrap_used, reason = "a failure here is a failure of the test that called")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use gristmill_core::{Companion, Failure, Format, Head};
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
#[allow(dead_code, reason = "not every test file uses it")]
pub fn file(format: &dyn Format, groups: &[Vec<RecordBatch>]) -> Vec<u8> {
    with_companions(format, groups).swap_remove(0)
}

/// The bytes of a file of these groups, and of those beside it.
pub fn with_companions(format: &dyn Format, groups: &[Vec<RecordBatch>]) -> Vec<Vec<u8>> {
    let out = Shared::default();
    let mut file = format.open(Box::new(out.clone())).unwrap();
    for group in groups {
        file.append(format.encode(group).unwrap()).unwrap();
    }
    let beside: Vec<Shared> = format.companions().iter().map(|_| Shared::default()).collect();
    let mut writers: Vec<Companion> = beside.iter().map(|one| Box::new(one.clone()) as Companion).collect();
    if let Head::Replaced(head) = file.finish(&mut writers).unwrap() {
        out.0.lock().unwrap()[..head.len()].copy_from_slice(&head);
    }
    std::iter::once(&out).chain(&beside).map(|one| one.0.lock().unwrap().clone()).collect()
}

/// The files of these rows, cut into groups of so many.
#[allow(dead_code, reason = "not every test file uses it")]
pub fn files(kind: &str, options: &Value, rows: &RecordBatch, group: usize) -> Vec<Vec<u8>> {
    let format = try_format(kind, options, &rows.schema()).unwrap();
    let groups: Vec<Vec<RecordBatch>> = (0..rows.num_rows())
        .step_by(group)
        .map(|from| vec![rows.slice(from, group.min(rows.num_rows() - from))])
        .collect();
    with_companions(&*format, &groups)
}
