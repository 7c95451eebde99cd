//! Gives messages roles, joins what one speaker said in a row, and writes the dialogue.

use std::collections::HashMap;

use gristmill_core::chatml::{END_OF_TEXT, Role, push_turn};

use crate::rows::Mode;

/// A message as the turn rules see it; places and speakers are numbers that the caller gave out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'a> {
    pub(crate) author: u32,
    /// Guild and channel.
    pub(crate) place: u32,
    pub(crate) content: &'a str,
}

/// A dialogue ready to become a row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dialogue {
    pub(crate) text: String,
    pub(crate) place: u32,
    pub(crate) assistant_turns: i64,
    /// Which of the messages given it took in.
    pub(crate) messages: Vec<usize>,
}

struct Turn {
    role: Role,
    place: u32,
    messages: Vec<usize>,
}

/// Writes the dialogues of one sequence, one for each place in order of first appearance, and names the messages
/// that made none because fewer than two people speak.
pub(crate) fn write(said: &[Said<'_>], mode: Mode) -> (Vec<Dialogue>, Vec<usize>) {
    match mode {
        Mode::Parity if !two_speak(said.iter()) => (Vec::new(), (0..said.len()).collect()),
        Mode::Parity => {
            let turns = by_position(said);
            let by_place = grouped(turns.iter().map(|turn| turn.place));
            (by_place.iter().map(|here| join(said, here.iter().map(|&i| &turns[i]))).collect(), Vec::new())
        }
        Mode::Fixed => {
            let (mut dialogues, mut left) = (Vec::new(), Vec::new());
            for here in grouped(said.iter().map(|s| s.place)) {
                if two_speak(here.iter().map(|&i| &said[i])) {
                    dialogues.push(join(said, by_author(said, &here).iter()));
                } else {
                    left.extend(here);
                }
            }
            (dialogues, left)
        }
    }
}

fn two_speak<'a>(mut said: impl Iterator<Item = &'a Said<'a>>) -> bool {
    let first = said.next().map(|s| s.author);
    said.any(|s| Some(s.author) != first)
}

/// Positions by place, the places in order of first appearance.
fn grouped(places: impl Iterator<Item = u32>) -> Vec<Vec<usize>> {
    let mut group: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (i, place) in places.enumerate() {
        let at = *group.entry(place).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(i);
    }
    groups
}

/// The original's way: roles alternate by position so that the last message is the assistant's; messages of one run
/// of an author with one role become one turn in the place of the first.
fn by_position(said: &[Said<'_>]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    // Turns of a run by run, role and place.
    let mut open: HashMap<(usize, Role, u32), usize> = HashMap::new();
    let mut run = 0;
    for (i, message) in said.iter().enumerate() {
        if i > 0 && said[i - 1].author != message.author {
            run = i;
        }
        let role = if (said.len() - 1 - i).is_multiple_of(2) { Role::Assistant } else { Role::User };
        let at = *open.entry((run, role, message.place)).or_insert(turns.len());
        if at == turns.len() {
            turns.push(Turn { role, place: message.place, messages: Vec::new() });
        }
        turns[at].messages.push(i);
    }
    turns
}

/// The mended way: a run of an author is one turn; whoever speaks last is the assistant throughout.
fn by_author(said: &[Said<'_>], here: &[usize]) -> Vec<Turn> {
    let assistant = here.last().map(|&i| said[i].author);
    let mut turns: Vec<Turn> = Vec::new();
    for (n, &i) in here.iter().enumerate() {
        let same = n > 0 && said[here[n - 1]].author == said[i].author;
        match turns.last_mut() {
            Some(turn) if same => turn.messages.push(i),
            _ => {
                let role = if Some(said[i].author) == assistant { Role::Assistant } else { Role::User };
                turns.push(Turn { role, place: said[i].place, messages: vec![i] });
            }
        }
    }
    turns
}

fn join<'t>(said: &[Said<'_>], turns: impl Iterator<Item = &'t Turn>) -> Dialogue {
    let mut text = String::new();
    let mut joined = String::new();
    let (mut assistant_turns, mut messages, mut place) = (0, Vec::new(), 0);
    for turn in turns {
        place = turn.place;
        let content = match turn.messages.as_slice() {
            [one] => said[*one].content,
            several => {
                joined.clear();
                for (n, &i) in several.iter().enumerate() {
                    if n > 0 {
                        joined.push('\n');
                    }
                    joined.push_str(said[i].content);
                }
                &joined
            }
        };
        push_turn(&mut text, turn.role, content);
        assistant_turns += i64::from(turn.role == Role::Assistant);
        messages.extend_from_slice(&turn.messages);
    }
    text.push_str(END_OF_TEXT);
    Dialogue { text, place, assistant_turns, messages }
}

#[cfg(test)]
mod tests {
    use super::{Said, write};
    use crate::rows::Mode;

    fn brief(authors: &str, mode: Mode) -> Vec<String> {
        let contents: Vec<String> = (1..=authors.len()).map(|n| n.to_string()).collect();
        let said: Vec<Said<'_>> = authors
            .bytes()
            .zip(&contents)
            .map(|(a, content)| Said {
                author: u32::from(a.to_ascii_lowercase()),
                place: u32::from(a.is_ascii_uppercase()),
                content,
            })
            .collect();
        let (dialogues, _) = write(&said, mode);
        dialogues
            .iter()
            .map(|d| {
                d.text
                    .replace("<|im_start|>user\n", "U:")
                    .replace("<|im_start|>assistant\n", "A:")
                    .replace("<|im_end|>\n", " ")
                    .replace("<|im_end|><|end_of_text|>", "")
                    .replace('\n', "+")
            })
            .collect()
    }

    #[test]
    fn roles_by_position_and_by_author() {
        assert_eq!(brief("ab", Mode::Parity), ["U:1 A:2"]);
        assert_eq!(brief("aaab", Mode::Parity), ["U:1+3 A:2 A:4"]);
        assert_eq!(brief("aba", Mode::Parity), ["A:1 U:2 A:3"]);
        assert_eq!(brief("aaab", Mode::Fixed), ["U:1+2+3 A:4"]);
        assert_eq!(brief("aba", Mode::Fixed), ["A:1 U:2 A:3"]);
        assert_eq!(brief("abb", Mode::Fixed), ["U:1 A:2+3"]);
        assert!(brief("aaa", Mode::Fixed).is_empty() && brief("aa", Mode::Parity).is_empty());
    }

    #[test]
    fn each_channel_is_a_row_of_its_own() {
        assert_eq!(brief("abAB", Mode::Fixed), ["U:1 A:2", "U:3 A:4"]);
        assert_eq!(brief("abA", Mode::Fixed), ["U:1 A:2"]);
        assert_eq!(brief("abAB", Mode::Parity), ["U:1 A:2", "U:3 A:4"]);
    }
}
