//! Texts of other data sets: an index of them in files, and the steps that drop rows which are in it.
//!
//! A file holds, for each row of some data set, its id, a key of its text as it stands, a key of its tokens, the bands of
//! its sketch and its set of shingles; [`layout`] says where. It is written as an output ([`write`]) and asked by maps
//! ([`exact`], [`near`]) through [`read`].

pub mod exact;
pub mod layout;
pub mod near;
pub mod read;
pub mod write;
