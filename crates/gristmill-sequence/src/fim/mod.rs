//! Fill in the middle: a text is cut, and the piece cut out goes to the end, behind tokens that say so.
//!
//! After Bavarian et al., "Efficient Training of Language Models to Fill in the Middle" (2022,
//! <https://arxiv.org/abs/2207.14255>): prefix-suffix-middle and, as their second variant, suffix-prefix-middle.
//! Several holes in one text follow the causal masking of `InCoder` (<https://arxiv.org/abs/2204.05999>).

mod choose;
mod layout;
mod profile;
mod random;
mod step;

pub use choose::{Cut, Kind, Weights, cut};
pub use layout::{Order, lay_out, undo};
pub use profile::{Profile, Tokens};
pub use random::Choices;
pub use step::DEF;
