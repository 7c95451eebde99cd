//! Packing: sequences of tokens into blocks of one length.
//!
//! Three parts of one step: [`cut`] cuts what is longer than a block, [`lengths`] tells the decider how long each piece
//! is, [`join`] writes the pieces of a block behind each other. Which pieces share a block is decided by lengths alone
//! (`gristmill_core::packing`), so tokens are moved once.

mod cut;
mod join;
mod lengths;
mod lists;
mod rows;
mod split;

pub use cut::DEF as CUT;
pub use join::DEF as JOIN;
pub use lengths::DEF as LENGTHS;
pub(crate) use lists::builder;
pub use split::DEF as SPLIT;
