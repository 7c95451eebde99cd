//! Chat formats: the shapes in which trainers, providers and data sets keep dialogues.
//!
//! Reading gives a list of roles and contents; writing takes one. Whatever cannot be said in the target, or would
//! be read there as something else, is a counted drop with its reason: no turn is lost or forged.
//!
//! * [`to_chat`] writes `ChatML`, `messages`, `ShareGPT`, `Alpaca`, provider files and the text of a model's own
//!   chat template; [`from_chat`] reads them back as `ChatML`.

mod alpaca_columns;
mod calendar_date;
mod chatml_text;
mod column;
mod dialogue;
mod failure;
pub mod from_chat;
mod made;
mod message_json;
mod python_words;
mod rules;
mod target;
mod template;
pub mod to_chat;
mod tokenizer_config;
