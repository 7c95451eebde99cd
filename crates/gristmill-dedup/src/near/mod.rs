//! Near duplicates: texts as sets of shingles, sets as short sketches, sketches as bands that likely agree where the
//! sets do. Nothing here knows of batches or files; [`crate::near_dedup`] brings these to the engine.

pub mod bands;
pub(crate) mod lower;
pub mod shingles;
pub mod sketch;
pub mod tokens;
