//! Puts the pieces of a cut text in order, and back.

use std::ops::Range;

use serde::Deserialize;

use super::profile::Tokens;

/// Order of the pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// PRE prefix SUF suffix MID middle.
    Psm,
    /// PRE SUF suffix MID prefix middle.
    Spm,
}

impl Order {
    /// Its name in counts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Psm => "psm",
            Self::Spm => "spm",
        }
    }
}

/// Appends the rearranged text to `out`. `holes` are byte ranges at character borders, ascending, that do not overlap.
/// One hole is laid out in the order given. Several make one text with numbered holes, then each hole's token with its
/// text; `order` does not matter then. Gives the byte of `out` at which two pieces meet without a token between them:
/// they are encoded apart all the same.
pub fn lay_out(
    text: &str,
    holes: &[Range<usize>],
    order: Order,
    tokens: &Tokens,
    out: &mut String,
) -> Option<usize> {
    out.push_str(&tokens.prefix);
    if let [hole] = holes {
        let (prefix, middle, suffix) = (&text[..hole.start], &text[hole.clone()], &text[hole.end..]);
        let pieces: [&str; 5] = match order {
            Order::Psm => [prefix, &tokens.suffix, suffix, &tokens.middle, middle],
            Order::Spm => [&tokens.suffix, suffix, &tokens.middle, prefix, middle],
        };
        out.extend(pieces);
        return (order == Order::Spm && !prefix.is_empty() && !middle.is_empty())
            .then(|| out.len() - middle.len());
    }
    let mut at = 0;
    for (n, hole) in holes.iter().enumerate() {
        out.push_str(&text[at..hole.start]);
        out.push_str(&tokens.hole(n));
        at = hole.end;
    }
    out.push_str(&text[at..]);
    out.push_str(&tokens.middle);
    for (n, hole) in holes.iter().enumerate() {
        out.push_str(&tokens.hole(n));
        out.push_str(&text[hole.clone()]);
    }
    None
}

/// The text that [`lay_out`] rearranged; `None` when this is no such text. The text itself held none of the tokens.
#[must_use]
pub fn undo(rearranged: &str, tokens: &Tokens) -> Option<String> {
    let body = rearranged.strip_prefix(&tokens.prefix)?;
    if tokens.suffix != tokens.hole(0)
        && let Some((prefix, rest)) = body.split_once(&tokens.suffix)
    {
        let (suffix, middle) = rest.split_once(&tokens.middle)?;
        // In suffix-prefix-middle nothing stands before the suffix, and prefix and middle are one piece already.
        return Some([prefix, middle, suffix].concat());
    }
    let (mut left, mut right) = body.split_once(&tokens.middle)?;
    let mut text = String::with_capacity(rearranged.len());
    right = right.strip_prefix(&tokens.hole(0))?;
    for n in 0.. {
        let (before, after) = left.split_once(&tokens.hole(n))?;
        text.push_str(before);
        left = after;
        if let Some((filling, next)) = right.split_once(&tokens.hole(n + 1)) {
            text.push_str(filling);
            right = next;
        } else {
            text.push_str(right);
            break;
        }
    }
    text.push_str(left);
    Some(text)
}
