//! Which tokens of a dialogue are learnt: those that the assistant says, found by where they stand in the text.

use std::ops::Range;

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

/// How much the words of each role count.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleWeights {
    assistant: f32,
    user: f32,
}

impl RoleWeights {
    const fn of(self, role: Role) -> f32 {
        match role {
            Role::Assistant => self.assistant,
            Role::User => self.user,
        }
    }

    /// Whether these are weights.
    pub(super) fn are_sound(self) -> bool {
        [self.assistant, self.user].iter().all(|weight| weight.is_finite() && *weight >= 0.0)
    }
}

/// Labels and weights of the tokens of a text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Learnt {
    /// The id of a token that is learnt, else -100.
    pub(super) labels: Vec<i32>,
    /// How much each counts; nothing where no weights are asked for.
    pub(super) weights: Vec<f32>,
}

impl Loss {
    /// Finds what is learnt of a text. A token is learnt when it begins within what is to be learnt; one that begins
    /// before belongs to what was there before. With weights what weighs nothing is not learnt.
    pub(super) fn learn(
        self,
        weights: Option<RoleWeights>,
        text: &str,
        ids: &[u32],
        places: &[Range<usize>],
        out: &mut Learnt,
    ) {
        out.labels.clear();
        out.weights.clear();
        if self == Self::All && weights.is_none() {
            out.labels.extend(ids.iter().map(|id| *id as i32));
            return;
        }
        let mut spans: Vec<(Range<usize>, f32)> = turns(text)
            .filter(|turn| turn.role == Role::Assistant || self == Self::All)
            .map(|turn| {
                let end = turn.start + turn.content.len() + END.len();
                let closed = text[end..].starts_with(END_OF_TEXT);
                let end = if closed { end + END_OF_TEXT.len() } else { end };
                (turn.start..end, weights.map_or(1.0, |weights| weights.of(turn.role)))
            })
            .collect();
        if self == Self::LastAssistant {
            spans.drain(..spans.len().saturating_sub(1));
        }
        let mut spans = spans.into_iter().peekable();
        for (id, place) in ids.iter().zip(places) {
            while spans.peek().is_some_and(|(span, _)| span.end <= place.start) {
                spans.next();
            }
            // Tokens around the text, such as a begin token, have no place in it.
            let within = spans.peek().filter(|(span, _)| !place.is_empty() && span.start <= place.start);
            let weight = within.map_or(0.0, |(_, weight)| *weight);
            out.labels.push(if weight > 0.0 { *id as i32 } else { IGNORED });
            if weights.is_some() {
                out.weights.push(weight);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Learnt, Loss, RoleWeights};

    /// Labels with one token for each byte, as text: a dot where nothing is learnt.
    fn learnt(loss: Loss, text: &str) -> String {
        let ids: Vec<u32> = text.bytes().map(u32::from).collect();
        let places: Vec<_> = (0..text.len()).map(|at| at..at + 1).collect();
        let mut out = Learnt::default();
        loss.learn(None, text, &ids, &places, &mut out);
        assert!(out.weights.is_empty());
        out.labels.iter().map(|n| u8::try_from(*n).map_or('.', char::from)).collect()
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
        let mut out = Learnt::default();
        Loss::Assistant.learn(None, text, &[1, 2, 3, 4], &places, &mut out);
        assert_eq!(out.labels, [-100, -100, 3, -100]);
    }

    #[test]
    fn roles_weigh_differently_and_what_weighs_nothing_is_not_learnt() {
        let text = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyes<|im_end|><|end_of_text|>";
        let ids: Vec<u32> = text.bytes().map(u32::from).collect();
        let places: Vec<_> = (0..text.len()).map(|at| at..at + 1).collect();
        let found = |loss: Loss, user| {
            let mut out = Learnt::default();
            loss.learn(Some(RoleWeights { assistant: 1.0, user }), text, &ids, &places, &mut out);
            let learnt = |weight: f32| -> String {
                let at = |n: usize| (out.weights[n] - weight).abs() < 1e-9;
                text.chars().enumerate().filter(|(n, _)| at(*n)).map(|(_, c)| c).collect()
            };
            for (label, weight) in out.labels.iter().zip(&out.weights) {
                assert_eq!(*label == -100, *weight == 0.0);
            }
            (learnt(1.0), learnt(0.1))
        };
        let said = "yes<|im_end|><|end_of_text|>".to_owned();
        assert_eq!(found(Loss::All, 0.1), (said.clone(), "hi<|im_end|>".to_owned()));
        assert_eq!(found(Loss::All, 0.0), (said.clone(), String::new()));
        assert_eq!(found(Loss::Assistant, 0.1), (said, String::new()));
    }
}
