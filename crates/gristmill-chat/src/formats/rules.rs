//! What providers accept of a dialogue, and how one that is nearly right is brought there.

use std::collections::BTreeMap;

use super::dialogue::{Message, Refusal, Role};

/// Checks dialogues for formats in which user and assistant take turns and the assistant has the last word.
pub(crate) struct Rules {
    /// Mend what can be mended without inventing text.
    pub(crate) repair: bool,
    /// Contents must not be blank.
    pub(crate) filled: bool,
}

impl Rules {
    /// Mends and checks a dialogue; what was mended is counted in `changed`.
    pub(crate) fn apply(
        &self,
        messages: &mut Vec<Message<'_>>,
        changed: &mut BTreeMap<String, u64>,
    ) -> Result<(), Refusal> {
        if messages.iter().any(|m| m.role == Role::Tool) {
            return Err(Refusal::new("tool_turn", ""));
        }
        if self.repair {
            for (done, rule) in [
                (join_neighbours(messages), "joined_neighbours"),
                (cut_start(messages), "cut_assistant_start"),
                (cut_end(messages), "cut_user_end"),
            ] {
                if done {
                    *changed.entry(rule.to_owned()).or_default() += 1;
                }
            }
        }
        self.check(messages)
    }

    fn check(&self, messages: &[Message<'_>]) -> Result<(), Refusal> {
        let turns = spoken(messages);
        if turns.iter().any(|m| m.role == Role::System) {
            return Err(Refusal::new("system_not_first", ""));
        }
        if !turns.iter().any(|m| m.role == Role::Assistant) {
            return Err(Refusal::new("no_assistant_turn", ""));
        }
        if turns.windows(2).any(|pair| pair[0].role == pair[1].role) {
            return Err(Refusal::new("same_role_twice", ""));
        }
        if turns.first().is_some_and(|m| m.role == Role::Assistant) {
            return Err(Refusal::new("starts_with_assistant", ""));
        }
        if turns.last().is_some_and(|m| m.role == Role::User) {
            return Err(Refusal::new("ends_with_user", ""));
        }
        match messages.iter().find(|m| self.filled && m.content.trim().is_empty()) {
            Some(blank) => Err(Refusal::new("empty_content", blank.role.word())),
            None => Ok(()),
        }
    }
}

/// The turns after a leading system message.
fn spoken<'m, 'a>(messages: &'m [Message<'a>]) -> &'m [Message<'a>] {
    match messages.first() {
        Some(first) if first.role == Role::System => &messages[1..],
        _ => messages,
    }
}

fn join_neighbours(messages: &mut Vec<Message<'_>>) -> bool {
    let before = messages.len();
    messages.dedup_by(|next, kept| {
        let same = next.role == kept.role;
        if same {
            let joined = kept.content.to_mut();
            joined.push('\n');
            joined.push_str(&next.content);
        }
        same
    });
    messages.len() < before
}

fn cut_start(messages: &mut Vec<Message<'_>>) -> bool {
    let at = usize::from(messages.first().is_some_and(|m| m.role == Role::System));
    let cut = messages[at..].iter().take_while(|m| m.role == Role::Assistant).count();
    messages.drain(at..at + cut);
    cut > 0
}

fn cut_end(messages: &mut Vec<Message<'_>>) -> bool {
    let cut = messages.iter().rev().take_while(|m| m.role == Role::User).count();
    messages.truncate(messages.len() - cut);
    cut > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialogue(shape: &str) -> Vec<Message<'static>> {
        let role = |c| match c {
            's' => Role::System,
            'u' => Role::User,
            'a' => Role::Assistant,
            _ => Role::Tool,
        };
        shape.chars().map(|c| Message { role: role(c), content: c.to_string().into() }).collect()
    }

    fn outcome(shape: &str, repair: bool) -> String {
        let mut messages = dialogue(shape);
        let rules = Rules { repair, filled: true };
        match rules.apply(&mut messages, &mut BTreeMap::new()) {
            Err(refusal) => refusal.reason.to_owned(),
            Ok(()) => messages.iter().map(|m| m.content.replace('\n', "+")).collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn strict() {
        for (shape, want) in [
            ("ua", "u a"),
            ("suaua", "s u a u a"),
            ("", "no_assistant_turn"),
            ("su", "no_assistant_turn"),
            ("au", "starts_with_assistant"),
            ("uau", "ends_with_user"),
            ("uua", "same_role_twice"),
            ("uasua", "system_not_first"),
            ("ssua", "system_not_first"),
            ("uta", "tool_turn"),
        ] {
            assert_eq!(outcome(shape, false), want, "{shape}");
        }
    }

    #[test]
    fn repaired() {
        for (shape, want) in [
            ("suuaau", "s u+u a+a"),
            ("aua", "u a"),
            ("saaua", "s u a"),
            ("ssua", "s+s u a"),
            ("au", "no_assistant_turn"),
            ("a", "no_assistant_turn"),
            ("uasua", "system_not_first"),
            ("uta", "tool_turn"),
        ] {
            assert_eq!(outcome(shape, true), want, "{shape}");
        }
    }

    #[test]
    fn blank_contents_are_refused_where_the_format_does() {
        let mut messages = dialogue("ua");
        messages[1].content = " \n".into();
        let mut changed = BTreeMap::new();
        let refused = Rules { repair: true, filled: true }.apply(&mut messages, &mut changed);
        assert_eq!(refused, Err(Refusal::new("empty_content", "assistant")));
        assert_eq!(Rules { repair: true, filled: false }.apply(&mut messages, &mut changed), Ok(()));
        assert!(changed.is_empty());
    }
}
