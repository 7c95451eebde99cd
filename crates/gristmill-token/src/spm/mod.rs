//! `SentencePiece` models: read, written, and used exactly as the reference uses them.
//!
//! [`SpmModel`] is a file, [`SpmTokenizer`] splits text with it.

mod bpe;
mod cache;
mod charsmap;
mod decode;
mod failure;
mod model;
mod normalizer;
mod tokenizer;
mod trie;
mod unigram;
mod vocab;
mod vocabulary;
mod wire;

pub use decode::Decoder;
pub use failure::SpmFailure;
pub use model::{ModelKind, Piece, PieceKind, SpmModel};
pub use normalizer::{Aligned, Normalizer};
pub use tokenizer::{Encoder, Span, SpmTokenizer};
pub use unigram::Arithmetic;
pub use vocab::{read_vocab, write_vocab};
