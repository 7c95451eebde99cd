//! The N-API binding: converts, checks and delegates; no algorithm lives here.
//!
//! Options and reports cross as JSON text, rows only as Arrow IPC bytes and only when a caller asks for them.
//! A failure crosses as data ([`outcome::NativeFailure`]), from synchronous and asynchronous calls alike.

#![cfg_attr(
    test,
    allow(dead_code, reason = "exports are reached from Node alone, and tests are not built for it")
)]

mod batch;
mod engine;
mod inspect;
mod outcome;
mod reader;
mod registry;
mod run;
mod store;

/// Panics of native code are caught and told as failures, with their place; printing them too would put noise on the
/// error stream of whoever embeds the package.
#[napi_derive::module_init]
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        gristmill_core::engine::remember_panic_place(panic.location().map(ToString::to_string));
    }));
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
