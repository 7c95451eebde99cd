//! Messages as CSV, by the rules of Postgres' `COPY … TO … WITH (FORMAT csv)`, so that both stores write the same.

use std::io::{self, Write};

/// The header line.
pub(crate) const HEADER: &[u8] =
    b"message_id,message_reference_message_id,guild_id,channel_id,author_id,author_bot,content,timestamp\n";

/// Writes a field: null is empty, an empty text is a pair of quotes.
pub(crate) fn text(out: &mut impl Write, text: Option<&[u8]>) -> io::Result<()> {
    let Some(text) = text else { return Ok(()) };
    if !text.is_empty() && !text.iter().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        return out.write_all(text);
    }
    out.write_all(b"\"")?;
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'"', rest) {
        out.write_all(&rest[..=at])?;
        out.write_all(b"\"")?;
        rest = &rest[at + 1..];
    }
    out.write_all(rest)?;
    out.write_all(b"\"")
}

/// Writes an id.
pub(crate) fn id(out: &mut impl Write, id: Option<i64>) -> io::Result<()> {
    match id {
        Some(id) => out.write_all(itoa::Buffer::new().format(id).as_bytes()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn fields() {
        let cases: [(Option<&str>, &str); 6] = [
            (None, ""),
            (Some(""), "\"\""),
            (Some("a b"), "a b"),
            (Some("a,b"), "\"a,b\""),
            (Some("\"a\"\n"), "\"\"\"a\"\"\n\""),
            (Some("\\."), "\\."),
        ];
        for (field, want) in cases {
            let mut out = Vec::new();
            super::text(&mut out, field.map(str::as_bytes)).unwrap();
            assert_eq!(out, want.as_bytes());
        }
    }
}
