//! Formats of token ids: numbers back to back, and where each row's begin.

mod ids;
pub(crate) mod megatron;
pub(crate) mod npy;
