//! What the tests share: tables from CSV, and deciders simple enough to trust.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use gristmill_chat as chat;
use gristmill_core::{Batch, KeyRow, StepTrace, no_side_inputs};
use serde_json::Value;

/// A table as rows of text.
pub struct Table {
    pub names: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn column(&self, name: &str) -> Vec<&str> {
        let at = self.names.iter().position(|n| n == name).unwrap();
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }
}

/// A file of the shared folder, unpacked; `None` with a notice where the folder is absent.
pub fn shared(path: &str) -> Option<Vec<u8>> {
    let full = format!("{}/../../../shared/{path}", env!("CARGO_MANIFEST_DIR"));
    let Ok(bytes) = std::fs::read(&full) else {
        eprintln!("skipped: {path} is not here");
        return None;
    };
    if !path.ends_with(".gz") {
        return Some(bytes);
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
    Some(plain)
}

pub fn shared_csv(path: &str) -> Option<Table> {
    shared(path).map(|bytes| csv(&String::from_utf8(bytes).unwrap()))
}

/// Reads CSV with double quotes and any line ends outside them.
pub fn csv(text: &str) -> Table {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut any) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        any = true;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
                any = false;
            }
            c => field.push(c),
        }
    }
    if any {
        row.push(field);
        rows.push(row);
    }
    let names = rows.remove(0);
    Table { names, rows }
}

/// A batch of text columns; the named ones become int64. The id is `id_of` or the row number.
pub fn batch(table: &Table, ints: &[&str], id_column: Option<&str>) -> Batch {
    let ids: Vec<String> = match id_column {
        Some(name) => table.column(name).into_iter().enumerate().map(|(n, id)| format!("{id}#{n}")).collect(),
        None => (0..table.rows.len()).map(|n| n.to_string()).collect(),
    };
    let mut fields = vec![Field::new("__id", DataType::Utf8, false)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(StringArray::from(ids))];
    for name in &table.names {
        let values = table.column(name);
        let array: ArrayRef = if ints.contains(&name.as_str()) {
            Arc::new(values.iter().map(|v| v.parse::<i64>().ok()).collect::<Int64Array>())
        } else {
            Arc::new(values.iter().map(|v| Some(*v)).collect::<StringArray>())
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        columns.push(array);
    }
    Batch::new(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()).unwrap()
}

/// Runs a map step; the batch comes back compact, the counts are checked.
pub fn run_map(kind: &str, options: &Value, mut rows: Batch) -> (Batch, StepTrace) {
    let def = chat::MAPS.iter().find(|def| def.kind == kind).unwrap();
    let step = (def.build)(options, &no_side_inputs()).unwrap();
    let schema = step.schema(&rows.schema()).unwrap();
    let mut trace = StepTrace::default();
    trace.counts.rows_in = rows.len() as u64;
    step.run(&mut rows, &mut trace).unwrap();
    rows.compact().unwrap();
    assert_eq!(rows.schema(), schema);
    trace.counts.rows_out = rows.len() as u64;
    assert!(trace.counts.balanced(), "{:?}", trace.counts);
    (rows, trace)
}

pub fn keys(kind: &str, options: &Value, rows: &Batch) -> Vec<KeyRow> {
    let def = chat::KEYS.iter().find(|def| def.kind == kind).unwrap();
    let mut out = Vec::new();
    (def.build)(options).unwrap().keys(rows, &mut out).unwrap();
    out
}

/// Keeps rows by number.
pub fn take(rows: &Batch, keep: &[usize]) -> Batch {
    let indices = arrow_array::UInt32Array::from(keep.iter().map(|&i| i as u32).collect::<Vec<_>>());
    Batch::new(arrow_select::take::take_record_batch(rows.columns(), &indices).unwrap()).unwrap()
}

/// By key, best rank, first row; winners without a guild go.
pub fn without_duplicates(rows: &Batch) -> Batch {
    let mut best: HashMap<u128, KeyRow> = HashMap::new();
    for key in keys("message_duplicates", &serde_json::json!({}), rows) {
        let held = best.entry(key.key).or_insert(key);
        if key.rank < held.rank {
            *held = key;
        }
    }
    let mut keep: Vec<usize> = best.values().filter(|k| k.payload & 1 == 0).map(|k| k.row as usize).collect();
    keep.sort_unstable();
    take(rows, &keep)
}

/// Groups by the root of the reply tree, each sorted by message id; rows caught in cycles or alone are left out.
pub fn trees(rows: &Batch) -> (Batch, Vec<usize>) {
    let all = keys("reply_links", &serde_json::json!({}), rows);
    let known: HashMap<u128, u32> = all.iter().filter(|k| k.rank == 0).map(|k| (k.key, k.row)).collect();
    let parent: HashMap<u32, u32> =
        all.iter().filter(|k| k.rank == 1).filter_map(|k| Some((k.row, *known.get(&k.key)?))).collect();
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    'rows: for row in 0..rows.len() as u32 {
        let (mut at, mut steps) = (row, 0);
        while let Some(&above) = parent.get(&at) {
            at = above;
            steps += 1;
            if steps > rows.len() {
                continue 'rows;
            }
        }
        groups.entry(at).or_default().push(row as usize);
    }
    groups.retain(|_, members| members.len() > 1);
    let ids = rows.text("message_id").unwrap();
    let (mut order, mut cuts) = (Vec::new(), vec![0]);
    for members in groups.values_mut() {
        members.sort_by_key(|&row| (ids.value(row).len(), ids.value(row).to_owned()));
        order.append(members);
        cuts.push(order.len());
    }
    (take(rows, &order), cuts)
}

pub fn dialogues(options: &Value, rows: &Batch, groups: &[usize]) -> (Batch, StepTrace) {
    let step = (chat::GROUPS[0].build)(options, &no_side_inputs()).unwrap();
    let mut trace = StepTrace::default();
    trace.counts.rows_in = rows.len() as u64;
    let out = step.run(rows, groups, &mut trace).unwrap();
    assert_eq!(out.schema(), step.schema(&rows.schema()).unwrap());
    trace.counts.rows_out = out.len() as u64;
    assert!(trace.counts.balanced(), "{:?}", trace.counts);
    (out, trace)
}

/// The rows of some columns as text.
pub fn texts(rows: &Batch, columns: &[&str]) -> Vec<Vec<String>> {
    (0..rows.len())
        .map(|row| {
            columns
                .iter()
                .map(|name| {
                    let column = rows.column(name).unwrap();
                    if let Some(flags) = column.as_any().downcast_ref::<BooleanArray>() {
                        flags.value(row).to_string()
                    } else if let Some(ints) = column.as_any().downcast_ref::<Int64Array>() {
                        ints.value(row).to_string()
                    } else {
                        column.as_any().downcast_ref::<StringArray>().unwrap().value(row).to_owned()
                    }
                })
                .collect()
        })
        .collect()
}
