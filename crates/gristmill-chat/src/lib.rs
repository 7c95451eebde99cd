//! Chat: from a table of messages to dialogues, and what is counted, tidied and reported about dialogues.
//!
//! * [`filter_messages`], [`message_duplicates`] and [`reply_links`] prepare the messages;
//!   [`dialogue::build_dialogues`] makes dialogues of each reply tree.
//! * [`min_turns`], [`close_turns`], [`add_stats`], [`cast`], [`drop_columns`] and [`select_columns`] work on
//!   dialogues.
//! * [`formats`] brings dialogues into and out of the formats of trainers and providers.
//! * [`richness_profile`] and [`richness_score`] order a data set; [`token_report`] and [`turn_table`] describe it.

pub mod add_stats;
pub mod cast;
mod characters;
pub mod close_turns;
pub mod dialogue;
pub mod drop_columns;
mod failure;
pub mod filter_messages;
mod fold;
pub mod formats;
mod histogram;
mod lexeme;
mod markup;
pub mod message_duplicates;
pub mod min_turns;
pub mod reply_links;
mod report_text;
mod richness;
pub mod richness_profile;
pub mod richness_score;
mod rows;
pub mod select_columns;
mod snowflake;
mod stop_words;
mod text_counts;
pub mod token_report;
mod turn_column;
pub mod turn_table;

use gristmill_core::{FoldDef, GroupDef, KeyDef, MapDef};

pub use lexeme::has_lexeme;
pub use markup::{Cleaned, clean};
pub use report_text::{render_token_report, render_turn_table};
pub use richness::{Quantiles, sort_key};
pub use rows::Mode;

/// The map steps.
pub const MAPS: &[MapDef] = &[
    filter_messages::DEF,
    min_turns::DEF,
    close_turns::DEF,
    drop_columns::DEF,
    select_columns::DEF,
    add_stats::DEF,
    cast::DEF,
    richness_score::DEF,
    formats::to_chat::DEF,
    formats::from_chat::DEF,
];

/// The key kinds.
pub const KEYS: &[KeyDef] = &[message_duplicates::DEF, reply_links::DEF];

/// The group steps.
pub const GROUPS: &[GroupDef] = &[dialogue::build_dialogues::DEF];

/// The folds.
pub const FOLDS: &[FoldDef] = &[richness_profile::DEF, token_report::DEF, turn_table::DEF];
