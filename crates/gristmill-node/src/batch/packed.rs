//! Packed texts: checked once at the border, then plain string slices.

use std::ops::Range;

use arrow_array::{Array, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer};
use gristmill_core::Failure;
use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;

use super::failure::BatchFailure;

/// Bytes of text that make a slice of work: few enough that threads end at much the same time.
const SLICE_BYTES: usize = 1 << 18;
/// Most rows of a slice.
const SLICE_ROWS: usize = 4096;

/// Texts as they are given back.
#[napi(object, object_from_js = false)]
pub struct PackedTexts {
    /// UTF-8 bytes of all texts, one after the other.
    pub data: Uint8Array,
    /// Where each text starts, and the end of the last: one more than there are texts.
    pub offsets: Uint32Array,
}

/// Checked texts in somebody else's memory.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    text: &'a str,
    offsets: &'a [u32],
}

/// Checked texts of our own.
pub struct OwnTexts {
    text: String,
    offsets: Vec<u32>,
}

impl<'a> Texts<'a> {
    /// Checks that offsets ascend, stay within the data and never cut a character, and that the texts are UTF-8.
    pub fn check(data: &'a [u8], offsets: &'a [u32]) -> Result<Self, Failure> {
        check_offsets(data, offsets)?;
        Self::of(data, offsets, 0)
    }

    /// The same for some of many texts whose offsets are known to be right; the first has the number `row`.
    fn of(data: &'a [u8], offsets: &'a [u32], row: usize) -> Result<Self, Failure> {
        let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
        let row_of = |at: usize| offsets.partition_point(|&o| (o - first) as usize <= at).saturating_sub(1);
        let text = std::str::from_utf8(&data[first as usize..last as usize]).map_err(|error| {
            Failure::from(BatchFailure::NotUtf8 { row: row + row_of(error.valid_up_to()) })
        })?;
        if let Some(at) = offsets.iter().position(|&o| !text.is_char_boundary((o - first) as usize)) {
            return Err(BatchFailure::NotUtf8 { row: row + at }.into());
        }
        Ok(Self { text, offsets })
    }

    pub const fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub fn get(&self, row: usize) -> &'a str {
        let first = self.offsets[0];
        &self.text[(self.offsets[row] - first) as usize..(self.offsets[row + 1] - first) as usize]
    }

    pub fn iter(&self, rows: Range<usize>) -> impl Iterator<Item = &'a str> + use<'a> {
        let texts = *self;
        rows.map(move |row| texts.get(row))
    }

    pub const fn all(&self) -> Range<usize> {
        0..self.len()
    }

    /// The one copy of the asynchronous forms.
    pub fn to_own(self) -> OwnTexts {
        let first = self.offsets[0];
        OwnTexts { text: self.text.to_owned(), offsets: self.offsets.iter().map(|o| o - first).collect() }
    }

    /// Bytes of text in rows.
    pub fn bytes(&self, rows: &Range<usize>) -> usize {
        (self.offsets[rows.end] - self.offsets[rows.start]) as usize
    }
}

impl OwnTexts {
    pub fn borrow(&self) -> Texts<'_> {
        Texts { text: &self.text, offsets: &self.offsets }
    }

    /// The texts as an Arrow column, without another copy.
    pub fn into_column(self) -> Result<StringArray, Failure> {
        let bytes = self.text.len();
        if i32::try_from(bytes).is_err() {
            return Err(BatchFailure::TooLarge { bytes }.into());
        }
        let offsets = OffsetBuffer::new(self.offsets.into_iter().map(|o| o as i32).collect());
        StringArray::try_new(offsets, Buffer::from(self.text.into_bytes()), None)
            .map_err(|source| BatchFailure::Arrow { doing: "make a column of texts", source }.into())
    }
}

fn check_offsets(data: &[u8], offsets: &[u32]) -> Result<(), Failure> {
    let bad = |index, problem| Failure::from(BatchFailure::BadOffsets { index, problem });
    let Some(&last) = offsets.last() else {
        return Err(bad(0, "is missing: there must be one more than texts"));
    };
    if let Some(at) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
        return Err(bad(at + 1, "is less than the one before"));
    }
    if last as usize > data.len() { Err(bad(offsets.len() - 1, "lies beyond the data")) } else { Ok(()) }
}

/// Gives checked copies of texts, about 256 KB at a time.
pub fn each_slice(data: &[u8], offsets: &[u32], mut give: impl FnMut(OwnTexts)) -> Result<(), Failure> {
    check_offsets(data, offsets)?;
    let mut start = 0;
    for end in 1..offsets.len() {
        let bytes = (offsets[end] - offsets[start]) as usize;
        if end - start == SLICE_ROWS || bytes >= SLICE_BYTES || end + 1 == offsets.len() {
            give(Texts::of(data, &offsets[start..=end], start)?.to_own());
            start = end;
        }
    }
    Ok(())
}

/// Texts being put together.
#[derive(Default)]
pub struct TextsOut {
    data: Vec<u8>,
    ends: Vec<usize>,
}

impl TextsOut {
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self { data: Vec::with_capacity(bytes), ends: Vec::with_capacity(rows) }
    }

    pub fn push(&mut self, text: &str) {
        self.data.extend_from_slice(text.as_bytes());
        self.ends.push(self.data.len());
    }

    /// Puts the texts of the next slice behind these.
    pub fn append(&mut self, slice: &Self) {
        let before = self.data.len();
        self.data.extend_from_slice(&slice.data);
        self.ends.extend(slice.ends.iter().map(|end| end + before));
    }

    /// Puts the texts of slices one after the other.
    pub fn join(slices: impl IntoIterator<Item = Self>) -> Self {
        let mut slices = slices.into_iter();
        let mut all = slices.next().unwrap_or_default();
        slices.for_each(|slice| all.append(&slice));
        all
    }

    /// All values of an Arrow column; null reads as empty.
    pub fn of_column(column: &StringArray) -> Self {
        let mut out = Self::with_capacity(column.len(), column.value_data().len());
        column.iter().for_each(|text| out.push(text.unwrap_or_default()));
        out
    }

    pub fn finish(self) -> Result<PackedTexts, Failure> {
        if u32::try_from(self.data.len()).is_err() {
            return Err(BatchFailure::TooLarge { bytes: self.data.len() }.into());
        }
        let offsets: Vec<u32> = std::iter::once(0).chain(self.ends.iter().map(|&end| end as u32)).collect();
        Ok(PackedTexts { data: self.data.into(), offsets: offsets.into() })
    }
}
