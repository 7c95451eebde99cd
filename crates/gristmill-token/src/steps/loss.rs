//! Which tokens of a dialogue are learnt: those that the assistant says, found by where they stand in the text.

use std::ops::Range;

use arrow_array::builder::Int32Builder;
use gristmill_core::chatml::{END, END_OF_TEXT, Role, turns};
use serde::Deserialize;

/// Label of a token that is not learnt, as trainers know it.
const IGNORED: i32 = -100;

/// Which tokens are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Loss {
    /// All.
    All,
    /// What the assistant says, with the tags that end it.
    Assistant,
    /// The same of the last turn alone.
    LastAssistant,
}

impl Loss {
    /// Appends the labels of a text: the id of a token that is learnt, else -100. A token is learnt when it begins
    /// within what is to be learnt; one that begins before belongs to what was there before.
    pub(super) fn label(self, text: &str, ids: &[u32], places: &[Range<usize>], out: &mut Int32Builder) {
        if self == Self::All {
            out.append_slice(&ids.iter().map(|id| *id as i32).collect::<Vec<_>>());
            return;
        }
        let mut learnt: Vec<Range<usize>> = turns(text)
            .filter(|turn| turn.role == Role::Assistant)
            .map(|turn| {
                let end = turn.start + turn.content.len() + END.len();
                let closed = text[end..].starts_with(END_OF_TEXT);
                turn.start..if closed { end + END_OF_TEXT.len() } else { end }
            })
            .collect();
        if self == Self::LastAssistant {
            learnt.drain(..learnt.len().saturating_sub(1));
        }
        let mut spans = learnt.into_iter().peekable();
        for (id, place) in ids.iter().zip(places) {
            while spans.peek().is_some_and(|span| span.end <= place.start) {
                spans.next();
            }
            // Tokens around the text, such as a begin token, have no place in it.
            let within = !place.is_empty() && spans.peek().is_some_and(|span| span.start <= place.start);
            out.append_value(if within { *id as i32 } else { IGNORED });
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::builder::Int32Builder;

    use super::Loss;

    /// Labels with one token for each byte, as text: a dot where nothing is learnt.
    fn learnt(loss: Loss, text: &str) -> String {
        let ids: Vec<u32> = text.bytes().map(u32::from).collect();
        let places: Vec<_> = (0..text.len()).map(|at| at..at + 1).collect();
        let mut out = Int32Builder::new();
        loss.label(text, &ids, &places, &mut out);
        let labels = out.finish();
        labels.values().iter().map(|n| u8::try_from(*n).map_or('.', char::from)).collect()
    }

    #[test]
    fn the_assistants_words_and_its_end_tags_are_learnt() {
        let text = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyes<|im_end|>\n\
                    <|im_start|>user\nbye<|im_end|>\n<|im_start|>assistant\ntill then<|im_end|><|end_of_text|>";
        let only = |loss| learnt(loss, text).replace('.', "");
        assert_eq!(only(Loss::All), text);
        assert_eq!(only(Loss::Assistant), "yes<|im_end|>till then<|im_end|><|end_of_text|>");
        assert_eq!(only(Loss::LastAssistant), "till then<|im_end|><|end_of_text|>");
        assert_eq!(learnt(Loss::Assistant, text).find("yes"), text.find("yes"));
        assert_eq!(learnt(Loss::Assistant, "no dialogue"), "...........");
    }

    #[test]
    fn a_token_belongs_to_where_it_begins() {
        let text = "<|im_start|>assistant\nyes<|im_end|>";
        let at = text.find("yes").unwrap_or_default();
        let places = [0..at - 1, at - 1..at + 2, at + 2..text.len(), 0..0];
        let mut out = Int32Builder::new();
        Loss::Assistant.label(text, &[1, 2, 3, 4], &places, &mut out);
        assert_eq!(out.finish().values(), &[-100, -100, 3, -100]);
    }
}
