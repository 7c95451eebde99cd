//! The message store: what happened to messages becomes rows that survive anything, and the rows become inputs.
//!
//! * [`Batch`] is a list of events, or a table of messages, checked and folded to one [`Delta`] a message.
//! * [`Store`] keeps them in `SQLite`; [`copy_text`] gives the same deltas to Postgres.
//! * Deltas join: any order and any repetition of the same events leave the same rows.

mod api_rows;
mod batch;
mod copy_text;
mod csv;
mod delta;
mod event;
mod failure;
mod gathered;
mod id;
mod outcome;
mod sqlite;
mod table;

pub use batch::{Batch, Channel, Consent, Problem};
pub use copy_text::copy_text;
pub use delta::{Delta, State};
pub use failure::StoreFailure;
pub use gathered::Refused;
pub use outcome::{Applied, ChannelState, Counts, Page, Selection};
pub use sqlite::{ApplyOptions, OpenOptions, Snapshot, Store};
pub use table::{TableColumns, batch_of_table};
