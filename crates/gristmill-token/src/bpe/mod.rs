//! Byte-pair encoding of single pieces, exactly as the merge list says: the pair of lowest rank first, the
//! leftmost among equals.

mod long_words;
mod memo;
mod merge;
mod model;
mod pairs;
mod short_words;
mod sink;
mod vocab;

pub(crate) use memo::Memo;
pub(crate) use model::Bpe;
pub(crate) use pairs::HIGHEST_RANK;
pub(crate) use short_words::{Key, LONGEST, hash, key};
pub(crate) use sink::{Counted, Located, Sink};
pub(crate) use vocab::Vocab;
