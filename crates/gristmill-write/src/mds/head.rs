//! The head of a shard, in JSON as Python writes it, since its bytes are part of the file.

use serde::Deserialize;
use sha2::Digest;

use super::cells::Encoding;

/// What the head of a shard tells.
pub(super) struct Description {
    /// Columns with their encodings, by name.
    pub(super) columns: Vec<(String, Encoding)>,
    /// Name of the compression, such as `zstd:9`.
    pub(super) compression: Option<String>,
    /// Which hashes of files the index tells.
    pub(super) hashes: Vec<Hash>,
    /// Bytes of a shard at most.
    pub(super) size_limit: u64,
}

impl Description {
    /// Keys and values, sorted, without the braces.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let list = |items: Vec<String>| format!("[{}]", items.join(", "));
        let each =
            |value: &dyn Fn(&(String, Encoding)) -> String| list(self.columns.iter().map(value).collect());
        vec![
            ("column_encodings", each(&|(_, encoding)| quoted(&encoding.name()))),
            ("column_names", each(&|(name, _)| quoted(name))),
            ("column_sizes", each(&|(_, encoding)| encoding.size().map_or("null".into(), |n| n.to_string()))),
            ("compression", self.compression.as_deref().map_or("null".into(), quoted)),
            ("format", quoted("mds")),
            ("hashes", list(self.hashes.iter().map(|hash| quoted(hash.name())).collect())),
            ("size_limit", self.size_limit.to_string()),
            ("version", "2".to_owned()),
        ]
    }
}

/// A hash of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Xxh64,
}

impl Hash {
    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Xxh64 => "xxh64",
        }
    }

    fn of(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha1 => hex(&sha1::Sha1::digest(bytes)),
            Self::Sha256 => hex(&sha2::Sha256::digest(bytes)),
            Self::Xxh64 => format!("{:016x}", xxhash_rust::xxh64::xxh64(bytes, 0)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

/// A file as the index tells of it, but for its name.
pub(super) fn file(bytes: &[u8], hashes: &[Hash]) -> String {
    let hashes: Vec<(&'static str, String)> =
        hashes.iter().map(|hash| (hash.name(), quoted(&hash.of(bytes)))).collect();
    object(&[("bytes", bytes.len().to_string()), ("hashes", object(&hashes))])
}

/// An object of these keys and values.
pub(super) fn object(fields: &[(&'static str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
    format!("{{{}}}", fields.join(", "))
}

/// A string in JSON of ASCII alone, as Python's `json.dumps` gives it.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                out.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    out.push('"');
    out
}
