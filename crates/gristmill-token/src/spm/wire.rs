//! The protobuf wire format, as far as model files need it: fields of a message in order, nothing dropped.
//!
//! Written by hand because generated structs forget fields they do not know, and a model file must survive
//! being read and written unchanged.

use super::failure::SpmFailure;
use crate::varint;

/// A field's value as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Integers, booleans, enums.
    Varint(u64),
    /// Eight bytes, little-endian.
    Fixed64(u64),
    /// Strings, byte strings, messages.
    Bytes(Vec<u8>),
    /// Four bytes, little-endian: floats.
    Fixed32(u32),
}

/// Fields of a message in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    fields: Vec<(u32, Wire)>,
}

impl Message {
    /// Reads all fields of `bytes`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, SpmFailure> {
        let mut rest = Reader { bytes, at: 0 };
        let mut fields = Vec::new();
        while rest.at < bytes.len() {
            fields.push(rest.field()?);
        }
        Ok(Self { fields })
    }

    /// The fields in order.
    pub(crate) fn fields(&self) -> &[(u32, Wire)] {
        &self.fields
    }

    /// The fields in order, owned.
    pub(crate) fn into_fields(self) -> Vec<(u32, Wire)> {
        self.fields
    }

    /// Adds a field at the end.
    pub(crate) fn push(&mut self, number: u32, value: Wire) {
        self.fields.push((number, value));
    }

    /// Gives the field of a number this value, in its place.
    pub(crate) fn set(&mut self, number: u32, value: Wire) {
        match self.fields.iter_mut().find(|(known, _)| *known == number) {
            Some(field) => field.1 = value,
            None => self.push(number, value),
        }
    }

    /// Adds the fields of a later part of the same message: what protobuf does when a message occurs twice.
    pub(crate) fn merge(&mut self, later: Self) {
        self.fields.extend(later.fields);
    }

    /// The last value of `number`: earlier ones are overridden.
    fn last(&self, number: u32) -> Option<&Wire> {
        self.fields.iter().rev().find(|(n, _)| *n == number).map(|(_, value)| value)
    }

    /// Integer `number`, or its default; a field of another type counts as absent.
    pub(crate) fn int(&self, number: u32, default: i64) -> i64 {
        match self.last(number) {
            Some(Wire::Varint(value)) => *value as i64,
            _ => default,
        }
    }

    /// Boolean `number`, or its default.
    pub(crate) fn bool(&self, number: u32, default: bool) -> bool {
        self.int(number, i64::from(default)) != 0
    }

    /// Bytes of field `number`.
    pub(crate) fn bytes(&self, number: u32) -> Option<&[u8]> {
        match self.last(number) {
            Some(Wire::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The message as bytes, fields in their order.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for (number, value) in &self.fields {
            write_field(*number, value, out);
        }
    }
}

/// Writes one field.
pub(crate) fn write_field(number: u32, value: &Wire, out: &mut Vec<u8>) {
    let kind = match value {
        Wire::Varint(_) => 0,
        Wire::Fixed64(_) => 1,
        Wire::Bytes(_) => 2,
        Wire::Fixed32(_) => 5,
    };
    varint::put(out, u64::from(number) << 3 | kind);
    match value {
        Wire::Varint(value) => varint::put(out, *value),
        Wire::Fixed64(value) => out.extend_from_slice(&value.to_le_bytes()),
        Wire::Fixed32(value) => out.extend_from_slice(&value.to_le_bytes()),
        Wire::Bytes(bytes) => {
            varint::put(out, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn broken(&self, what: &'static str) -> SpmFailure {
        SpmFailure::Malformed { what, offset: self.at }
    }

    fn field(&mut self) -> Result<(u32, Wire), SpmFailure> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| self.broken("field number too large"))?;
        if number == 0 {
            return Err(self.broken("field number 0"));
        }
        let value = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let len = usize::try_from(self.varint()?).map_err(|_| self.broken("length too large"))?;
                Wire::Bytes(self.take(len)?.to_vec())
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(self.broken("unknown wire type")),
        };
        Ok((number, value))
    }

    fn varint(&mut self) -> Result<u64, SpmFailure> {
        let mut rest = &self.bytes[self.at..];
        let value = varint::take(&mut rest);
        let cut_off = rest.is_empty();
        self.at = self.bytes.len() - rest.len();
        value.ok_or_else(|| {
            self.broken(if cut_off { "number cut off" } else { "number longer than ten bytes" })
        })
    }

    fn take(&mut self, len: usize) -> Result<&[u8], SpmFailure> {
        let end = self.at.checked_add(len).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| self.broken("field cut off"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SpmFailure> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }
}
