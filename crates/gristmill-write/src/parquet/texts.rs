//! A block of texts or byte strings as offsets and bytes.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, OffsetSizeTrait};
use arrow_buffer::NullBuffer;

/// The values of a block.
pub(super) struct Texts<'a, O> {
    offsets: &'a [O],
    bytes: &'a [u8],
    nulls: Option<&'a NullBuffer>,
}

impl<'a, O: OffsetSizeTrait> Texts<'a, O> {
    /// `None` for columns of another type.
    pub fn of(array: &'a ArrayRef) -> Option<Self> {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        if let Some(texts) = array.as_string_opt::<O>() {
            return Some(Self { offsets: texts.value_offsets(), bytes: texts.value_data(), nulls });
        }
        let texts = array.as_binary_opt::<O>()?;
        Some(Self { offsets: texts.value_offsets(), bytes: texts.value_data(), nulls })
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub fn nulls(&self) -> Option<&'a NullBuffer> {
        self.nulls
    }

    #[inline]
    pub fn is_valid(&self, row: usize) -> bool {
        self.nulls.is_none_or(|nulls| nulls.is_valid(row))
    }

    /// The bytes in which all values lie, and where in them this one begins and ends.
    #[inline]
    pub fn place(&self, row: usize) -> (&'a [u8], usize, usize) {
        (self.bytes, self.offsets[row].as_usize(), self.offsets[row + 1].as_usize())
    }

    #[inline]
    pub fn value(&self, row: usize) -> &'a [u8] {
        let (bytes, from, to) = self.place(row);
        &bytes[from..to]
    }

    /// Bytes of these rows' values with their lengths in front.
    pub fn plain_bytes(&self, from: usize, to: usize) -> usize {
        if self.nulls.is_none() {
            return 4 * (to - from) + self.offsets[to].as_usize() - self.offsets[from].as_usize();
        }
        (from..to).filter(|&row| self.is_valid(row)).map(|row| 4 + self.value(row).len()).sum()
    }
}
