//! JSON, read for speed: one walk over a record, only the wanted keys, no recursion, no copies of plain strings.
//! The grammar is that of RFC 8259 without exceptions; what is not JSON is refused whole.

pub(crate) mod infer;
pub(crate) mod record;
pub(crate) mod rows;
pub(crate) mod shape;
pub(crate) mod text;
pub(crate) mod walk;
