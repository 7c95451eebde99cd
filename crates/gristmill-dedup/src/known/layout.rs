//! Where things stand in an index file. All numbers are little endian.
//!
//! ```text
//! "GMKNOWN1"
//! for each row: its shingles, ascending (8 bytes each); its id (UTF-8)
//! rows        for each row: offset of its shingles (8), their number (4), bytes of the id (4)
//! texts       (key of the text (16), row (4)), ascending
//! tokens      (key of the tokens (16), row (4)), ascending
//! bands       (hash (16, the upper half 0), row (4)), ascending; as many a row as there are bands, none for short rows
//! fences      of texts, tokens, bands in turn: every 256th key (16)
//! filter      two bits for each key of the three tables
//! foot        JSON: `Foot`
//! bytes of the foot (4), "GMKNOWN1"
//! ```

use serde::{Deserialize, Serialize};

use crate::near::bands::Bands;
use crate::near::shingles::Shingler;
use crate::near::sketch::Sketcher;
use crate::near_dedup::Unit;

/// First and last bytes of a file; the last character is the version.
pub const MAGIC: &[u8; 8] = b"GMKNOWN1";

/// Bytes of a record of a table.
pub const RECORD: usize = 20;
/// Bytes of an entry of the rows.
pub const ROW: usize = 16;
/// Records between two fences.
pub const FENCE: usize = 256;
/// Bits of the filter for each key.
pub const FILTER_BITS: u64 = 16;

/// How rows were sketched. Two data sets can only be compared by equal shingles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketching {
    /// What shingles are made of: `words`, `code`, `chars`.
    pub shingles: String,
    /// Tokens of a shingle.
    pub size: usize,
    /// Values of a sketch.
    pub permutations: usize,
    /// Bands of a sketch.
    pub bands: usize,
    /// Values of a band.
    pub rows: usize,
    /// What becomes of a text that is always the same: another version of the program may hash in another way.
    pub check: String,
}

/// The text behind [`Sketching::check`].
const CHECKED: &str = "The miller's 3 sons went to the_fair on foot; über die Brücke, 12 miles and more, with nothing but \
    a sack of flour, two loaves, and a song that nobody else in the valley knew.";

impl Sketching {
    /// How rows are sketched with such shingles and bands.
    #[must_use]
    pub(crate) fn new(unit: Unit, size: usize, permutations: usize, bands: Bands) -> Self {
        let mut shingler = Shingler::new(unit.kind(), size);
        shingler.read(CHECKED);
        let mut check = shingler.exact_key(CHECKED);
        let mut sketcher = Sketcher::new(permutations);
        if !shingler.shingles().is_empty() {
            let sketch = sketcher.sketch(shingler.shingles());
            check = bands.hashes(sketch).fold(check, |check, hash| check.rotate_left(9) ^ u128::from(hash));
        }
        let Bands { bands, rows } = bands;
        Self {
            shingles: unit.word().to_owned(),
            size,
            permutations,
            bands,
            rows,
            check: format!("{check:032x}"),
        }
    }
}

/// What stands at the end of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foot {
    /// How rows were sketched.
    pub sketching: Sketching,
    /// Number of rows.
    pub rows: u64,
    /// Records of the three tables.
    pub records: [u64; 3],
    /// Where the rows begin.
    pub rows_at: u64,
    /// Where the three tables begin.
    pub tables_at: [u64; 3],
    /// Where the fences of the three tables begin.
    pub fences_at: [u64; 3],
    /// Where the filter begins.
    pub filter_at: u64,
    /// 64-bit words of the filter.
    pub filter_words: u64,
}

/// The tables of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Texts as they stand.
    Texts,
    /// Tokens.
    Tokens,
    /// Bands of sketches.
    Bands,
}

impl Table {
    /// All of them, in their order in the file.
    pub const ALL: [Self; 3] = [Self::Texts, Self::Tokens, Self::Bands];

    /// The two bits of a key in a filter of so many words.
    #[must_use]
    pub fn bits(self, key: u128, words: u64) -> [u64; 2] {
        let folded = (key as u64) ^ ((key >> 64) as u64).rotate_left(32) ^ (self as u64);
        let spread = |factor: u64| {
            let product = u128::from(folded ^ factor) * u128::from(factor);
            let hash = product as u64 ^ (product >> 64) as u64;
            ((u128::from(hash) * u128::from(words * 64)) >> 64) as u64
        };
        [spread(0x9e37_79b9_7f4a_7c15), spread(0xd6e8_feb8_6659_fd93)]
    }
}
