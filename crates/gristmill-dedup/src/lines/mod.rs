//! Lines and paragraphs that come again in other texts, or in the same: cookie notices, menus, disclaimers.
//!
//! * `units`: cuts texts.
//! * [`keys`]: what makes two units the same.
//! * [`cut`]: takes them out of the texts, or says how much of a text they are.

pub mod cut;
pub mod keys;
mod units;
