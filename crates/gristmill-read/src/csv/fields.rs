//! Splits one record into fields. The states are those of the cutter.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// A field as a place in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// First byte, after an opening quote.
    pub start: usize,
    /// One past the last byte, before a closing quote.
    pub end: usize,
    /// Has doubled quotes.
    pub doubled: bool,
}

impl Field {
    /// The value.
    pub(crate) fn value(self, record: &str) -> Cow<'_, str> {
        let body = &record[self.start..self.end];
        if self.doubled { Cow::Owned(body.replace("\"\"", "\"")) } else { Cow::Borrowed(body) }
    }
}

/// What is wrong with the quotes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// Nothing.
    Good,
    /// Text stands after a closing quote.
    TextAfter,
    /// A quoted field is not closed.
    Open,
}

/// Reads the record at `at`; returns where the next one starts. The end of the record without its line end is
/// where the last field (or its quote) ends.
#[inline]
pub(crate) fn record(
    text: &[u8],
    mut at: usize,
    delimiter: u8,
    line_end: u8,
    fields: &mut Vec<Field>,
) -> (usize, Quotes) {
    fields.clear();
    let mut quotes = Quotes::Good;
    loop {
        let mut field = Field { start: at, end: at, doubled: false };
        let mut enclosed = false;
        if text.get(at) == Some(&b'"') {
            enclosed = true;
            at += 1;
            field.start = at;
            loop {
                let Some(found) = memchr(b'"', &text[at..]) else {
                    field.end = text.len();
                    fields.push(field);
                    return (text.len(), Quotes::Open);
                };
                at += found + 1;
                if text.get(at) != Some(&b'"') {
                    break;
                }
                field.doubled = true;
                at += 1;
            }
            field.end = at - 1;
        }
        let stop = memchr2(delimiter, line_end, &text[at..]).map_or(text.len(), |found| at + found);
        let at_end = stop == text.len() || text[stop] == line_end;
        let cr = usize::from(at_end && line_end == b'\n' && stop > at && text[stop - 1] == b'\r');
        if enclosed {
            if stop - cr > at {
                quotes = Quotes::TextAfter;
            }
        } else {
            field.end = stop - cr;
        }
        fields.push(field);
        if at_end {
            return ((stop + 1).min(text.len()), quotes);
        }
        at = stop + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, usize, Quotes) {
        let mut fields = Vec::new();
        let (end, quotes) = record(text.as_bytes(), 0, b',', b'\n', &mut fields);
        (fields.iter().map(|f| f.value(text).into_owned()).collect(), end, quotes)
    }

    #[test]
    fn records() {
        let cases: &[(&str, &[&str], usize, Quotes)] = &[
            ("a,b\nc", &["a", "b"], 4, Quotes::Good),
            ("a,b\r\nc", &["a", "b"], 5, Quotes::Good),
            ("a,\"b\"\"c\"\r\n", &["a", "b\"c"], 10, Quotes::Good),
            ("\"x\ny\",\n", &["x\ny", ""], 7, Quotes::Good),
            (",", &["", ""], 1, Quotes::Good),
            ("5\" nail,x", &["5\" nail", "x"], 9, Quotes::Good),
            ("\"a\"b,c\n", &["a", "c"], 7, Quotes::TextAfter),
            ("\"a,b\n", &["a,b\n"], 5, Quotes::Open),
            ("a\rb,c\n", &["a\rb", "c"], 6, Quotes::Good),
        ];
        for (text, fields, end, quotes) in cases {
            let want: Vec<String> = fields.iter().map(|&f| f.to_owned()).collect();
            assert_eq!(read(text), (want, *end, *quotes), "{text:?}");
        }
    }
}
