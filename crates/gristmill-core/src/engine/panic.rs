//! What is kept of a panic: its text, and its place where a hook remembered it.

use std::any::Any;

thread_local! {
    static PANIC_PLACE: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

/// Keeps where this thread last panicked, for the message of the failure; to be called from a panic hook.
pub fn remember_panic_place(place: Option<String>) {
    PANIC_PLACE.with(|last| *last.borrow_mut() = place);
}

/// The text of a panic, with its place where a hook remembered it.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic_text(panic);
    match PANIC_PLACE.with(|last| last.borrow_mut().take()) {
        Some(place) => format!("{text} at {place}"),
        None => text,
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
