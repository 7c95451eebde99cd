//! Cells as JSON text (RFC 8259), escaped as little as the grammar allows.

use serde::de::IgnoredAny;

use crate::column::{Cells, Column, Texts, push_int, push_moment};
use crate::failure::WriteFailure;

/// How a byte is written inside a string: 0 as it is, 1 as `\u00XX`, else a backslash and this byte.
const ESCAPES: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = 1;
        control += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

const HEX: &[u8; 16] = b"0123456789abcdef";
const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Whether any of eight bytes needs escaping. A zero-byte test on `x ^ c` finds `c`; `x - 0x20` borrows only from
/// bytes below 0x20. Bytes above 0x7f are masked out. A borrow may run into a higher byte, so the answer may be a
/// false yes, never a false no.
const fn may_escape(eight: u64) -> bool {
    let quote = eight ^ (ONES * b'"' as u64);
    let slash = eight ^ (ONES * b'\\' as u64);
    let hit = eight.wrapping_sub(ONES * 0x20) | quote.wrapping_sub(ONES) | slash.wrapping_sub(ONES);
    hit & !eight & HIGHS != 0
}

/// Appends a JSON string with its quotes.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        if let Some(eight) = bytes.get(at..at + 8)
            && let Ok(eight) = <[u8; 8]>::try_from(eight)
            && !may_escape(u64::from_le_bytes(eight))
        {
            at += 8;
            continue;
        }
        let end = (at + 8).min(bytes.len());
        for here in at..end {
            let escape = ESCAPES[usize::from(bytes[here])];
            if escape == 0 {
                continue;
            }
            out.extend_from_slice(&bytes[copied..here]);
            copied = here + 1;
            if escape == 1 {
                let (high, low) = (bytes[here] >> 4, bytes[here] & 15);
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(high)], HEX[usize::from(low)]]);
            } else {
                out.extend_from_slice(&[b'\\', escape]);
            }
        }
        at = end;
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

/// A key with its colon.
pub(crate) fn key(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    push_string(&mut out, name);
    out.push(b':');
    out
}

/// Appends a cell. Floats are the shortest text that reads back the same; JSON has no NaN or infinity, they become
/// `null` as in `JSON.stringify`. Dates and times are ISO 8601 strings, decimals strings of all their digits.
pub(crate) fn push_cell(out: &mut Vec<u8>, column: &Column, row: usize) -> Result<(), WriteFailure> {
    if column.is_null(row) {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    match &column.cells {
        Cells::Bool(a) => out.extend_from_slice(if a.value(row) { b"true" } else { b"false" }),
        Cells::Int(ints) => push_int(out, ints, row),
        Cells::Float32(a) if a.value(row).is_finite() => {
            out.extend_from_slice(zmij::Buffer::new().format_finite(a.value(row)).as_bytes());
        }
        Cells::Float64(a) if a.value(row).is_finite() => {
            out.extend_from_slice(zmij::Buffer::new().format_finite(a.value(row)).as_bytes());
        }
        Cells::Nothing | Cells::Float32(_) | Cells::Float64(_) => out.extend_from_slice(b"null"),
        Cells::Text(texts) => push_string(out, texts.value(row)),
        Cells::Json(texts) => push_raw(out, &column.name, texts, row)?,
        Cells::Moment(moments) => {
            out.push(b'"');
            push_moment(out, moments, row);
            out.push(b'"');
        }
        Cells::Decimal(a) => push_string(out, &a.value_as_string(row)),
        Cells::List(lists, items) => {
            out.push(b'[');
            for (n, item) in lists.items(row).enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                push_cell(out, items, item)?;
            }
            out.push(b']');
        }
        Cells::Struct(members) => {
            out.push(b'{');
            for (n, (key, member)) in members.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(key);
                push_cell(out, member, row)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// Appends a document that is already JSON. It is parsed first, since one bad cell would break the line for every
/// reader; line breaks between its tokens become spaces, since a line is a row.
fn push_raw(out: &mut Vec<u8>, column: &str, texts: &Texts, row: usize) -> Result<(), WriteFailure> {
    let text = texts.value(row);
    serde_json::from_str::<IgnoredAny>(text).map_err(|source| WriteFailure::BadJson {
        column: column.to_owned(),
        row,
        source,
    })?;
    out.extend(text.trim().bytes().map(|byte| if byte == b'\n' || byte == b'\r' { b' ' } else { byte }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::push_string;

    fn quoted(text: &str) -> String {
        let mut out = Vec::new();
        push_string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_byte_at_every_place_of_a_word() {
        for code in 0..=0x2ffu32 {
            let Some(c) = char::from_u32(code) else { continue };
            for place in 0..17 {
                let mut text = "abcdefghijklmnopq".to_owned();
                text.insert(place, c);
                assert_eq!(quoted(&text), serde_json::to_string(&text).unwrap(), "U+{code:04X} at {place}");
            }
        }
    }

    #[test]
    fn nothing_is_escaped_without_need() {
        assert_eq!(quoted("a/b\u{7f}\u{2028}é😀'"), "\"a/b\u{7f}\u{2028}é😀'\"");
        assert_eq!(quoted("\u{0}\n\u{1f}"), r#""\u0000\n\u001f""#);
        assert_eq!(quoted(""), "\"\"");
    }
}
