//! Rows that hold pieces of benchmarks.
//!
//! Benchmarks become an [`index`] of runs of tokens and of whole texts; a row is hashed once as it stands, and only one
//! that may share something is brought into its [`normal`] form and compared for good.

pub mod act;
pub mod case;
pub mod hits;
pub mod index;
pub mod items;
pub mod normal;
pub mod report;
pub mod rules;
pub mod scan;
pub mod step;
pub mod tokens;
