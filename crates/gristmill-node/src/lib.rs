//! The N-API binding: converts, checks and delegates; no algorithm lives here.
//!
//! Options and reports cross as JSON text, rows only as Arrow IPC bytes and only when a caller asks for them.
//! A failure crosses as data ([`outcome::NativeFailure`]), from synchronous and asynchronous calls alike.

mod engine;
mod inspect;
mod outcome;
mod reader;
mod registry;
mod run;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
