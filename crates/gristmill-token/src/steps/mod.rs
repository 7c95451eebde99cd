//! The steps of this crate, one file each.

pub mod count_tokens;
pub mod decode;
pub mod encode;
mod loss;
mod open;
#[cfg(test)]
mod testing;
pub mod token_limit;
pub mod tokenizer_report;
pub mod train_bpe;
pub mod train_unigram;
