//! The map steps of this crate, one file each.

pub mod check_dialogue;
pub mod clean_chat;
pub mod screen_tos;
pub mod slang;
mod tos_flags;
