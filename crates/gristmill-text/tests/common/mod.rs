//! Tables of the shared goldens.
#![allow(
    dead_code,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "each test uses its part; a skipped test says so; a test may panic"
)]

use std::io::Read;
use std::path::Path;

/// A table of text.
pub struct Table {
    head: Vec<String>,
    body: Vec<Vec<String>>,
}

impl Table {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.body.len()
    }

    /// One cell.
    pub fn value(&self, row: usize, name: &str) -> &str {
        let at = self.head.iter().position(|head| head == name).unwrap_or_else(|| panic!("no column {name}"));
        &self.body[row][at]
    }

    /// One column.
    pub fn column<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        (0..self.rows()).map(move |row| self.value(row, name))
    }
}

/// A table of the Discord goldens; `None` with a notice where they are absent.
pub fn golden(name: &str) -> Option<Table> {
    shared(&format!("golden/discord/{name}"))
}

/// A table of the shared folder; `None` with a notice where it is absent.
pub fn shared(name: &str) -> Option<Table> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")).join(name);
    if !path.exists() {
        eprintln!("skipped: {name} is absent");
        return None;
    }
    let bytes = std::fs::read(&path).unwrap();
    let mut csv = String::new();
    if path.extension().is_some_and(|e| e == "gz") {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut csv).unwrap();
    } else {
        csv = String::from_utf8(bytes).unwrap();
    }
    let mut body = records(&csv);
    let head = body.remove(0);
    Some(Table { head, body })
}

/// Quoted fields with doubled quotes and line breaks; LF or CRLF between records.
fn records(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = csv.chars().peekable();
    while let Some(c) = chars.next() {
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
            }
            c => field.push(c),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows
}
