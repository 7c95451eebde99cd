//! Files of one repository as one text, the way code models were trained on them.

mod layout;
mod step;

pub use layout::{Packed, SourceFile, Style, lay_out_files};
pub use step::DEF;
