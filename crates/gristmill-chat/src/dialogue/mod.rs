//! From a tree of replies to dialogues: [`tree`] orders the messages, [`paths`] says which of them are read together,
//! [`turns`] gives them roles and joins them, [`build_dialogues`] is the step.

pub mod build_dialogues;
mod paths;
mod tree;
mod turns;
