//! Readers: files become batches of rows.
//!
//! * [`probe`] looks at one file and says what it is: format, compression, columns, and the splits it can be read in.
//! * [`merge_columns`] joins the columns of the files of a source.
//! * [`open`] opens any splits of a source as one [`gristmill_core::Source`].
//!
//! Every format has a serial half that only finds record ends and a parallel half that parses. A record that cannot
//! be read is quarantined with its code and address; it never ends a build. A file that is cut off or damaged does,
//! unless `on_damage: keep` is set.

mod bytes_in;
mod codec;
mod columnar;
mod csv;
mod cut;
mod cut_marks;
mod discord;
mod document;
mod failure;
mod guess;
mod item;
mod json;
mod kinds;
mod layout;
mod line_range;
mod mds;
mod merge;
mod nested;
mod open;
mod parse;
mod probe;
mod rows;
mod schema_scan;
mod split;
mod timestamp;
mod tokens;

pub use failure::ReadFailure;
pub use item::Item;
pub use kinds::{
    Codec, ColumnSpec, ColumnType, FormatKind, InvalidUtf8, Nested, OnDamage, ReadOptions, TYPE_KEY,
    UnknownKeys,
};
pub use merge::merge_columns;
pub use open::{OpenRequest, open};
pub use probe::{Probe, ProbeRequest, probe, probe_on};
pub use split::{CsvHead, DiscordHead, Split};

/// Whether bytes are one JSON value as RFC 8259 has it, nested at most 512 levels. Used by tests of the grammar.
#[must_use]
pub fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && json::walk::document(bytes).is_ok()
}
