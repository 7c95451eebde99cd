//! One hot path over many texts in one call, for callers who have texts in memory and want no recipe.
//!
//! Texts cross packed: all bytes in a `Uint8Array`, and one more offset than texts in a `Uint32Array`. Every function
//! has two forms. The synchronous one borrows the caller's memory and works on the caller's thread; the other copies
//! the texts once, before it returns, and works on the engine's pool in slices of about 256 KB.

mod clean;
mod columns;
mod counting;
mod dialogues;
mod failure;
mod intake;
mod lexeme;
mod messages;
mod packed;
mod scan;
mod slices;
mod table;
mod tokenizer;
mod tokens;
mod words;
