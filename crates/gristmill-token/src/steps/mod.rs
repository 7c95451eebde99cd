//! The steps of this crate, one file each.

pub mod count_tokens;
pub mod token_limit;
