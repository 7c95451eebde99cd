//! `SentencePiece` models: read, written, used exactly as the reference uses them, and trained.
//!
//! [`SpmModel`] is a file, [`SpmTokenizer`] splits text with it, [`train::train`] makes one from counted words.

mod assemble;
mod bpe;
mod cache;
mod charsmap;
mod decode;
mod exchange;
mod failure;
mod model;
mod normalizer;
mod rules;
mod tokenizer;
pub mod train;
mod trie;
mod unigram;
mod vocab;
mod vocabulary;
mod wire;

pub use assemble::NormalForm;
pub use decode::Decoder;
pub(crate) use decode::Decoding;
pub use exchange::{Beside, Exchanged, hugging_face_folder};
pub use failure::SpmFailure;
pub use model::{ModelKind, Piece, PieceKind, SpmModel};
pub use normalizer::{Aligned, Normalizer};
pub use tokenizer::{Encoder, Span, SpmTokenizer};
pub use unigram::Arithmetic;
pub use vocab::{read_vocab, write_vocab};
