//! Text: cleaning rules for chat and screening for what terms of service forbid.
//!
//! * [`Cleaner`] runs a set of rules over a text. Rules stand in one registry, one file each; [`rule_list`] tells
//!   the manual about them.
//! * [`Screener`] finds terms of a lexicon through disguises, and personal data.
//!
//! Both are set up once, shared between threads, and never fail on a text.

mod clean;
mod failure;
mod manual;
mod rules;
pub mod steps;
mod tos;

pub use clean::changes::Changes;
pub use clean::options::CleanOptions;
pub use clean::turns::Layout;
pub use clean::{Cleaned, Cleaner, Drop, Scratch, Verdict, clean_texts};
pub use failure::TextFailure;
pub use manual::rule_list;
pub use rules::Preset;
pub use tos::{
    CategoryOptions, Lexicon, PII, REDACTED, ScreenOptions, ScreenScratch, Screener, Severity, Term,
    TermMatch, TosAction, TosHit, UserTerm, scan_texts,
};

use gristmill_core::MapDef;

/// Map steps of this crate.
pub const MAPS: &[MapDef] =
    &[steps::clean_chat::DEF, steps::slang::DEF, steps::check_dialogue::DEF, steps::screen_tos::DEF];
