//! Cells as JSON text (RFC 8259), escaped as little as the grammar allows.

use serde::de::IgnoredAny;
use wide::u8x16;

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
/// Bytes looked at at once.
const WINDOW: usize = 16;

/// One bit for each byte that needs escaping.
#[inline]
fn escapes(window: [u8; WINDOW]) -> u32 {
    let bytes = u8x16::from(window);
    let control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    (control | bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'))).to_bitmask()
}

/// Appends a JSON string with its quotes.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut copied = 0;
    let mut escape = |here: usize| {
        out.extend_from_slice(&bytes[copied..here]);
        copied = here + 1;
        let byte = bytes[here];
        match ESCAPES[usize::from(byte)] {
            1 => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            known => out.extend_from_slice(&[b'\\', known]),
        }
    };
    let (windows, rest) = bytes.as_chunks::<WINDOW>();
    for (number, window) in windows.iter().enumerate() {
        let mut found = escapes(*window);
        while found != 0 {
            escape(number * WINDOW + found.trailing_zeros() as usize);
            found &= found - 1;
        }
    }
    let tail = bytes.len() - rest.len();
    (tail..bytes.len()).filter(|&at| ESCAPES[usize::from(bytes[at])] != 0).for_each(escape);
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
            for place in 0..35 {
                let mut text = "abcdefghijklmnopqrstuvwxyzabcdefghi".to_owned();
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
