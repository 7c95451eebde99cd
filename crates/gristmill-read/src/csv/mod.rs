//! CSV as RFC 4180 describes it: commas, doubled quotes, line ends inside quotes. Every value is text; no word
//! stands for a missing value.

pub(crate) mod fields;
pub(crate) mod header;
pub(crate) mod rows;
