//! Page headers of Parquet, read for their sizes alone. The library allocates what a header declares, so headers are
//! looked at first.
//!
//! They are structs in Thrift's compact protocol: a byte with the kind of a field and the step from the last field's
//! number, then the value; numbers are variable-length with a zigzag sign.

use std::io::{self, Read};

/// Structs within structs; real headers have two.
const DEEPEST: u32 = 16;

/// The encoding in which a short page can hold many long texts.
const DELTA_BYTE_ARRAY: i64 = 7;

/// What a page header declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageHeader {
    /// Bytes of the page without compression.
    pub unpacked: i64,
    /// Bytes of the page in the file, after the header.
    pub packed: i64,
    /// Values of a data page.
    pub values: i64,
    /// Values of a dictionary page.
    pub entries: i64,
    /// Whether values repeat the starts of those before them.
    pub prefixed: bool,
}

mod kind {
    pub(super) const STOP: u8 = 0;
    pub(super) const TRUE: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const BYTE: u8 = 3;
    pub(super) const I16: u8 = 4;
    pub(super) const I32: u8 = 5;
    pub(super) const I64: u8 = 6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const BINARY: u8 = 8;
    pub(super) const LIST: u8 = 9;
    pub(super) const SET: u8 = 10;
    pub(super) const MAP: u8 = 11;
    pub(super) const STRUCT: u8 = 12;
    pub(super) const UUID: u8 = 13;
}

fn bad() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a page header is not readable")
}

/// Reads one header; fails when the input ends before it.
pub(crate) fn read_page_header(input: &mut impl Read) -> io::Result<PageHeader> {
    let mut input = Compact { input };
    let mut header = PageHeader::default();
    let (mut id, mut encoding) = (0, 0);
    while let Some(field) = input.field(&mut id)? {
        match (id, field) {
            (2, kind::I32) => header.unpacked = input.zigzag()?,
            (3, kind::I32) => header.packed = input.zigzag()?,
            (5, kind::STRUCT) => [header.values, encoding] = input.numbers([1, 2])?,
            (8, kind::STRUCT) => [header.values, encoding] = input.numbers([1, 4])?,
            (7, kind::STRUCT) => [header.entries] = input.numbers([1])?,
            _ => input.skip(field, DEEPEST)?,
        }
    }
    header.prefixed = encoding == DELTA_BYTE_ARRAY;
    Ok(header)
}

struct Compact<'a, R> {
    input: &'a mut R,
}

impl<R: Read> Compact<'_, R> {
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(bad())
    }

    fn zigzag(&mut self) -> io::Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The kind of the next field, its number in `id`; nothing at the end of the struct.
    fn field(&mut self, id: &mut i64) -> io::Result<Option<u8>> {
        let head = self.byte()?;
        if head & 0x0f == kind::STOP {
            return Ok(None);
        }
        let step = i64::from(head >> 4);
        *id = if step == 0 { self.zigzag()? } else { id.saturating_add(step) };
        Ok(Some(head & 0x0f))
    }

    /// Reads a struct for some of its number fields; those that are missing are zero.
    fn numbers<const N: usize>(&mut self, wanted: [i64; N]) -> io::Result<[i64; N]> {
        let (mut id, mut numbers) = (0, [0; N]);
        while let Some(field) = self.field(&mut id)? {
            match wanted.iter().position(|&want| want == id) {
                Some(at) if field == kind::I32 => numbers[at] = self.zigzag()?,
                _ => self.skip(field, DEEPEST)?,
            }
        }
        Ok(numbers)
    }

    fn drop_bytes(&mut self, count: u64) -> io::Result<()> {
        let dropped = io::copy(&mut Read::by_ref(self.input).take(count), &mut io::sink())?;
        if dropped == count { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn skip(&mut self, field: u8, depth: u32) -> io::Result<()> {
        match field {
            kind::TRUE | kind::FALSE => Ok(()),
            kind::BYTE => self.drop_bytes(1),
            kind::I16 | kind::I32 | kind::I64 => self.varint().map(|_| ()),
            kind::DOUBLE => self.drop_bytes(8),
            kind::UUID => self.drop_bytes(16),
            kind::BINARY => {
                let length = self.varint()?;
                self.drop_bytes(length)
            }
            _ if depth == 0 => Err(bad()),
            kind::STRUCT => {
                let mut id = 0;
                while let Some(field) = self.field(&mut id)? {
                    self.skip(field, depth - 1)?;
                }
                Ok(())
            }
            kind::LIST | kind::SET => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                (0..count).try_for_each(|_| self.skip_element(head & 0x0f, depth - 1))
            }
            kind::MAP => {
                let count = self.varint()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, depth - 1)?;
                    self.skip_element(kinds & 0x0f, depth - 1)
                })
            }
            _ => Err(bad()),
        }
    }

    /// In lists a truth value has a byte of its own, so every element takes up some of the input.
    fn skip_element(&mut self, element: u8, depth: u32) -> io::Result<()> {
        match element {
            kind::TRUE | kind::FALSE => self.drop_bytes(1),
            other => self.skip(other, depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_found_among_other_fields() {
        // Type 0, 300 bytes unpacked, 7 packed, checksum 1; a data page of 1000 values with statistics in it.
        let bytes = [
            0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x0e, 0x15, 0x02, 0x1c, 0x15, 0xd0, 0x0f, 0x15, 0x0e, 0x15,
            0x06, 0x15, 0x06, 0x1c, 0x18, 0x02, b'a', b'b', 0x11, 0x19, 0x25, 0x02, 0x04, 0x00, 0x00, 0x00,
            0xff,
        ];
        let mut input = &bytes[..];
        let want = PageHeader { unpacked: 300, packed: 7, values: 1000, entries: 0, prefixed: true };
        assert_eq!(read_page_header(&mut input).unwrap(), want);
        assert_eq!(input, [0xff], "nothing behind the header is taken");
        for cut in 0..bytes.len() - 1 {
            assert!(read_page_header(&mut &bytes[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn hostile_headers_are_refused() {
        for bytes in [
            vec![0x1c; 100_000],                                        // structs without end
            vec![0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], // a list of too many structs
            vec![0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, b'a'],       // a text longer than the input
            [vec![0x15], vec![0xff; 20]].concat(),                      // a number without end
            vec![0x1f],                                                 // no such kind
        ] {
            assert!(read_page_header(&mut &bytes[..]).is_err());
        }
    }
}
