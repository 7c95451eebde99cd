//! Screening for what terms of service forbid: terms of a lexicon seen through disguises, and personal data.

mod checksum;
mod fold;
mod kinds;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod lanes;
mod letters;
mod lexicon;
mod matcher;
mod numbers;
mod options;
mod pii;
mod runs;
mod screener;
mod shapes;
mod sieve;
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod tables;
mod term_file;
mod words;

pub(crate) use fold::Folded;
pub(crate) use lexicon::built_in_terms;
pub use lexicon::{Lexicon, Severity, Term, TermMatch, UserTerm};
pub use matcher::Matcher;
pub use options::{CategoryOptions, PII, ScreenOptions, TosAction};
pub(crate) use screener::folded_form;
pub use screener::{REDACTED, ScreenScratch, Screener, TosHit, scan_texts};
